"""The linear program of a node: what is decided there is a change of limits."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy import sparse

from evdsl.program.epigraph import Epigraph, with_rows
from evdsl.program.linear import Floats, Ints, Linear
from evdsl.program.lp import run_highs, to_highs
from evdsl.program.mip import Pairs

TIGHT, FREE, OFF = 1, 0, -1
_TOLERANCE = 1e-8
_FEW, _MANY = 2, 60
_STEPS = [10.0**k for k in range(9)]
_FLAT = 1e-7

Status = Literal["optimal", "infeasible", "cut_off", "unbounded", "error"]


@dataclass(frozen=True, eq=False)
class Decided:
    """What a node has decided: `state` (p,) of each pair, TIGHT (no slack), OFF (no multiplier) or
    FREE; `lower`, `upper` (w,) of the whole-number columns."""

    state: Ints
    lower: Floats
    upper: Floats


@dataclass(frozen=True, eq=False)
class Relaxed:
    """A node's answer. `bound` is a lower bound, `value` the true objective at `x`, both in minimum
    form; `ray` is a direction without end where it is unbounded, `x` then a point."""

    status: Status
    bound: float = np.inf
    value: float = np.inf
    x: Floats | None = None
    ray: Floats | None = None


class Relaxation:
    """One HiGHS for all nodes: each starts from the basis of the one before.

    From `end` on, a time of `time.monotonic`, there are no more answers: the status is `error`.
    """

    def __init__(self, epigraph: Epigraph, pairs: Pairs, seed: int, end: float = np.inf) -> None:
        self._epigraph, self._end = epigraph, end
        linear = epigraph.linear
        self.pairs = pairs
        self.whole = np.flatnonzero(linear.integer)
        self._linear = linear
        self._cost = linear.sense * linear.cost
        self._offset = linear.sense * linear.constant
        self._highs = to_highs(_minimum(linear), integrality=False)
        for name, value in {
            "primal_feasibility_tolerance": _TOLERANCE,
            "dual_feasibility_tolerance": _TOLERANCE,
            "presolve": "off",
            "solver": "simplex",
            "random_seed": seed,
        }.items():
            self._highs.setOptionValue(name, value)
        self._columns = (linear.lower.copy(), linear.upper.copy())
        self._rows = (linear.row_lower.copy(), linear.row_upper.copy())
        self._tangents: list[tuple[sparse.csr_array[Any], Floats]] = []

    @property
    def linear(self) -> Linear:
        """The linear problem with the tangents that have been added."""
        if not self._tangents:
            return self._linear
        rows, least = zip(*self._tangents, strict=True)
        return with_rows(self._linear, sparse.csr_array(sparse.vstack(rows)), np.concatenate(least))

    # ---- the decisions -----------------------------------------------------------------------
    def limits(self, decided: Decided) -> tuple[Floats, Floats, Floats, Floats] | None:
        """The node's limits of columns and rows; None where two of them cross."""
        linear, pairs = self._linear, self.pairs
        lower, upper = linear.lower.copy(), linear.upper.copy()
        row_lower, row_upper = linear.row_lower.copy(), linear.row_upper.copy()
        lower[self.whole], upper[self.whole] = decided.lower, decided.upper
        upper[pairs.multiplier[decided.state == OFF]] = 0.0
        tight = decided.state == TIGHT
        for place, low, high in ((pairs.row, row_lower, row_upper), (pairs.column, lower, upper)):
            of_kind = tight & (place >= 0)
            at_lower, at_upper = (place[of_kind & (pairs.side == s)] for s in (-1, 1))
            least, most = low[at_lower], high[at_upper]
            high[at_lower] = np.minimum(high[at_lower], least)
            low[at_upper] = np.maximum(low[at_upper], most)
        if (lower > upper).any() or (row_lower > row_upper).any():
            return None
        return lower, upper, row_lower, row_upper

    def slacks(self, x: Floats) -> Floats:
        """(p,): the slack of each pair's side."""
        linear = self._linear
        value = self._of_sides(linear.A @ x, x)
        low = self._of_sides(linear.row_lower, linear.lower)
        high = self._of_sides(linear.row_upper, linear.upper)
        return np.asarray(np.where(self.pairs.side < 0, value - low, high - value))

    def directions(self, ray: Floats) -> Floats:
        """(p,): how fast each slack grows along a ray."""
        value = self._of_sides(self._linear.A @ ray, ray)
        return np.asarray(np.where(self.pairs.side < 0, value, -value))

    def _of_sides(self, rows: Floats, columns: Floats) -> Floats:
        """(p,): the value that belongs to each pair's row or column."""
        of_rows = np.append(rows, 0.0)[self.pairs.row]
        return np.asarray(of_rows + np.append(columns, 0.0)[self.pairs.column])

    # ---- solving -----------------------------------------------------------------------------
    def solve(
        self, decided: Decided, cutoff: float, best: float, accuracy: float, thorough: bool = False
    ) -> Relaxed:
        """The node's optimum; `cut_off` where it is not below `cutoff`, which is at most `best`.

        Tangents are added a few times, or where it is to be `thorough` until they tell the true
        objective within `accuracy`.
        """
        limits = self.limits(decided)
        if limits is None:
            return Relaxed("infeasible")
        self._set_limits(*limits)
        self._highs.setOptionValue("objective_bound", self._bound_option(best))
        found = self._run_bounded()
        for _ in range(_MANY if thorough else _FEW):
            if found.status != "optimal" or found.bound >= cutoff or time.monotonic() >= self._end:
                break
            if not len(self._epigraph.squares) or found.value - found.bound <= accuracy:
                break
            assert found.x is not None
            self._add_tangents(found.x)
            found = self._run()
        return Relaxed("cut_off", found.bound) if found.bound >= cutoff else found

    def _bound_option(self, best: float) -> float:
        return best - self._offset if np.isfinite(best) else np.inf

    def _set_limits(
        self, lower: Floats, upper: Floats, row_lower: Floats, row_upper: Floats
    ) -> None:
        moved = _moved(self._columns, lower, upper)
        if len(moved):
            self._highs.changeColsBounds(len(moved), moved, lower[moved], upper[moved])
        self._columns = (lower, upper)
        moved = _moved(self._rows, row_lower, row_upper)
        if len(moved):
            self._highs.changeRowsBounds(len(moved), moved, row_lower[moved], row_upper[moved])
        self._rows = (row_lower, row_upper)

    def _run_bounded(self) -> Relaxed:
        """The node's answer, with tangents where only the lack of them lets it fall for ever."""
        found = self._run()
        forms = self._epigraph.squares.forms
        for step in _STEPS:
            if found.status != "unbounded" or found.x is None or found.ray is None:
                break
            bends = np.abs(forms @ found.ray[: self._epigraph.first])
            if bends.max(initial=0.0) <= _FLAT:
                break
            self._add_tangents(found.x + step * found.ray)
            found = self._run()
        return found

    def _run(self) -> Relaxed:
        highs = self._highs
        for attempt in range(3):
            if attempt:
                highs.clearSolver()
                highs.setOptionValue("presolve", "off" if attempt == 1 else "on")
            left = max(self._end - time.monotonic(), 0.0)
            highs.setOptionValue("time_limit", highs.getRunTime() + left)
            run_highs(highs)
            status = highs.getModelStatus().name
            if status in _CERTAIN or time.monotonic() >= self._end:
                break
        highs.setOptionValue("presolve", "off")
        if status == "kOptimal":
            return self._optimum()
        if status in ("kObjectiveBound", "kObjectiveTarget"):
            return Relaxed("cut_off")
        if status == "kInfeasible":
            return Relaxed("infeasible")
        if status in ("kUnbounded", "kUnboundedOrInfeasible"):
            return self._ray()
        return Relaxed("error")

    def _optimum(self) -> Relaxed:
        x = np.array(self._highs.getSolution().col_value, float)
        bound = float(self._cost @ x) + self._offset
        missing = float(self._epigraph.missing(x).sum()) if len(self._epigraph.squares) else 0.0
        return Relaxed("optimal", bound, bound + max(missing, 0.0), x)

    def _add_tangents(self, x: Floats) -> None:
        missing = self._epigraph.missing(x)
        which = np.flatnonzero(missing > 1e-9 * max(1.0, float(missing.sum())))
        at = self._epigraph.squares.forms[which] @ x[: self._epigraph.first]
        rows, least = self._epigraph.tangents(which, at)
        self._tangents.append((rows, least))
        self._highs.addRows(
            len(least),
            least,
            np.full(len(least), np.inf),
            rows.nnz,
            rows.indptr[:-1].astype(np.int32),
            rows.indices.astype(np.int32),
            rows.data,
        )

    def _ray(self) -> Relaxed:
        """A point and a direction along which the objective falls without end, if there are."""
        highs, n = self._highs, len(self._cost)
        every = np.arange(n, dtype=np.int32)
        highs.changeColsCost(n, every, np.zeros(n))
        highs.setOptionValue("objective_bound", np.inf)
        highs.clearSolver()
        run_highs(highs)
        status = highs.getModelStatus().name
        x = np.array(highs.getSolution().col_value, float)
        highs.changeColsCost(n, every, self._cost)
        if status == "kInfeasible":
            return Relaxed("infeasible")
        if status != "kOptimal":
            return Relaxed("error")
        ray = self._falling()
        if ray is None:
            return Relaxed("error")
        return Relaxed("unbounded", -np.inf, -np.inf, x, ray)

    def _falling(self) -> Floats | None:
        """The steepest direction of length one that the limits allow, if it falls."""
        lower, upper = self._columns
        row_lower, row_upper = self._rows
        cost = self._cost / (np.abs(self._cost).max(initial=0.0) or 1.0)
        whole = sparse.csr_array(
            sparse.vstack([self._linear.A, *(rows for rows, _ in self._tangents)])
        )
        above = np.zeros(whole.shape[0] - len(row_lower))
        cone = to_highs(
            Linear(
                columns=(),
                rows=(),
                A=whole,
                row_lower=np.append(np.where(np.isfinite(row_lower), 0.0, -np.inf), above),
                row_upper=np.append(np.where(np.isfinite(row_upper), 0.0, np.inf), above + np.inf),
                lower=np.where(np.isfinite(lower), 0.0, -1.0),
                upper=np.where(np.isfinite(upper), 0.0, 1.0),
                integer=np.zeros(len(lower), np.bool_),
                cost=cost,
            )
        )
        run_highs(cone)
        ray = np.array(cone.getSolution().col_value, float)
        falls = cone.getModelStatus().name == "kOptimal" and float(cost @ ray) < -1e-7
        return ray if falls else None


def _minimum(linear: Linear) -> Linear:
    return replace(linear, cost=linear.sense * linear.cost, sense=1, constant=0.0)


def _moved(known: tuple[Floats, Floats], lower: Floats, upper: Floats) -> Any:
    return np.flatnonzero((lower != known[0]) | (upper != known[1])).astype(np.int32)


_CERTAIN = {
    "kOptimal",
    "kInfeasible",
    "kUnbounded",
    "kUnboundedOrInfeasible",
    "kObjectiveBound",
    "kObjectiveTarget",
}
