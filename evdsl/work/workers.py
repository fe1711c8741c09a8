"""Who works on independent tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


class Workers(Protocol):
    """Those that tasks are handed to.

    `map` gives the answers in the order of the tasks, whoever finishes first. Function and tasks
    are picklable, the function of a module's top level, and a task's answer hangs on the task
    alone, so that all workers give the same.
    """

    @property
    def count(self) -> int:
        """How many tasks run at once."""
        ...

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """An error of a task is raised where its answer would come."""
        ...


class InTurn:
    """One task after the other, in this process."""

    count = 1

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        return map(function, tasks)
