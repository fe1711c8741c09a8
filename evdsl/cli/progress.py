"""What a terminal shows while a model is solved: a line that is kept up to date, and above it a
table of what was found, and when."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from evdsl.backends.options import Event, Watch
from evdsl.report.text import counted, figure, per_cent
from evdsl.solve.solution import relative_gap

_QUICK = 2.0
_PAUSE = 0.5
_LONG_STAGE = 1.0
_NOTABLY = 0.9
_WIDTHS = (8, 13, 13, 9)


@contextmanager
def live() -> Iterator[Watch | None]:
    """A watch that keeps a line on standard error up to date, wiped at the end; the rows of the
    table stay. None where standard error is no terminal.
    """
    stream = sys.stderr
    if not stream.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(file=stream, highlight=False)
    progress = Progress(
        SpinnerColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    history = History(lambda row: console.print(row, markup=False, style="dim", soft_wrap=True))
    with progress:
        task = progress.add_task("")

        def watch(event: Event) -> None:
            history(event)
            progress.update(task, description=line(event))

        yield watch


def line(event: Event) -> str:
    """`solving with highs  objective 23.76  bound 18.3  gap 23 %  1203 nodes`, as far as known."""
    parts = [event.told]
    if event.incumbent is not None:
        parts.append(f"objective {figure(event.incumbent)}")
    if math.isfinite(event.bound):
        parts.append(f"bound {figure(event.bound)}")
        if event.incumbent is not None:
            parts.append(f"gap {per_cent(_gap(event))}")
    if event.nodes:
        parts.append(counted(event.nodes, "node"))
    return "  ".join(parts)


class History:
    """A row for each better answer, each notably better bound and each stage that took a while.

    At most two rows a second, and none before two seconds: what is solved by then needs no table.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._shown: Event | None = None
        self._latest: Event | None = None
        self._since = 0.0

    def __call__(self, event: Event) -> None:
        ended = self._latest if self._latest and self._latest.doing != event.doing else None
        if ended is not None:
            took, self._since = event.seconds - self._since, event.seconds
            self._show(replace(ended, seconds=event.seconds), took >= _LONG_STAGE)
        self._show(event, False)
        self._latest = event

    def _show(self, event: Event, is_due: bool) -> None:
        if event.seconds < _QUICK:
            return
        before = self._shown
        if before is not None and _told(event) == _told(before):
            return
        if not is_due:
            is_soon = before is not None and event.seconds - before.seconds < _PAUSE
            is_due = not is_soon and _is_news(event, before)
        if not is_due:
            return
        if before is None:
            self._write(_cells("seconds", "objective", "bound", "gap", ""))
        self._write(row(event))
        self._shown = event


def row(event: Event) -> str:
    """`    12.3          23.76           18.3     23 %  solving with highs`."""
    objective = "-" if event.incumbent is None else figure(event.incumbent)
    bound = figure(event.bound) if math.isfinite(event.bound) else "-"
    gap = per_cent(_gap(event))
    return _cells(f"{event.seconds:.1f}", objective, bound, gap, event.doing)


def _cells(*cells: str) -> str:
    *numbers, text = cells
    aligned = "  ".join(f"{cell:>{w}}" for cell, w in zip(numbers, _WIDTHS, strict=True))
    return f"{aligned}  {text}".rstrip()


def _told(event: Event) -> tuple[object, ...]:
    return event.incumbent, event.bound, event.doing


def _is_news(event: Event, before: Event | None) -> bool:
    """Whether the answer is another one, or the gap a tenth smaller than in the row before."""
    if before is None or event.incumbent != before.incumbent:
        return event.incumbent is not None
    return _gap(event) <= _NOTABLY * _gap(before) < math.inf or (
        math.isfinite(event.bound) and not math.isfinite(before.bound)
    )


def _gap(event: Event) -> float:
    if event.incumbent is None or not math.isfinite(event.bound):
        return math.inf
    return relative_gap(event.incumbent, event.bound)
