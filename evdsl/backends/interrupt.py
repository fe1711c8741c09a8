"""Ctrl-C while something long runs: it is asked to end, nothing is torn down."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def _nothing() -> None:
    pass


class Interrupt:
    """How often Ctrl-C was pressed; those around it count it as well."""

    def __init__(
        self,
        then: Callable[[], object] = _nothing,
        after: Callable[[], object] = _nothing,
        outer: Interrupt | None = None,
    ) -> None:
        self.presses = 0
        self._then, self._after, self._outer = then, after, outer

    @property
    def pressed(self) -> bool:
        return self.presses > 0

    def __call__(self, *_: object) -> None:
        self._count()
        self._then()

    def _count(self) -> None:
        self.presses += 1
        if self._outer is not None:
            self._outer._count()

    def pass_on(self) -> None:
        """Tell those around it, once what was pressed here has ended."""
        if self.pressed and self._outer is not None:
            self._outer._after()


@contextmanager
def catch_interrupt(
    then: Callable[[], object] = _nothing, after: Callable[[], object] = _nothing
) -> Iterator[Interrupt]:
    """Within it Ctrl-C calls `then` and is remembered; only the main thread gets signals.

    Where another one is within it, that one's `then` is called in its place, and `after` once that
    one has ended. A process that ignores Ctrl-C goes on to do so.
    """
    before = signal.getsignal(signal.SIGINT)
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or before is signal.SIG_IGN:
        yield Interrupt(then)
        return
    interrupt = Interrupt(then, after, before if isinstance(before, Interrupt) else None)
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)
    interrupt.pass_on()
