"""Convex quadratic programs: PIQP finds the point, its active rows make it accurate.

An interior point ends near the optimum, not at it. The sides that are tight there, those whose
multiplier is larger than their slack, make a system of linear equations; where its solution meets
all conditions better it is taken. Where nearly all sides are tight neither has good multipliers: a
linear program finds them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from evdsl.program.interior import interior_point
from evdsl.program.linear import Floats, Ints, Linear, Products
from evdsl.program.lp import LpAnswer, LpStatus, solve_lp

_LOOSE = 1e-7
_REGULAR = 1e-9
_REFINEMENTS = 6
GOOD = 1e-6
_FAIR = 1e-5
_TIGHT = 1e-6


def solve_qp(linear: Linear, accuracy: float = GOOD) -> LpAnswer:
    """The optimum of a convex quadratic objective over linear rows, whole numbers relaxed.

    The signs of the multipliers are those of `solve_lp`. Whether the objective is convex is the
    caller's to know (convexity.py). A linear objective is handed to `solve_lp`. `accuracy` is the
    largest breach of the optimality conditions, beside the rows and limits themselves, that counts
    as none; where it is larger than `GOOD` the interior point alone may do.
    """
    if not len(linear.products):
        return solve_lp(linear)
    problem = _Problem.of(linear)
    status, point = problem.interior_point(linear)
    if status == "optimal":
        if accuracy > GOOD and problem.is_good(point, _FAIR):
            return problem.answer(linear, point)
        points = (point, problem.active_set(point))
        best = min(points, key=problem.residual)
        if not problem.is_good(best, accuracy):
            best = min(map(problem.priced, points), key=problem.residual)
        if problem.is_good(best, accuracy):
            return problem.answer(linear, best)
        status = "error"
    return _nothing(linear, "infeasible" if _is_infeasible(linear) else status)


def _is_infeasible(linear: Linear) -> bool:
    bare = replace(linear, cost=np.zeros_like(linear.cost), products=Products.none())
    return solve_lp(bare, tolerance=_LOOSE).status == "infeasible"


def _nothing(linear: Linear, status: LpStatus) -> LpAnswer:
    m, n = linear.shape
    return LpAnswer(status, np.full(n, np.nan), np.full(m, np.nan), np.full(n, np.nan), np.nan)


@dataclass(frozen=True, eq=False)
class _Point:
    """`x` (n,) and the multiplier `z` (k,) of each side, not negative but for equalities."""

    x: Floats
    z: Floats


@dataclass(frozen=True, eq=False)
class _Problem:
    """Minimise `½ x'Px + q'x` over the sides `A x <= b`, the first `equal` of them equalities.

    `row`, `column` and `sign` (k,) say what a side is: of a row or of a column, its upper (1) or
    lower (-1) one. The objective is divided by `size`.
    """

    P: sparse.csc_array[Any]
    q: Floats
    A: sparse.csc_array[Any]
    b: Floats
    equal: int
    row: Ints
    column: Ints
    sign: Floats
    size: float

    @staticmethod
    def of(linear: Linear) -> _Problem:
        m, n = linear.shape
        hessian = linear.sense * linear.products.of_objective.hessian(n)
        cost = linear.sense * linear.cost
        size = max(float(np.abs(hessian.data).max()), float(np.abs(cost).max())) or 1.0
        body = sparse.csr_array(sparse.vstack([linear.A, sparse.eye_array(n)]))
        lower = np.concatenate([linear.row_lower, linear.lower])
        upper = np.concatenate([linear.row_upper, linear.upper])
        same = lower == upper
        equal = np.flatnonzero(same)
        above = np.flatnonzero(np.isfinite(upper) & ~same)
        below = np.flatnonzero(np.isfinite(lower) & ~same)
        place = np.concatenate([equal, above, below])
        sign = np.concatenate([np.ones(len(equal) + len(above)), -np.ones(len(below))])
        scale = np.maximum(abs(body).max(axis=1).toarray()[place], 1e-300)
        sides = sparse.diags_array(sign / scale) @ body[place]
        limits = np.where(sign > 0, upper[place], lower[place]) * sign / scale
        return _Problem(
            P=sparse.csc_array(hessian / size),
            q=cost / size,
            A=sparse.csc_array(sides),
            b=limits,
            equal=len(equal),
            row=np.where(place < m, place, -1),
            column=np.where(place < m, -1, place - m),
            sign=sign / scale,
            size=size,
        )

    def interior_point(self, linear: Linear) -> tuple[LpStatus, _Point]:
        """Near the optimum, from the same level as it was written."""
        found = interior_point(linear, self.P, self.q)
        place = np.where(self.row >= 0, self.row, len(found.row) + self.column)
        price = np.append(found.row, found.column)[place] / self.sign
        price[self.equal :] = np.maximum(price[self.equal :], 0.0)
        return found.status, _Point(found.x, price)

    def active_set(self, near: _Point) -> _Point:
        """The point that the sides which are tight at `near` determine."""
        slack = self.b - self.A @ near.x
        tight = slack < near.z
        tight[: self.equal] = True
        chosen = np.flatnonzero(tight)
        active = sparse.csc_array(self.A[chosen])
        k, n = len(chosen), len(self.q)
        exact = sparse.csc_array(
            sparse.vstack(
                [
                    sparse.hstack([self.P, active.T]),
                    sparse.hstack([active, sparse.csc_array((k, k))]),
                ]
            )
        )
        shift = sparse.diags_array(np.append(np.full(n, _REGULAR), np.full(k, -_REGULAR)))
        factors = splu(sparse.csc_matrix(exact + shift))
        right = np.append(-self.q, self.b[chosen])
        solution = np.append(near.x, near.z[chosen])
        for _ in range(_REFINEMENTS):
            solution = solution + factors.solve(right - exact @ solution)
        z = np.zeros(len(self.b))
        z[chosen] = solution[n:]
        return _Point(solution[:n], z)

    def priced(self, near: _Point) -> _Point:
        """`near` with other multipliers of the sides that are tight there, if there are any."""
        tight = np.flatnonzero(self.b - self.A @ near.x < _TIGHT * (1 + np.abs(self.b)))
        cost = -(self.P @ near.x + self.q)
        prices = Linear(
            columns=(),
            rows=(),
            A=sparse.csr_array(self.A[tight].T),
            row_lower=cost,
            row_upper=cost,
            lower=np.where(tight < self.equal, -np.inf, 0.0),
            upper=np.full(len(tight), np.inf),
            integer=np.zeros(len(tight), np.bool_),
            cost=np.zeros(len(tight)),
        )
        found = solve_lp(prices, tolerance=_LOOSE)
        if found.status != "optimal":
            return near
        z = np.zeros(len(self.b))
        z[tight] = found.x
        return _Point(near.x, z)

    def is_good(self, point: _Point, accuracy: float) -> bool:
        return self.residual(point) <= accuracy and self.violation(point) <= GOOD

    def residual(self, point: _Point) -> float:
        """The largest breach of the optimality conditions."""
        slack = self.b - self.A @ point.x
        free = np.arange(len(self.b)) < self.equal
        return max(
            self.violation(point),
            _largest(np.abs(self.P @ point.x + self.q + self.A.T @ point.z)),
            _largest(np.where(free, 0.0, np.maximum(-point.z, 0.0))),
            _largest(np.where(free, 0.0, np.abs(np.minimum(slack, point.z))) / (1 + abs(self.b))),
        )

    def violation(self, point: _Point) -> float:
        """The largest breach of a row or limit."""
        slack = self.b - self.A @ point.x
        free = np.arange(len(self.b)) < self.equal
        return _largest(np.where(free, np.abs(slack), np.maximum(-slack, 0.0)) / (1 + abs(self.b)))

    def answer(self, linear: Linear, point: _Point) -> LpAnswer:
        m, n = linear.shape
        inside = _inside(point.x, linear.lower, linear.upper)
        of_row = self.row >= 0
        dual = -self.size * linear.sense * self.sign * point.z
        row_dual = np.bincount(self.row[of_row], dual[of_row], minlength=m).astype(np.float64)
        column_dual = np.bincount(self.column[~of_row], dual[~of_row], minlength=n)
        return LpAnswer(
            "optimal", inside, row_dual, column_dual.astype(np.float64), linear.objective(inside)
        )


def _largest(breach: Floats) -> float:
    largest = float(breach.max(initial=0.0))
    return largest if np.isfinite(largest) else np.inf


def _inside(x: Floats, lower: Floats, upper: Floats) -> Floats:
    """What rounding has left outside of a limit is put on it."""
    return np.clip(x, lower, upper)
