"""`--log`: a line for what every stage tells, between the lines of the solvers' own logs."""

from __future__ import annotations

import math
from pathlib import Path

from evdsl.backends.log import LogFile, begin_log
from evdsl.backends.options import Event
from evdsl.solve.solution import relative_gap

_PAUSE = 1.0
_WIDTHS = (10, 16, 16, 9, 9)


class RunLog:
    """A watch that writes a line where another stage begins or a better answer is found, and else
    at most one a second.

    Each begins with `evdsl |`, so that the lines of solvers can be told apart. The file is begun
    anew. Raises EvdslError (E0653) where it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        begin_log(path)
        self._file = LogFile(path)
        self._before: Event | None = None
        self._add("seconds", "objective", "bound", "gap %", "nodes", "doing")

    def __call__(self, event: Event) -> None:
        before, self._before = self._before, self._before or event
        if before is not None and _alike(before, event):
            return
        self._before = event
        found, bound = event.incumbent, event.bound
        gap = math.inf if found is None else 100 * relative_gap(found, bound)
        self._add(
            f"{event.seconds:.2f}",
            "-" if found is None else f"{found:.9g}",
            f"{bound:.9g}" if math.isfinite(bound) else "-",
            f"{gap:.3f}" if math.isfinite(gap) else "-",
            str(event.nodes),
            event.told,
        )

    def close(self) -> None:
        self._file.close()

    def _add(self, *cells: str) -> None:
        *numbers, doing = cells
        aligned = [f"{cell:>{width}}" for cell, width in zip(numbers, _WIDTHS, strict=True)]
        self._file.write(" | ".join(["evdsl", *aligned, doing]) + "\n")


def _alike(before: Event, event: Event) -> bool:
    """Whether a line would say nothing new so soon."""
    is_same = (before.doing, before.incumbent) == (event.doing, event.incumbent)
    return is_same and event.seconds < before.seconds + _PAUSE
