"""Tasks that are handed to others, one to each, and handed out again where one is lost."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any, TypeVar

from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.workers.workers import Workers, never, unheard

Task = TypeVar("Task")
Result = TypeVar("Result")
_TRIES = 3
_NUMBERS = count()


class Lost(Exception):
    """The worker ended before its task did."""


class Handed(Workers):
    """Workers elsewhere. `_submit` gives a task away, under a number of its own, and returns
    something hashable to ask by, `_finished` waits a moment for some of these, `_result` is the
    answer or raises Lost, and `_drop` gives up what still runs. `_messages` takes out what tasks
    have told, with their numbers."""

    def as_finished(
        self,
        function: Callable[[Task], Result],
        tasks: Iterable[Task],
        over: Callable[[], bool] = never,
        heard: Callable[[int, Any], None] = unheard,
    ) -> Iterator[tuple[int, Result]]:
        """Raises EvdslError (E0656) where a task is lost with its worker for the third time."""
        to_do, again = enumerate(tasks), list[tuple[int, Task]]()
        running: dict[Any, tuple[int, Task]] = {}
        losses, places = Counter[int](), dict[int, int]()
        try:
            while not over():
                while len(running) < self.count:
                    following = again.pop(0) if again else next(to_do, None)
                    if following is None:
                        break
                    number = next(_NUMBERS)
                    places[number] = following[0]
                    running[self._submit(function, following[1], number)] = following
                if not running:
                    return
                finished = self._finished([*running])
                for number, message in self._messages():
                    if number in places:
                        heard(places[number], message)
                for asked in finished:
                    place, task = running.pop(asked)
                    try:
                        result = self._result(asked)
                    except Lost:
                        losses[place] += 1
                        if losses[place] == _TRIES:
                            raise EvdslError([GIVEN_UP]) from None
                        again.append((place, task))
                    else:
                        yield place, result
        finally:
            if running:
                self._drop([*running])

    @abstractmethod
    def _submit(self, function: Callable[[Task], Result], task: Task, number: int) -> Any: ...

    @abstractmethod
    def _messages(self) -> Iterable[tuple[int, Any]]: ...

    @abstractmethod
    def _finished(self, running: list[Any]) -> Iterable[Any]: ...

    @abstractmethod
    def _result(self, asked: Any) -> Any: ...

    @abstractmethod
    def _drop(self, running: list[Any]) -> None: ...


GIVEN_UP = Diagnostic(
    "E0656",
    "worker after worker was lost while it was at the same task",
    notes=("a process that takes more memory than there is gets killed by the system",),
    help="try fewer workers at once, or one; in a Python script, solve with `jobs` only under "
    '`if __name__ == "__main__":`',
)
