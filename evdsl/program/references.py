"""References: problems that are solved before everything else, one LP for each element."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evdsl.program.lp import LpAnswer, LpSolver
from evdsl.program.program import Bools, Floats, Ints, Linear, Multipliers
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.text import Span

_DUAL_TOLERANCE = 1e-7
_SPREAD = 1e-5


@dataclass(frozen=True, eq=False)
class ReferenceAnswer:
    """The optimum of every element: `x` (n,), multipliers, and which optima are not unique."""

    x: Floats
    multipliers: Multipliers
    ambiguous: tuple[int, ...]


def solve_reference(
    linear: Linear, column_owner: Ints, row_owner: Ints, labels: list[str], span: Span | None
) -> ReferenceAnswer:
    """Solves each element (owners count from 1) by itself.

    Raises EvdslError: E0560 where elements have no feasible point, E0561 where one is unbounded,
    E0623 where the solver fails; each names the elements.
    """
    m, n = linear.shape
    x, row = np.zeros(n), np.zeros(m)
    lower, upper = np.zeros(n), np.zeros(n)
    failed: dict[str, list[str]] = {}
    ambiguous = []
    columns_of, rows_of = _members(column_owner, len(labels)), _members(row_owner, len(labels))
    for k, label in enumerate(labels):
        columns, rows = columns_of[k], rows_of[k]
        part = _part(linear, rows, columns)
        solver = LpSolver(part)
        answer = solver.solve()
        if answer.status != "optimal":
            failed.setdefault(answer.status, []).append(label)
            continue
        x[columns], row[rows] = answer.x, answer.row_dual
        lower[columns], upper[columns] = split(part, answer)
        if _is_ambiguous(part, solver, answer):
            ambiguous.append(k)
    if failed:
        raise EvdslError(
            [_failure(status, names, len(labels), span) for status, names in failed.items()]
        )
    return ReferenceAnswer(x, Multipliers(row, lower, upper), tuple(ambiguous))


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


def _members(owner: Ints, count: int) -> list[Ints]:
    order = np.argsort(owner, kind="stable")
    edges = np.searchsorted(owner[order], np.arange(1, count + 2))
    return [order[edges[k] : edges[k + 1]] for k in range(count)]


def _part(linear: Linear, rows: Ints, columns: Ints) -> Linear:
    return Linear(
        columns=(),
        rows=(),
        A=linear.A[rows][:, columns],
        row_lower=linear.row_lower[rows],
        row_upper=linear.row_upper[rows],
        lower=linear.lower[columns],
        upper=linear.upper[columns],
        integer=linear.integer[columns],
        cost=linear.cost[columns],
        sense=linear.sense,
    )


def _is_ambiguous(linear: Linear, solver: LpSolver, answer: LpAnswer) -> bool:
    """Whether the optimum is one of several: another vertex lies on the optimal face.

    The face is where every row and limit with a multiplier stays tight (complementary slackness).
    Where each tight limit has a multiplier the vertex is unique; else one LP with a fixed
    direction of irregular numbers looks for another point.
    """
    activity = linear.A @ answer.x
    tight_column = _touches(answer.x, linear.lower, linear.upper)
    tight_row = _touches(activity, linear.row_lower, linear.row_upper)
    priced_column = np.abs(answer.column_dual) > _DUAL_TOLERANCE
    priced_row = np.abs(answer.row_dual) > _DUAL_TOLERANCE
    equality = linear.row_lower == linear.row_upper
    fixed = linear.lower == linear.upper
    if (priced_column | ~tight_column | fixed).all() and (priced_row | ~tight_row | equality).all():
        return False
    direction = np.cos(np.arange(len(answer.x)) * 1.618 + 0.5)
    for sense in (1, -1):
        other = solver.solve(
            cost=direction,
            sense=sense,
            lower=np.where(priced_column, answer.x, linear.lower),
            upper=np.where(priced_column, answer.x, linear.upper),
            row_lower=np.where(priced_row, activity, linear.row_lower),
            row_upper=np.where(priced_row, activity, linear.row_upper),
        )
        if other.status != "optimal":
            continue
        if np.abs(other.x - answer.x).max(initial=0.0) > _SPREAD * (
            1 + np.abs(answer.x).max(initial=0.0)
        ):
            return True
    return False


def _touches(values: Floats, lower: Floats, upper: Floats) -> Bools:
    return (values - lower < 1e-7) | (upper - values < 1e-7)


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
