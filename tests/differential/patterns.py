"""Bilevel optima by brute force: one linear or quadratic program for each way that the followers'
pairs and the leader's whole numbers can be decided. It reads a Problem and nothing of the package.

With its whole numbers fixed, an answer of a follower is a feasible point with multipliers `ν`, in
the sign of `.dual`, such that `∇f = Σ ν ∇g` over its rows and limits, each of which is slack
(ν = 0), tight below or tight above (ν of one sign), or an equality (ν free). For each choice these
are linear, and so is what the leader pays: where a follower's price times its quantity is paid, the
follower's duality says what that is.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal

import clarabel
import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from problems import INF, Level, Limit, Problem, Terms

Floats = NDArray[np.float64]
State = Literal["equal", "slack", "low", "high"]


@dataclass(frozen=True)
class Truth:
    """`value` is the leader's objective where there is an optimum, else nan."""

    status: Literal["optimal", "infeasible", "unbounded"]
    value: float = math.nan


@dataclass(frozen=True)
class Side:
    """A follower's row or the limits of one of its variables: `lower <= body <= upper`."""

    level: Level
    multiplier: str
    body: Terms
    lower: Limit
    upper: Limit

    @property
    def states(self) -> tuple[State, ...]:
        if self.lower == self.upper:
            return ("equal",)
        low: tuple[State, ...] = ("low",) if self.lower != -INF else ()
        high: tuple[State, ...] = ("high",) if self.upper != INF else ()
        return ("slack", *low, *high)


def brute_force(problem: Problem) -> Truth:
    """The optimistic optimum."""
    best = Truth("infeasible")
    sense = problem.leader.sense
    for decided in problem.decisions():
        for found in _values(decided):
            if found == "unbounded":
                return Truth("unbounded")
            if best.status == "infeasible" or sense * (found - best.value) < 0:
                best = Truth("optimal", found)
    return best


def _values(problem: Problem) -> Iterator[float | Literal["unbounded"]]:
    """What the leader can reach at best in each pattern that has a point."""
    sides = [side for level in problem.followers for side in _sides(level)]
    system = System(problem, sides)
    for states in product(*(side.states for side in sides)):
        found = system.best(states)
        if found is not None:
            yield found


def _sides(level: Level) -> Iterator[Side]:
    for name, row in level.rows.items():
        yield Side(level, f"{level.name}.{name}.dual", row.terms, row.lower, row.upper)
    for name, v in level.variables.items():
        if v.lower != -INF or v.upper != INF:
            yield Side(level, f"{level.name}.{name} limits", {(name,): 1.0}, v.lower, v.upper)


