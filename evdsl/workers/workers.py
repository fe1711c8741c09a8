"""Who works on independent tasks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Protocol, TypeVar

from evdsl.workers.tell import telling

Task = TypeVar("Task")
Result = TypeVar("Result")


def never() -> bool:
    return False


def unheard(place: int, message: Any) -> None:
    """For callers who do not listen."""


class Workers(Protocol):
    """Those that tasks are handed to.

    Function and tasks are picklable, the function of a module's top level, and a task's answer
    hangs on the task alone, so that all workers give the same. A task is asked for only when
    somebody is free to begin it.
    """

    @property
    def count(self) -> int:
        """How many tasks run at once."""
        ...

    @abstractmethod
    def as_finished(
        self,
        function: Callable[[Task], Result],
        tasks: Iterable[Task],
        over: Callable[[], bool] = never,
        heard: Callable[[int, Any], None] = unheard,
    ) -> Iterator[tuple[int, Result]]:
        """The answers as they come, each with its task's place; an error of a task is raised.

        Where `over` becomes true no more answers come, and tasks that still run are ended. What a
        task tells on its way (tell.py) is `heard` with its place, soon but perhaps not all of it.
        """
        ...

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """The answers in the order of the tasks, whoever finishes first."""
        waiting: dict[int, Result] = {}
        following = 0
        for place, result in self.as_finished(function, tasks):
            waiting[place] = result
            while following in waiting:
                yield waiting.pop(following)
                following += 1


class InTurn(Workers):
    """One task after the other, in this process."""

    @property
    def count(self) -> int:
        return 1

    def as_finished(
        self,
        function: Callable[[Task], Result],
        tasks: Iterable[Task],
        over: Callable[[], bool] = never,
        heard: Callable[[int, Any], None] = unheard,
    ) -> Iterator[tuple[int, Result]]:
        for place, task in enumerate(tasks):
            if over():
                return
            with telling(partial(heard, place)):
                answer = function(task)
            yield place, answer
