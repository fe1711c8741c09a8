"""Whether an optimum is the only one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy import sparse

from evdsl.program.linear import Bools, Floats, Ints, Linear, Products
from evdsl.program.lp import LpAnswer, LpSolver

_DUAL_TOLERANCE = 1e-7
_TOUCH = 1e-7
_SPREAD = 1e-5


def another_optimum(linear: Linear, answer: LpAnswer) -> Floats | None:
    """Another optimal point (n,) of a linear or convex quadratic program, None where there is none.

    Where each tight limit of a linear program has a multiplier its vertex is unique; else two
    linear programs over the optimal face, with a fixed direction of irregular numbers, look for a
    point away from the first.
    """
    whole = np.zeros(len(answer.x), np.int64)
    others = _far_optima(linear, answer)
    return next((other for other in others if _apart(other, answer.x, whole, 1)[0]), None)


def have_others(linear: Linear, answer: LpAnswer, element: Ints, count: int) -> Bools:
    """(count,): which elements of a program have another optimum, where no row joins two of them;
    all of them where the other optima have no limits. `element` (n,) says whose each column is."""
    found = np.zeros(count, np.bool_)
    for other in _far_optima(linear, answer):
        found |= _apart(other, answer.x, element, count)
    return found


def _far_optima(linear: Linear, answer: LpAnswer) -> Iterator[Floats]:
    """The optima farthest along a direction, and against it: see `another_optimum`."""
    if not len(linear.products) and _is_simple(linear, answer):
        return
    solver = LpSolver(optimal_face(linear, answer))
    direction = np.cos(np.arange(len(answer.x)) * 1.618 + 0.5)
    for sense in (1, -1):
        other = solver.solve(cost=direction, sense=sense)
        if other.status == "unbounded":
            yield answer.x + 1.0
        if other.status == "optimal":
            yield other.x


def _apart(other: Floats, x: Floats, element: Ints, count: int) -> Bools:
    """(count,): the elements in which two points differ."""
    spread, size = np.zeros(count), np.zeros(count)
    np.maximum.at(spread, element, np.abs(other - x))
    np.maximum.at(size, element, np.abs(x))
    return np.asarray(spread > _SPREAD * (1 + size))


def optimal_face(linear: Linear, answer: LpAnswer) -> Linear:
    """All optima as the points of a problem without an objective.

    Every row and limit with a multiplier stays tight (complementary slackness), and the gradient of
    a convex quadratic objective stays what it is.
    """
    activity = linear.A @ answer.x
    priced_column = np.abs(answer.column_dual) > _DUAL_TOLERANCE
    priced_row = np.abs(answer.row_dual) > _DUAL_TOLERANCE
    n = linear.shape[1]
    hessian = linear.products.of_objective.hessian(n)
    curved = np.flatnonzero(np.diff(hessian.indptr) > 0)
    gradient = np.asarray(hessian[curved] @ answer.x)
    return replace(
        linear,
        A=sparse.csr_array(sparse.vstack([linear.A, hessian[curved]])),
        row_lower=np.append(np.where(priced_row, activity, linear.row_lower), gradient),
        row_upper=np.append(np.where(priced_row, activity, linear.row_upper), gradient),
        lower=np.where(priced_column, answer.x, linear.lower),
        upper=np.where(priced_column, answer.x, linear.upper),
        cost=np.zeros(n),
        products=Products.none(),
    )


def _is_simple(linear: Linear, answer: LpAnswer) -> bool:
    """Whether every tight row and limit has a multiplier."""
    activity = linear.A @ answer.x
    tight_column = _touches(answer.x, linear.lower, linear.upper)
    tight_row = _touches(activity, linear.row_lower, linear.row_upper)
    priced_column = np.abs(answer.column_dual) > _DUAL_TOLERANCE
    priced_row = np.abs(answer.row_dual) > _DUAL_TOLERANCE
    equality = linear.row_lower == linear.row_upper
    fixed = linear.lower == linear.upper
    columns = (priced_column | ~tight_column | fixed).all()
    return bool(columns and (priced_row | ~tight_row | equality).all())


def _touches(values: Floats, lower: Floats, upper: Floats) -> Bools:
    return (values - lower < _TOUCH) | (upper - values < _TOUCH)
