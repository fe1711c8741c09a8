"""Whether an optimum is the only one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from evdsl.program.linear import Bools, Floats, Linear, Products
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
    if not len(linear.products) and _is_simple(linear, answer):
        return None
    solver = LpSolver(optimal_face(linear, answer))
    direction = np.cos(np.arange(len(answer.x)) * 1.618 + 0.5)
    for sense in (1, -1):
        other = solver.solve(cost=direction, sense=sense)
        if other.status == "unbounded":
            return answer.x + 1.0
        if other.status != "optimal":
            continue
        spread = np.abs(other.x - answer.x).max(initial=0.0)
        if spread > _SPREAD * (1 + np.abs(answer.x).max(initial=0.0)):
            return other.x
    return None


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
