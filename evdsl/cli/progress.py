"""A live line on a terminal while the model is prepared and a solver runs."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from evdsl.backends.options import Event, Watch
from evdsl.report.text import counted, figure, per_cent
from evdsl.solve.solution import relative_gap


@contextmanager
def live() -> Iterator[Watch | None]:
    """A watch that keeps one line on standard error up to date and wipes it at the end.

    None where standard error is no terminal.
    """
    stream = sys.stderr
    if not stream.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    progress = Progress(
        SpinnerColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
        console=Console(file=stream),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with progress:
        task = progress.add_task("preparing the model")
        yield lambda event: progress.update(task, description=line(event))


def line(event: Event) -> str:
    """`objective 23.76  bound 18.3  gap 23 %  1203 nodes`, as far as things are known."""
    parts = []
    if event.incumbent is not None:
        parts.append(f"objective {figure(event.incumbent)}")
    if math.isfinite(event.bound):
        parts.append(f"bound {figure(event.bound)}")
        if event.incumbent is not None:
            parts.append(f"gap {per_cent(relative_gap(event.incumbent, event.bound))}")
    parts.append(counted(event.nodes, "node"))
    return "  ".join(parts)
