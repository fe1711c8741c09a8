"""One live line on a terminal while a solver runs."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from evdsl.backends.options import Event, Watch
from evdsl.report.text import counted, figure, per_cent, seconds
from evdsl.solve.solution import relative_gap

_ERASE = "\r\x1b[2K"


@contextmanager
def live() -> Iterator[Watch | None]:
    """A watch that keeps one line on standard error up to date and wipes it at the end.

    None where standard error is no terminal.
    """
    stream = sys.stderr
    if not stream.isatty():
        yield None
        return

    def watch(event: Event) -> None:
        stream.write(_ERASE + line(event))
        stream.flush()

    try:
        yield watch
    finally:
        stream.write(_ERASE)
        stream.flush()


def line(event: Event) -> str:
    """`12 s  objective 23.76  bound 18.3  gap 23 %  1203 nodes`, as far as things are known."""
    parts = [seconds(event.seconds)]
    if event.incumbent is not None:
        parts.append(f"objective {figure(event.incumbent)}")
    if math.isfinite(event.bound):
        parts.append(f"bound {figure(event.bound)}")
        if event.incumbent is not None:
            parts.append(f"gap {per_cent(relative_gap(event.incumbent, event.bound))}")
    parts.append(counted(event.nodes, "node"))
    return "  ".join(parts)
