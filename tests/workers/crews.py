"""Workers of whom a test says what they make of their tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from evdsl.workers.workers import Workers, never, unheard


@dataclass
class Crew(Workers):
    """`work` is given the function and all tasks, and yields the places of tasks with answers."""

    work: Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[tuple[int, Any]]]
    count: int = 1

    def as_finished(
        self,
        function: Callable[[Any], Any],
        tasks: Iterable[Any],
        over: Callable[[], bool] = never,
        heard: Callable[[int, Any], None] = unheard,
    ) -> Iterator[tuple[int, Any]]:
        return self.work(function, tasks)


def backwards(function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """The last task first."""
    for place, task in reversed([*enumerate(tasks)]):
        yield place, function(task)
