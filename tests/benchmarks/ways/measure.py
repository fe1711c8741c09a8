"""The data that all ways are given, and what is measured of each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ETA, SIGMA, WEEK = 0.95, 0.0001, 168
_TOUCHED = 2048

Floats = NDArray[np.float64]


def profile(units: int, hours: int) -> dict[str, Floats]:
    """Arrays (units, hours) of storages' data, and of a schedule that they are to follow."""
    rng = np.random.default_rng(0)
    shape = (units, hours)
    return {
        "price": 50 + 30 * np.sin(np.arange(hours) / 24 * 2 * np.pi) + rng.normal(0, 5, shape),
        "c_max": rng.uniform(5, 11, shape),
        "d_max": rng.uniform(0, 11, shape),
        "s_min": rng.uniform(1, 5, shape),
        "s_max": rng.uniform(40, 60, shape),
        "drive": rng.uniform(0, 2, shape),
        "c_ref": rng.uniform(0, 3, shape),
        "d_ref": rng.uniform(0, 3, shape),
    }


class Measured:
    """Processor seconds and growth of the peak memory in MiB of what is done within."""

    def __init__(self) -> None:
        self.figures: dict[str, float] = {}

    @contextmanager
    def here(self) -> Iterator[None]:
        _touch(_TOUCHED)
        before, start = _memory_now(), time.process_time()
        yield
        self.figures = {"seconds": time.process_time() - start, "mib": _peak() - before}

    def of(self, highs: Any) -> dict[str, float]:
        """The figures, and the size of the problem that HiGHS holds."""
        size = {
            "rows": highs.getNumRow(),
            "columns": highs.getNumCol(),
            "entries": highs.getNumNz(),
        }
        return {**self.figures, **size}


def _touch(mib: int) -> None:
    """Memory that a virtual machine uses for the first time, or has not used for two seconds, comes
    from its host and costs a multiple: so that it costs all ways the same it is there before."""
    np.ones(mib << 17)


def _memory_now() -> float:
    """Resident MiB; from here on `_peak` counts anew (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _peak() -> float:
    return _status("VmHWM")


def _status(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(field)) / 1024
