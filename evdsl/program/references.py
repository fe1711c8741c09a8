"""References: problems that are solved before everything else, one LP for each element.

What is more than a few seconds of work is handed to the workers, some elements at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evdsl.program.linear import Floats, Ints, Linear
from evdsl.program.lp import LpAnswer
from evdsl.program.parts import parts
from evdsl.program.program import Multipliers
from evdsl.program.qp import solve_qp
from evdsl.program.unique import another_optimum
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
    """Solves each element (owners count from 1) by itself; `solving` is told before each one.

    The answers are the same with any `workers`.

    Raises EvdslError: E0560 where elements have no feasible point, E0561 where one is unbounded,
    E0623 where the solver fails; each names the elements.
    """
    m, n = linear.shape
    x, row = np.zeros(n), np.zeros(m)
    lower, upper = np.zeros(n), np.zeros(n)
    failed: dict[str, list[str]] = {}
    ambiguous = []
    elements = list(parts(linear, column_owner, row_owner, len(labels)))
    answers = _answers([part.linear for part in elements], solving, workers or InTurn())
    for k, (part, label, element) in enumerate(zip(elements, labels, answers, strict=True)):
        if element.answer.status != "optimal":
            failed.setdefault(element.answer.status, []).append(label)
            continue
        x[part.columns], row[part.rows] = element.answer.x, element.answer.row_dual
        lower[part.columns], upper[part.columns] = split(part.linear, element.answer)
        if not element.unique:
            ambiguous.append(k)
    if failed:
        raise EvdslError(
            [_failure(status, names, len(labels), span) for status, names in failed.items()]
        )
    return ReferenceAnswer(x, Multipliers(row, lower, upper), tuple(ambiguous))


@dataclass(frozen=True, eq=False)
class Element:
    """What one element answers, and whether it has no other optimum."""

    answer: LpAnswer
    unique: bool


def solve_element(linear: Linear) -> Element:
    """The optimum of one element, which needs nothing else."""
    answer = solve_qp(linear)
    unique = answer.status == "optimal" and another_optimum(linear, answer) is None
    return Element(answer, unique)


def _answers(
    elements: list[Linear], solving: Callable[[int], None], workers: Workers
) -> Iterator[Element]:
    """Those of all elements in their order, the first of them by this process."""
    began, spent, solved = time.monotonic(), 0.0, 0
    while solved < len(elements):
        spent = time.monotonic() - began
        left = spent / max(solved, 1) * (len(elements) - solved)
        if workers.count > 1 and spent >= _FIRST and left >= _PAYS:
            break
        solving(solved + 1)
        yield solve_element(elements[solved])
        solved += 1
    size = max(1, int(solved * _TASK / max(spent, _TASK)))
    tasks = (elements[k : k + size] for k in range(solved, len(elements), size))
    for found in workers.map(solve_elements, tasks):
        yield from found
        solved += len(found)
        solving(solved)


def solve_elements(elements: Sequence[Linear]) -> list[Element]:
    """A task of a worker: some elements, one by one."""
    return [solve_element(linear) for linear in elements]


def split(linear: Linear, answer: LpAnswer) -> tuple[Floats, Floats]:
    """Reduced costs as multipliers of the lower and of the upper limits.

    In the sense of `.dual`: for a minimum those of lower limits are not negative and those of
    upper limits not positive; for a maximum the other way round.
    """
    of_lower = answer.column_dual * linear.sense > 0
    return (
        np.where(of_lower, answer.column_dual, 0.0),
        np.where(of_lower, 0.0, answer.column_dual),
    )


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
