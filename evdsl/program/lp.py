"""Linear programs by HiGHS: one answer, or many with a warm start; exact signs of the multipliers.

HiGHS runs on one thread and says nothing. Whole-number columns are relaxed here.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from evdsl.program.linear import Floats, Linear
from evdsl.program.quiet import quiet_descriptor

LpStatus = Literal["optimal", "infeasible", "unbounded", "error"]

TOLERANCE = 1e-9
_LOOSE_TOLERANCE = 1e-7
_ROWWISE = 2


@dataclass(frozen=True, eq=False)
class LpAnswer:
    """An LP's answer; every number is nan where the status is not `optimal`.

    `x`, `column_dual` (n,), `row_dual` (m,). In the sense of the LP, minimum or maximum,
    `row_dual` is the derivative of the optimal objective with respect to the row's right side and
    `column_dual` the one with respect to the limit at which the column stands (its reduced cost).
    `objective` holds the Linear's constant only where its own cost was optimised.
    """

    status: LpStatus
    x: Floats
    row_dual: Floats
    column_dual: Floats
    objective: float


def solve_lp(
    linear: Linear,
    *,
    cost: Floats | None = None,
    sense: int | None = None,
    lower: Floats | None = None,
    upper: Floats | None = None,
    row_lower: Floats | None = None,
    row_upper: Floats | None = None,
    tolerance: float = TOLERANCE,
) -> LpAnswer:
    """Solve `linear` without its whole-number conditions, with these parts in place of its own."""
    solver = LpSolver(linear, tolerance)
    return solver.solve(
        cost=cost,
        sense=sense,
        lower=lower,
        upper=upper,
        row_lower=row_lower,
        row_upper=row_upper,
    )


class LpSolver:
    """Many LPs over one matrix: each starts from the basis of the one before.

    `tolerance` is the largest violation, in the units of a row or of a reduced cost, that counts
    as none. Where the simplex method takes more than `iterations` the status is `error`; where a
    minimum is proved to be above a `cutoff` it may be `infeasible`.
    """

    def __init__(
        self, linear: Linear, tolerance: float = TOLERANCE, iterations: int | None = None
    ) -> None:
        self._linear = linear
        self._tolerance = tolerance
        self._highs = to_highs(linear, integrality=False)
        if iterations is not None:
            self._highs.setOptionValue("simplex_iteration_limit", iterations)
        self._cost = linear.cost
        self._sense = linear.sense
        self._columns = (linear.lower, linear.upper)
        self._rows = (linear.row_lower, linear.row_upper)

    def solve(
        self,
        *,
        cost: Floats | None = None,
        sense: int | None = None,
        lower: Floats | None = None,
        upper: Floats | None = None,
        row_lower: Floats | None = None,
        row_upper: Floats | None = None,
        cutoff: float = np.inf,
        seconds: float = np.inf,
    ) -> LpAnswer:
        """The optimum with these parts in place of the Linear's own; the others are its own.

        Where it takes longer than so many `seconds` the status is `error`.
        """
        own = self._linear
        self._set_cost(own.cost if cost is None else cost, own.sense if sense is None else sense)
        self._set_columns(
            own.lower if lower is None else lower, own.upper if upper is None else upper
        )
        self._set_rows(
            own.row_lower if row_lower is None else row_lower,
            own.row_upper if row_upper is None else row_upper,
        )
        bounded = cutoff if self._sense == 1 else np.inf
        self._highs.setOptionValue("objective_bound", float(bounded))
        status = self._run(time.monotonic() + seconds)
        return self._answer(status, constant=own.constant if cost is None else 0.0)

    def _set_cost(self, cost: Floats, sense: int) -> None:
        if sense != self._sense:
            import highspy

            minimise = highspy.ObjSense.kMinimize
            self._highs.changeObjectiveSense(minimise if sense == 1 else highspy.ObjSense.kMaximize)
            self._sense = sense
        changed = np.flatnonzero(cost != self._cost).astype(np.int32)
        if len(changed):
            self._highs.changeColsCost(len(changed), changed, cost[changed])
        self._cost = cost.copy()

    def _set_columns(self, lower: Floats, upper: Floats) -> None:
        changed = _changed(self._columns, lower, upper)
        if len(changed):
            self._highs.changeColsBounds(len(changed), changed, lower[changed], upper[changed])
        self._columns = (lower.copy(), upper.copy())

    def _set_rows(self, lower: Floats, upper: Floats) -> None:
        changed = _changed(self._rows, lower, upper)
        if len(changed):
            self._highs.changeRowsBounds(len(changed), changed, lower[changed], upper[changed])
        self._rows = (lower.copy(), upper.copy())

    def _run(self, end: float) -> LpStatus:
        """Run until the status is one of ours: first as it stands, then more and more carefully."""
        if not len(self._cost):
            return self._status_without_columns()
        if any((low > high).any() for low, high in (self._columns, self._rows)):
            return "infeasible"
        status: LpStatus = "error"
        for attempt, options in enumerate(_attempts(self._tolerance)):
            for name, value in options.items():
                self._highs.setOptionValue(name, value)
            if attempt:
                self._highs.clearSolver()
            left = max(end - time.monotonic(), 0.0)
            self._highs.setOptionValue("time_limit", self._highs.getRunTime() + left)
            run_highs(self._highs)
            status = _STATUS.get(self._highs.getModelStatus().name, "error")
            if status != "error" or time.monotonic() >= end:
                break
        return status

    def _status_without_columns(self) -> LpStatus:
        low, high = self._rows
        holds = (low <= TOLERANCE) & (high >= -TOLERANCE)
        return "optimal" if holds.all() else "infeasible"

    def _answer(self, status: LpStatus, constant: float) -> LpAnswer:
        m, n = self._linear.shape
        if status != "optimal":
            nothing = np.full(n, np.nan)
            return LpAnswer(status, nothing, np.full(m, np.nan), nothing, float("nan"))
        if not n:
            return LpAnswer(status, np.empty(0), np.zeros(m), np.empty(0), constant)
        solution = self._highs.getSolution()
        x = np.array(solution.col_value, float)
        return LpAnswer(
            status=status,
            x=x,
            row_dual=np.array(solution.row_dual, float),
            column_dual=np.array(solution.col_dual, float),
            objective=float(self._cost @ x) + constant,
        )


def to_highs(linear: Linear, *, integrality: bool = True) -> Any:
    """A silent `highspy.Highs` that holds `linear`, handed over row-wise from its CSR arrays.

    Products of its objective are the caller's; rows with products are nothing for HiGHS.
    """
    assert not len(linear.products.of_rows)
    highs = silent_highs()
    highs.setOptionValue("threads", 1)
    m, n = linear.shape
    whole = linear.integer if integrality else np.zeros(n, np.bool_)
    highs.passModel(
        n,
        m,
        linear.A.nnz,
        _ROWWISE,
        linear.sense,
        linear.constant,
        linear.cost,
        linear.lower,
        linear.upper,
        linear.row_lower,
        linear.row_upper,
        linear.A.indptr.astype(np.int32, copy=False),
        linear.A.indices.astype(np.int32, copy=False),
        linear.A.data,
        whole.astype(np.int32),
    )
    return highs


def run_highs(highs: Any) -> None:
    """Run, also where others in this process have run HiGHS with more threads.

    HiGHS sets its threads once in a process and then refuses a model that asks for other ones.
    """
    import highspy

    if highs.run() == highspy.HighsStatus.kError:
        highspy.Highs.resetGlobalScheduler(True)
        highs.run()


def silent_highs() -> Any:
    """An empty `highspy.Highs` that says nothing.

    HiGHS 1.16 greets once in a process, before it can be told not to.
    """
    import highspy

    global _greeted
    with nullcontext() if _greeted else quiet_descriptor(1):
        highs = highspy.Highs()
    _greeted = True
    highs.setOptionValue("output_flag", False)
    return highs


_greeted = False


def _changed(known: tuple[Floats, Floats], lower: Floats, upper: Floats) -> Any:
    return np.flatnonzero((lower != known[0]) | (upper != known[1])).astype(np.int32)


def _attempts(tolerance: float) -> tuple[dict[str, Any], ...]:
    """Presolve cannot tell infeasible from unbounded; then come a looser simplex and the ipm."""
    tight = _tolerances(tolerance)
    loose = _tolerances(max(tolerance, _LOOSE_TOLERANCE))
    return (
        {"presolve": "choose", "solver": "choose", **tight},
        {"presolve": "off", "solver": "choose", **tight},
        {"presolve": "off", "solver": "choose", **loose},
        {"presolve": "choose", "solver": "ipm", **loose},
    )


def _tolerances(value: float) -> dict[str, float]:
    return {"primal_feasibility_tolerance": value, "dual_feasibility_tolerance": value}


_STATUS: dict[str, LpStatus] = {
    "kOptimal": "optimal",
    "kInfeasible": "infeasible",
    "kUnbounded": "unbounded",
    "kObjectiveBound": "infeasible",
}
