"""What the tests hand to workers: at the top of a module, so that other processes find it."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path


def doubled(number: int) -> int:
    """The later tasks are the quicker ones."""
    time.sleep(0.02 * max(0, 5 - number))
    return 2 * number


def refused(number: int) -> int:
    if number == 2:
        raise ValueError("two is refused")
    return number


def killed_once(task: tuple[int, Path]) -> int:
    """Number 1 kills the process that works on it, the first time."""
    number, marks = task
    mark = marks / "killed"
    if number == 1 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def asleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def threads_allowed(_: int) -> str:
    return os.environ["OMP_NUM_THREADS"]


def hears_interrupts(_: int) -> bool:
    return signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


def is_imported(module: str) -> bool:
    return module in sys.modules
