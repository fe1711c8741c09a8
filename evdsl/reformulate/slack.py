"""Bounds for slacks that interval arithmetic leaves infinite: by LP over the joint relaxation."""

from __future__ import annotations

import numpy as np

from evdsl.program.lp import LpSolver
from evdsl.program.program import Bools, Floats
from evdsl.reformulate.kkt import LOWER, Kkt

def relaxed_slack(kkt: Kkt, slack: Floats, wanted: Bools) -> Floats:
    """`slack` (p,) with the largest slack over the joint relaxation where `wanted`.

    Infinite where that is unbounded; 0 where the relaxation has no point at all.
    """
    joint, pairs = kkt.program.joint, kkt.pairs
    result = slack.copy()
    solver = None
    for k in np.flatnonzero(wanted):
        solver = solver or LpSolver(joint)
        row, column, lower = pairs.row[k], pairs.column[k], pairs.side[k] == LOWER
        if row >= 0:
            cost = joint.A[[row]].toarray()[0]
            limit = joint.row_lower[row] if lower else joint.row_upper[row]
        else:
            cost = np.zeros(joint.shape[1])
            cost[column] = 1.0
            limit = joint.lower[column] if lower else joint.upper[column]
        answer = solver.solve(cost=cost, sense=-1 if lower else 1)
        if answer.status == "infeasible":
            return np.where(wanted, 0.0, slack)
        if answer.status == "optimal":
            result[k] = abs(answer.objective - limit)
    return result
