"""What the tests hand to workers: at the top of a module, so that other processes find it."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from evdsl.workers.tell import tell


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


def talkative(number: int) -> int:
    """Tells its number, then what is of no use, and takes its time to end."""
    tell(number)
    tell([0.5] * 100_000)
    time.sleep(0.5)
    return number


def killed_while_it_tells(marks: Path) -> int:
    """Half of what it tells may be left behind, the first time."""
    mark = marks / "told"
    if not mark.exists():
        mark.touch()
        for _ in range(50):
            tell([0.5] * 100_000)
        os.kill(os.getpid(), signal.SIGKILL)
    tell("again")
    time.sleep(0.5)
    return 1


def threads_allowed(_: int) -> str:
    return os.environ["OMP_NUM_THREADS"]


def hears_interrupts(_: int) -> bool:
    return signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


def is_imported(module: str) -> bool:
    return module in sys.modules