class System:
    """What holds in each pattern; a pattern changes limits of rows and columns only."""

    def __init__(self, problem: Problem, sides: list[Side]) -> None:
        self.sense = problem.leader.sense
        self.problem, self.sides = problem, sides
        variables = {n: v for level in problem.levels for n, v in level.variables.items()}
        self.at = {name: j for j, name in enumerate([*variables, *(s.multiplier for s in sides)])}
        n = len(self.at)
        self.lower, self.upper = np.full(n, -INF), np.full(n, INF)
        for name, v in problem.leader.variables.items():
            self.lower[self.at[name]], self.upper[self.at[name]] = v.lower, v.upper
        self.rows: list[tuple[Floats, float, float]] = []
        for row in problem.leader.rows.values():
            self._add(row.terms, row.lower, row.upper)
        for level in problem.followers:
            for name in level.variables:
                self._add(_stationarity(level, name, sides), 0.0, 0.0)
        self.first_side = len(self.rows)
        for side in sides:
            self._add(_minus(side.body, side.lower), 0.0 if side.lower != -INF else -INF, INF)
            self._add(_minus(side.body, side.upper), -INF, 0.0 if side.upper != INF else INF)
        self.matrix = np.array([row for row, _, _ in self.rows])
        self.hessian = np.zeros((n, n))
        for square in problem.leader.squares:
            row, constant = self._row(square.terms)
            assert constant == 0
            self.hessian += 2 * self.sense * square.coef * np.outer(row, row)
        self.lp = _lp(self.matrix)

    def best(self, states: tuple[State, ...]) -> float | Literal["unbounded"] | None:
        """The leader's best in a pattern; None where nothing is possible in it."""
        lower, upper = self.lower.copy(), self.upper.copy()
        row_lower = np.array([low for _, low, _ in self.rows])
        row_upper = np.array([high for _, _, high in self.rows])
        for k, (side, state) in enumerate(zip(self.sides, states, strict=True)):
            j, i = self.at[side.multiplier], self.first_side + 2 * k
            if state == "slack":
                lower[j] = upper[j] = 0.0
            elif state == "low":
                row_upper[i] = row_lower[i]
            elif state == "high":
                row_lower[i + 1] = row_upper[i + 1]
            if state in ("low", "high"):
                positive = (state == "low") == (side.level.sense > 0)
                lower[j], upper[j] = (0.0, INF) if positive else (-INF, 0.0)
        limits = (lower, upper, row_lower, row_upper)
        nothing = np.zeros(len(self.at))
        if self._solve(nothing, limits)[0] == "infeasible":
            return None
        paid, constant = self._row(_without_products(self.problem, self.sides, states))
        if self.hessian.any():
            status, value = self._solve_quadratic(self.sense * paid, limits)
        else:
            status, value = self._solve(self.sense * paid, limits)
        assert status != "infeasible"
        return "unbounded" if status == "unbounded" else self.sense * value + constant

    def _add(self, terms: Terms, lower: float, upper: float) -> None:
        row, constant = self._row(terms)
        self.rows.append((row, lower - constant, upper - constant))

    def _row(self, terms: Terms) -> tuple[Floats, float]:
        row = np.zeros(len(self.at))
        for names, coef in terms.items():
            if names:
                (name,) = names
                row[self.at[name]] += coef
        return row, terms.get((), 0.0)

    def _solve(self, cost: Floats, limits: tuple[Floats, ...]) -> tuple[str, float]:
        lower, upper, row_lower, row_upper = limits
        n, m = len(lower), len(row_lower)
        self.lp.changeColsBounds(n, np.arange(n, dtype=np.int32), lower, upper)
        self.lp.changeColsCost(n, np.arange(n, dtype=np.int32), cost)
        self.lp.changeRowsBounds(m, np.arange(m, dtype=np.int32), row_lower, row_upper)
        self.lp.run()
        status = self.lp.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal:
            return "optimal", self.lp.getInfo().objective_function_value
        if status == highspy.HighsModelStatus.kUnbounded:
            return "unbounded", -INF
        assert status == highspy.HighsModelStatus.kInfeasible, status
        return "infeasible", INF

    def _solve_quadratic(self, cost: Floats, limits: tuple[Floats, ...]) -> tuple[str, float]:
        """The optimum of a convex program; a linear program over its gradient says how near it is."""
        lower, upper, row_lower, row_upper = limits
        A = np.vstack([self.matrix, np.eye(len(cost))])
        low, high = np.append(row_lower, lower), np.append(row_upper, upper)
        equal = low == high
        above, below = ~equal & np.isfinite(high), ~equal & np.isfinite(low)
        settings = clarabel.DefaultSettings()
        settings.verbose = False
        settings.max_threads = 1
        settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-10
        cones = [
            clarabel.ZeroConeT(int(equal.sum())),
            clarabel.NonnegativeConeT(int(above.sum() + below.sum())),
        ]
        solved = clarabel.DefaultSolver(
            sparse.csc_matrix(np.triu(self.hessian)),
            cost,
            sparse.csc_matrix(np.vstack([A[equal], A[above], -A[below]])),
            np.concatenate([high[equal], high[above], -low[below]]),
            cones,
            settings,
        ).solve()
        if "DualInfeasible" in str(solved.status):
            return "unbounded", -INF
        x = np.array(solved.x)
        gradient = cost + self.hessian @ x
        status, least = self._solve(gradient, limits)
        assert status == "optimal", solved.status
        assert gradient @ x - least <= 1e-6 * max(1.0, abs(solved.obj_val)), solved.status
        return "optimal", solved.obj_val


