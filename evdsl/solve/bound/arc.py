"""An arc: one window solved exactly, with its hand-overs within boxes.

SCIP with SOS1 sets goes first; where it fails HiGHS with big-M takes over, and the other way round
where an arc is confirmed. What counts is the solver's dual bound, never its objective.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from evdsl.backends.options import SolveOptions
from evdsl.program.linear import Floats, Linear
from evdsl.program.mip import Answer, Mip
from evdsl.solve.bound.window import Part

Solver = Literal["scip", "highs"]
_SHORTEST = 0.05


@dataclass(frozen=True, eq=False)
class Arc:
    """`lower`, `upper` (4,) limit the hand-over `Part.hand`, `price` (4,) are added to its costs.

    The solver stops where its bound has reached `enough`, within `absolute` of its optimum, after
    `nodes` nodes, or at the time `until` (of `time.time`; inf for none). `parts` are the same
    window for SCIP and for HiGHS; `solvers` are tried in their order until one does not fail.
    """

    parts: dict[Solver, Part]
    lower: Floats
    upper: Floats
    price: Floats
    enough: float
    absolute: float
    nodes: int
    until: float
    seed: int
    solvers: tuple[Solver, ...] = ("scip", "highs")


@dataclass(frozen=True, eq=False)
class Solved:
    """`bound` is what no point of the arc can cost less than: inf where it has none, -inf where no
    solver has said anything, which is counted and never taken for 0.

    `x` (k,) is the best point found, over `Part.columns` of `solver`; None without one. `done`
    where the solver has come to its end within the limits. `failed` counts the solvers that gave
    up.
    """

    bound: float
    x: Floats | None
    solver: Solver
    done: bool
    failed: int
    nodes: int = 0

    def hand(self, parts: dict[Solver, Part]) -> Floats | None:
        """(4,): the hand-over of the best point, nan at the ends of a chain."""
        if self.x is None:
            return None
        where = parts[self.solver].hand
        return np.where(where >= 0, self.x[where], np.nan)


def solve_arc(arc: Arc) -> Solved:
    """The arc's bound by the first of its solvers that does not fail."""
    for failed, solver in enumerate(arc.solvers):
        answer = _solve(arc, solver)
        if answer.status not in ("error", "unbounded"):
            bound = np.inf if answer.status == "infeasible" else answer.bound
            done = answer.status in ("optimal", "infeasible") or bound >= arc.enough
            return Solved(float(bound), answer.x, solver, done, failed, answer.nodes)
    return Solved(-np.inf, None, arc.solvers[-1], False, len(arc.solvers))


def _solve(arc: Arc, solver: Solver) -> Answer:
    part = arc.parts[solver]
    mip = _restricted(arc, part)
    left = max(arc.until - time.time(), _SHORTEST)
    limit = None if np.isinf(left) else left
    options = SolveOptions(time_limit=limit, gap=0.0, seed=arc.seed)
    if solver == "scip":
        from evdsl.backends import scip

        limits = {"limits/absgap": arc.absolute, "limits/totalnodes": arc.nodes}
        return scip.solve_small(mip, replace(options, extra=limits), arc.enough, part.written)
    limits = {"mip_abs_gap": arc.absolute, "mip_max_nodes": arc.nodes}
    options = replace(options, extra=limits)
    if len(mip.linear.products):
        from evdsl.backends import tangents

        return tangents.solve(mip, options)
    from evdsl.backends import highs

    if np.isfinite(arc.enough):
        mip = replace(mip, linear=_cut_off(mip.linear, arc.enough))
    return _lifted(highs.solve(mip, options), arc.enough)


def _restricted(arc: Arc, part: Part) -> Mip:
    linear, held = part.mip.linear, part.hand >= 0
    hand = part.hand[held]
    lower, upper, cost = linear.lower.copy(), linear.upper.copy(), linear.cost.copy()
    lower[hand] = np.maximum(lower[hand], arc.lower[held])
    upper[hand] = np.minimum(upper[hand], arc.upper[held])
    cost[hand] += arc.price[held]
    return replace(part.mip, linear=replace(linear, lower=lower, upper=upper, cost=cost))


def _cut_off(linear: Linear, most: float) -> Linear:
    """Only points that cost no more than `most`."""
    from scipy import sparse

    row = sparse.csr_array(linear.cost[None, :])
    return replace(
        linear,
        A=sparse.csr_array(sparse.vstack([linear.A, row])),
        row_lower=np.append(linear.row_lower, -np.inf),
        row_upper=np.append(linear.row_upper, most),
    )


def _lifted(answer: Answer, most: float) -> Answer:
    """Where nothing is left below the cut-off the bound is that, not infinite."""
    if answer.status != "infeasible" or not np.isfinite(most):
        return answer
    return Answer("no_solution", bound=most, nodes=answer.nodes)
