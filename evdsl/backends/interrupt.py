"""Ctrl-C while a solver runs: the solver is asked to end, nothing is torn down."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Interrupt:
    """Whether Ctrl-C was pressed."""

    def __init__(self) -> None:
        self.pressed = False


@contextmanager
def catch_interrupt(then: Callable[[], object] = lambda: None) -> Iterator[Interrupt]:
    """Within it Ctrl-C calls `then` and is remembered; only the main thread gets signals."""
    interrupt = Interrupt()

    def press(*_: object) -> None:
        interrupt.pressed = True
        then()

    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    before = signal.signal(signal.SIGINT, press)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)