def _lp(matrix: Floats) -> highspy.Highs:
    lp = highspy.Highs()
    lp.setOptionValue("output_flag", False)
    lp.setOptionValue("presolve", "off")
    lp.setOptionValue("primal_feasibility_tolerance", 1e-9)
    lp.setOptionValue("dual_feasibility_tolerance", 1e-9)
    m, n = matrix.shape
    csr = sparse.csr_array(matrix)
    free, none = np.full(n, INF), np.full(m, INF)
    lp.passModel(
        n, m, csr.nnz, int(highspy.MatrixFormat.kRowwise), 1, 0.0,
        np.zeros(n), -free, free, -none, none,
        csr.indptr.astype(np.int32), csr.indices.astype(np.int32), csr.data,
        np.zeros(n, np.int32),
    )  # fmt: skip
    return lp


# ---- conditions ------------------------------------------------------------------------------
def _stationarity(level: Level, name: str, sides: list[Side]) -> Terms:
    """`∂f/∂y - Σ ν ∂g/∂y`."""
    found: dict[tuple[str, ...], float] = defaultdict(float, _derivative(level.cost, name))
    for square in level.squares:
        inner = _derivative(square.terms, name).get((), 0.0)
        for names, coef in square.terms.items():
            found[names] += 2 * square.coef * inner * coef
    for side in sides:
        if side.level is level:
            for names, coef in _derivative(side.body, name).items():
                assert names == (), "rows are linear in what follows"
                found[(side.multiplier,)] -= coef
    return dict(found)


def _derivative(terms: Terms, name: str) -> Terms:
    found: dict[tuple[str, ...], float] = defaultdict(float)
    for names, coef in terms.items():
        if name in names:
            left = list(names)
            left.remove(name)
            found[tuple(left)] += coef
    return dict(found)


def _minus(body: Terms, limit: Limit) -> Terms:
    if isinstance(limit, dict):
        return _sum(body, limit, -1.0)
    return _sum(body, {(): limit}, -1.0) if math.isfinite(limit) else body


def _sum(one: Terms, other: Mapping[tuple[str, ...], float], factor: float) -> Terms:
    found: dict[tuple[str, ...], float] = defaultdict(float, one)
    for names, coef in other.items():
        found[names] += factor * coef
    return dict(found)


def _without_products(problem: Problem, sides: list[Side], states: tuple[State, ...]) -> Terms:
    """What the leader pays, its products replaced by what the followers' duality says of them."""
    cost = problem.leader.cost
    for level in problem.followers:
        products = {names: coef for names, coef in level.cost.items() if len(names) == 2}
        paid = {names: coef for names, coef in cost.items() if names in products}
        if not paid:
            continue
        (share,) = {coef / products[names] for names, coef in paid.items()}
        assert paid.keys() == products.keys()
        cost = {names: coef for names, coef in cost.items() if names not in products}
        cost = _sum(cost, _products(level, sides, states), share)
    assert all(len(names) < 2 for names in cost)
    return cost


def _products(level: Level, sides: list[Side], states: tuple[State, ...]) -> Terms:
    """The products in a follower's cost: `Σ ν·limit` less what is linear in the cost."""
    assert not level.squares
    own = {n: c for n, c in level.cost.items() if len(n) == 1 and n[0] in level.variables}
    found = _sum({}, own, -1.0)
    for side, state in zip(sides, states, strict=True):
        if side.level is level and state != "slack":
            limit = side.upper if state == "high" else side.lower
            assert not isinstance(limit, dict)
            assert all(n[0] in level.variables for n in side.body)
            found = _sum(found, {(side.multiplier,): limit}, 1.0)
    return found
