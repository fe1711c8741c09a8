"""Convex quadratic programs: PIQP finds the point, its active rows make it accurate.

An interior point ends near the optimum, not at it. The sides that are tight there, those whose
multiplier is larger than their slack, make a system of linear equations; where its solution meets
all conditions better it is taken. Where nearly all sides are tight neither has good multipliers: a
linear program finds them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from evdsl.program.interior import InteriorSolver
from evdsl.program.linear import Floats, Linear, Products
from evdsl.program.lp import LpAnswer, LpStatus, solve_lp

_LOOSE = 1e-7
_REGULAR = 1e-9
_REFINEMENTS = 6
GOOD = 1e-6
_FAIR = 1e-5
_TIGHT = 1e-6


def solve_qp(linear: Linear, accuracy: float = GOOD) -> LpAnswer:
    """The optimum of a convex quadratic objective over linear rows, whole numbers relaxed.

    A linear objective is handed to `solve_lp`. See `QpSolver` for the rest.
    """
    if not len(linear.products):
        return solve_lp(linear)
    return QpSolver(linear, accuracy).solve(linear)


class QpSolver:
    """Many convex quadratic programs over one matrix and with the same squares.

    The signs of the multipliers are those of `solve_lp`. Whether the objective is convex is the
    caller's to know (convexity.py). `accuracy` is the largest breach of the optimality conditions,
    beside the rows and limits themselves, that counts as none; where it is larger than `GOOD` the
    interior point alone may do.
    """

    def __init__(self, linear: Linear, accuracy: float = GOOD) -> None:
        n = linear.shape[1]
        self._accuracy = accuracy
        largest = abs(linear.A).max(axis=1).toarray()
        self._scale = np.where(largest > 0, largest, 1.0)
        rows = sparse.csr_array(sparse.diags_array(1 / self._scale) @ linear.A)
        self._hessian = sparse.csr_array(linear.sense * linear.products.of_objective.hessian(n))
        self._body = sparse.csr_array(sparse.vstack([rows, sparse.eye_array(n)]))
        self._turned = sparse.csr_array(self._body.T)
        self._interior = InteriorSolver(self._hessian, rows)

    def solve(self, here: Linear) -> LpAnswer:
        """The optimum of a Linear with the same matrix and squares; all else may differ."""
        problem = self._problem(here)
        status, point = self._near(problem, here)
        if status == "optimal":
            best = self._accurate(problem, point)
            if best is not None:
                return self._answer(here, problem, best)
            status = "error"
        return _nothing(here, "infeasible" if _is_infeasible(here) else status)

    def _problem(self, here: Linear) -> _Problem:
        cost = here.sense * here.cost
        size = max(_largest(np.abs(self._hessian.data)), _largest(np.abs(cost))) or 1.0
        lower = np.concatenate([here.row_lower / self._scale, here.lower])
        upper = np.concatenate([here.row_upper / self._scale, here.upper])
        return _Problem(self._hessian, cost / size, self._body, self._turned, lower, upper, size)

    def _near(self, problem: _Problem, here: Linear) -> tuple[LpStatus, _Point]:
        m = len(self._scale)
        low, high = problem.lower[:m], problem.upper[:m]
        found = self._interior.solve(problem.size, problem.q, low, high, here.lower, here.upper)
        return found.status, _Point(found.x, np.append(found.row, found.column))

    def _accurate(self, problem: _Problem, near: _Point) -> _Point | None:
        if self._accuracy > GOOD and problem.is_good(near, _FAIR):
            return near
        points = (near, problem.active_set(near))
        best = min(points, key=problem.residual)
        if not problem.is_good(best, self._accuracy):
            best = min(map(problem.priced, points), key=problem.residual)
        return best if problem.is_good(best, self._accuracy) else None

    def _answer(self, here: Linear, problem: _Problem, point: _Point) -> LpAnswer:
        m = len(self._scale)
        inside = np.clip(point.x, here.lower, here.upper)  # what rounding has left outside
        dual = -problem.size * here.sense * point.price
        objective = here.sense * problem.size * problem.value(inside) + here.constant
        return LpAnswer("optimal", inside, dual[:m] / self._scale, dual[m:], objective)


def _is_infeasible(linear: Linear) -> bool:
    bare = replace(linear, cost=np.zeros_like(linear.cost), products=Products.none())
    return solve_lp(bare, tolerance=_LOOSE).status == "infeasible"


def _nothing(linear: Linear, status: LpStatus) -> LpAnswer:
    m, n = linear.shape
    return LpAnswer(status, np.full(n, np.nan), np.full(m, np.nan), np.full(n, np.nan), np.nan)


@dataclass(frozen=True, eq=False)
class _Point:
    """`x` (n,) and for each row of the body (k,) the `price`: the multiplier of its upper side less
    that of its lower one."""

    x: Floats
    price: Floats


@dataclass(frozen=True, eq=False)
class _Problem:
    """Minimise `½ x'Px / size + q'x` over `lower <= body x <= upper`.

    The `body` (k, n) holds the rows, each divided by its largest entry, and then the columns
    themselves; `turned` is its transpose.
    """

    P: sparse.csr_array[Any]
    q: Floats
    body: sparse.csr_array[Any]
    turned: sparse.csr_array[Any]
    lower: Floats
    upper: Floats
    size: float

    def value(self, x: Floats) -> float:
        return float(x @ (self.P @ x)) / (2 * self.size) + float(self.q @ x)

    def active_set(self, near: _Point) -> _Point:
        """The point that the sides which are tight at `near` determine."""
        at = self.body @ near.x
        same, high = self.lower == self.upper, self.upper - at < near.price
        chosen = np.flatnonzero(same | high | (at - self.lower < -near.price))
        active = self.body[chosen]
        k, n = len(chosen), len(self.q)
        exact = sparse.csc_array(
            sparse.vstack(
                [
                    sparse.hstack([self.P / self.size, active.T]),
                    sparse.hstack([active, sparse.csc_array((k, k))]),
                ]
            )
        )
        shift = sparse.diags_array(np.append(np.full(n, _REGULAR), np.full(k, -_REGULAR)))
        factors = splu(sparse.csc_matrix(exact + shift))
        right = np.append(-self.q, np.where(high, self.upper, self.lower)[chosen])
        solution = np.append(near.x, near.price[chosen])
        for _ in range(_REFINEMENTS):
            solution = solution + factors.solve(right - exact @ solution)
        price = np.zeros(len(self.lower))
        price[chosen] = solution[n:]
        return _Point(solution[:n], price)

    def priced(self, near: _Point) -> _Point:
        """`near` with other multipliers of the sides that are tight there, if there are any."""
        at = self.body @ near.x
        low = at - self.lower < _TIGHT * (1 + np.abs(self.lower))
        high = self.upper - at < _TIGHT * (1 + np.abs(self.upper))
        tight = np.flatnonzero(low | high)
        slope = -(self.P @ near.x / self.size + self.q)
        prices = Linear(
            columns=(),
            rows=(),
            A=sparse.csr_array(self.turned[:, tight]),
            row_lower=slope,
            row_upper=slope,
            lower=np.where(low, -np.inf, 0.0)[tight],
            upper=np.where(high, np.inf, 0.0)[tight],
            integer=np.zeros(len(tight), np.bool_),
            cost=np.zeros(len(tight)),
        )
        found = solve_lp(prices, tolerance=_LOOSE)
        if found.status != "optimal":
            return near
        price = np.zeros(len(self.lower))
        price[tight] = found.x
        return _Point(near.x, price)

    def is_good(self, point: _Point, accuracy: float) -> bool:
        violation, unmet = self._breaches(point)
        return violation <= GOOD and max(violation, unmet) <= accuracy

    def residual(self, point: _Point) -> float:
        """The largest breach of the optimality conditions."""
        return max(self._breaches(point))

    def _breaches(self, point: _Point) -> tuple[float, float]:
        """The largest one of a row or limit, and of any other condition."""
        at = self.body @ point.x
        above, below = self.upper - at, at - self.lower
        slope = self.P @ point.x / self.size + self.q + self.turned @ point.price
        return (
            max(_largest(-above / self._of_upper), _largest(-below / self._of_lower)),
            max(
                _largest(np.abs(slope)),
                self._unmet(above, point.price, self._of_upper),
                self._unmet(below, -point.price, self._of_lower),
            ),
        )

    def _unmet(self, slack: Floats, price: Floats, unit: Floats) -> float:
        """The largest of what of a side is both slack and multiplier, but for equalities."""
        unmet = np.minimum(np.abs(slack), np.maximum(price, 0.0)) / unit
        return _largest(np.where(self.lower < self.upper, unmet, 0.0))

    @cached_property
    def _of_lower(self) -> Floats:
        return _unit(self.lower)

    @cached_property
    def _of_upper(self) -> Floats:
        return _unit(self.upper)


def _unit(limit: Floats) -> Floats:
    """(k,): in which a breach of limits is measured."""
    return np.where(np.isfinite(limit), 1 + np.abs(limit), 1.0)


def _largest(breach: Floats) -> float:
    largest = float(breach.max(initial=0.0))
    return largest if np.isfinite(largest) else np.inf
