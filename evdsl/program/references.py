"""References: problems that are solved before everything else, one LP for each element.

What is more than a few seconds of work is handed to the workers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from evdsl.program.batch import Batch, BatchAnswer, batches, solve_batch, solve_batches
from evdsl.program.linear import Floats, Ints, Linear
from evdsl.program.lp import LpStatus
from evdsl.program.program import Multipliers
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.text import Span
from evdsl.workers.workers import InTurn, Workers

_FIRST = 1.0
_PAYS = 4.0
_TASK = 0.5


@dataclass(frozen=True, eq=False)
class ReferenceAnswer:
    """The optimum of every element: `x` (n,), multipliers, and which optima are not unique."""

    x: Floats
    multipliers: Multipliers
    ambiguous: tuple[int, ...]


def solve_reference(
    linear: Linear,
    column_owner: Ints,
    row_owner: Ints,
    labels: list[str],
    span: Span | None,
    solving: Callable[[int], None] = lambda k: None,
    workers: Workers | None = None,
) -> ReferenceAnswer:
    """Solves all elements (owners count from 1); `solving` is told how many are begun.

    The answers are the same with any `workers`, and the points those that each has alone.

    Raises EvdslError: E0560 where elements have no feasible point, E0561 where one is unbounded,
    E0623 where the solver fails; each names the elements.
    """
    m, n = linear.shape
    x, row, reduced = np.zeros(n), np.zeros(m), np.zeros(n)
    status: list[LpStatus] = []
    tied: list[bool] = []
    cut = list(batches(linear, column_owner, row_owner, len(labels)))
    answers = _answers([batch for _, batch in cut], solving, workers or InTurn())
    for (part, _), found in zip(cut, answers, strict=True):
        x[part.columns], row[part.rows] = found.x, found.row_dual
        reduced[part.columns] = found.column_dual
        status += found.status
        tied += found.tied.tolist()
    failed: dict[str, list[str]] = {}
    for said, label in zip(status, labels, strict=True):
        if said != "optimal":
            failed.setdefault(said, []).append(label)
    if failed:
        raise EvdslError(
            [_failure(said, names, len(labels), span) for said, names in failed.items()]
        )
    multipliers = Multipliers(row, *split(linear.sense, reduced))
    return ReferenceAnswer(x, multipliers, tuple(np.flatnonzero(tied).tolist()))


def _answers(
    batches: list[Batch], solving: Callable[[int], None], workers: Workers
) -> Iterator[BatchAnswer]:
    """Those of all batches in their order, the first of them by this process."""
    began, spent, solved, elements = time.monotonic(), 0.0, 0, 0
    while solved < len(batches):
        spent = time.monotonic() - began
        left = spent / max(solved, 1) * (len(batches) - solved)
        if workers.count > 1 and spent >= _FIRST and left >= _PAYS:
            break
        solving(elements + 1)
        yield solve_batch(batches[solved])
        elements += batches[solved].count
        solved += 1
    size = max(1, int(solved * _TASK / max(spent, _TASK)))
    tasks = (batches[k : k + size] for k in range(solved, len(batches), size))
    for found in workers.map(solve_batches, tasks):
        yield from found
        elements += sum(len(answer.status) for answer in found)
        solving(elements)


def split(sense: int, reduced: Floats) -> tuple[Floats, Floats]:
    """Reduced costs as multipliers of the lower and of the upper limits.

    In the sense of `.dual`: for a minimum those of lower limits are not negative and those of
    upper limits not positive; for a maximum the other way round.
    """
    of_lower = reduced * sense > 0
    return np.where(of_lower, reduced, 0.0), np.where(of_lower, 0.0, reduced)


def _failure(status: str, names: list[str], count: int, span: Span | None) -> Diagnostic:
    shown = ", ".join(f"`{name}`" for name in names[:3]) + (", ..." if len(names) > 3 else "")
    what = (
        shown if len(names) == 1 or count == 1 else f"{len(names)} of {count} references ({shown})"
    )
    verb = "has" if len(names) == 1 else "have"
    if status == "infeasible":
        return Diagnostic(
            "E0560",
            f"{what} {verb} no feasible point",
            span,
            help="its limits and constraints contradict each other: look at its rows of data",
        )
    if status == "unbounded":
        be = "is" if len(names) == 1 else "are"
        return Diagnostic(
            "E0561",
            f"{what} {be} unbounded: the objective improves without end",
            span,
            help="give the variables of its objective limits",
        )
    return Diagnostic("E0623", f"the solver fails on {what}", span)
