"""How far a linear function goes over the points of a problem."""

from __future__ import annotations

import math

from evdsl.program.linear import Floats
from evdsl.program.lp import LpSolver


def reach(solver: LpSolver, cost: Floats, sense: int) -> float:
    """The least (`sense` 1) or largest (-1) value of `cost x`: infinite where there is none, nan
    where there is no point or the solver does not tell."""
    answer = solver.solve(cost=cost, sense=sense)
    if answer.status == "unbounded":
        return -sense * math.inf
    return answer.objective if answer.status == "optimal" else math.nan
