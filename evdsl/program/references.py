"""References: problems that are solved before everything else, one LP for each element."""

from __future__ import annotations

from collections.abc import Callable
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
) -> ReferenceAnswer:
    """Solves each element (owners count from 1) by itself; `solving` is told before each one.

    Raises EvdslError: E0560 where elements have no feasible point, E0561 where one is unbounded,
    E0623 where the solver fails; each names the elements.
    """
    m, n = linear.shape
    x, row = np.zeros(n), np.zeros(m)
    lower, upper = np.zeros(n), np.zeros(n)
    failed: dict[str, list[str]] = {}
    ambiguous = []
    elements = parts(linear, column_owner, row_owner, len(labels))
    for k, (part, label) in enumerate(zip(elements, labels, strict=True)):
        solving(k + 1)
        element = solve_element(part.linear)
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
