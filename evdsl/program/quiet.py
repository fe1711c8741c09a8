"""Solvers that write to a file descriptor past Python's streams."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_descriptor(number: int) -> Iterator[None]:
    """Within it what is written to descriptor 1 or 2 goes nowhere."""
    stream = sys.stdout if number == 1 else sys.stderr
    try:
        stream.flush()
        kept = os.dup(number)
    except (OSError, ValueError, AttributeError):  # there is no such stream
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, number)
        yield
    finally:
        if os.name == "posix":
            ctypes.CDLL(None).fflush(None)  # what C has written may wait in a buffer of its own
        os.dup2(kept, number)
        os.close(kept)
        os.close(nowhere)
