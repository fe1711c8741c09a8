"""Rows and limits that contradict each other, and by how much rows have to be missed at least."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from evdsl.program.linear import Bools, Floats, Ints, Linear
from evdsl.program.lp import LpAnswer, LpSolver, solve_lp

_PUSHES = 1e-9
_MOST = 300


@dataclass(frozen=True, eq=False)
class Conflict:
    """Rows and columns' limits that no point meets together, as positions.

    Of up to 300 none can be left out; of more some may.
    """

    rows: Ints
    lower: Ints
    upper: Ints


def conflict(linear: Linear) -> Conflict | None:
    """What contradicts each other in `linear` without its products and whole numbers.

    The multipliers of the least violation point at rows and limits that exclude each other
    (Farkas); from these one after the other is left out for good if the rest still has no point
    (the deletion filter of J. W. Chinneck and E. W. Dravnieks, ORSA Journal on Computing 3, 1991).
    None where `linear` has a point.
    """
    crossing = np.flatnonzero(linear.lower > linear.upper)[:1]
    if len(crossing):
        return Conflict(np.empty(0, np.int64), crossing, crossing)
    m, n = linear.shape
    found = solve_lp(_elastic(linear, np.ones(m, np.bool_)))
    if found.status != "optimal" or found.objective <= _PUSHES:
        return None
    suspects = _pushing(linear, found)
    solver = LpSolver(linear)
    kept = np.zeros(m + 2 * n, np.bool_)
    kept[suspects] = True
    if not _contradicts(solver, linear, kept):
        return None
    for suspect in suspects.tolist() if len(suspects) <= _MOST else ():
        kept[suspect] = False
        kept[suspect] = not _contradicts(solver, linear, kept)
    return Conflict(*(np.flatnonzero(part) for part in (kept[:m], kept[m : m + n], kept[m + n :])))


def least_violation(linear: Linear, soft: Bools) -> Floats:
    """(m,): by how much each row is missed where the sum of all misses is least, rows scaled.

    Rows that are not `soft` hold; where that cannot be, every row may be missed.
    """
    m, n = linear.shape
    found = solve_lp(_elastic(linear, soft))
    if found.status == "optimal":
        return found.x[n : n + m] + found.x[n + m :]
    return least_violation(linear, np.ones(m, np.bool_)) if not soft.all() else np.zeros(m)


def row_scale(linear: Linear) -> Floats:
    """(m,): the largest coefficient of each row, 1 where it has none."""
    m = linear.shape[0]
    largest = abs(linear.A).max(axis=1).toarray().ravel() if linear.A.nnz else np.ones(m)
    return np.where(largest > 0, largest, 1.0)


def _elastic(linear: Linear, soft: Bools) -> Linear:
    """`linear` with room for each soft row to be missed, the least misses as its objective."""
    m, n = linear.shape
    price = 1.0 / row_scale(linear)
    eye = sparse.eye_array(m, format="csr")
    room = np.where(soft, np.inf, 0.0)
    return Linear(
        columns=(),
        rows=(),
        A=sparse.csr_array(sparse.hstack([linear.A, eye, -eye])),
        row_lower=linear.row_lower,
        row_upper=linear.row_upper,
        lower=np.concatenate([linear.lower, np.zeros(2 * m)]),
        upper=np.concatenate([linear.upper, room, room]),
        integer=np.zeros(n + 2 * m, np.bool_),
        cost=np.concatenate([np.zeros(n), price, price]),
    )


def _pushing(linear: Linear, found: LpAnswer) -> Ints:
    """The rows, lower limits and upper limits with multipliers in a least violation, in one count:
    rows, then lower, then upper."""
    m, n = linear.shape
    dual = found.column_dual[:n]
    rows = np.flatnonzero(np.abs(found.row_dual) > _PUSHES)
    lower = np.flatnonzero((dual > _PUSHES) & np.isfinite(linear.lower))
    upper = np.flatnonzero((dual < -_PUSHES) & np.isfinite(linear.upper))
    return np.concatenate([rows, m + lower, m + n + upper])


def _contradicts(solver: LpSolver, linear: Linear, kept: Bools) -> bool:
    m, n = linear.shape
    rows, lower, upper = kept[:m], kept[m : m + n], kept[m + n :]
    answer = solver.solve(
        cost=np.zeros(n),
        lower=np.where(lower, linear.lower, -np.inf),
        upper=np.where(upper, linear.upper, np.inf),
        row_lower=np.where(rows, linear.row_lower, -np.inf),
        row_upper=np.where(rows, linear.row_upper, np.inf),
    )
    return answer.status == "infeasible"
