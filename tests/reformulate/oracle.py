"""Bilevel optima by brute force over the complementarity pairs, from the Program's arrays alone.

Nothing of evdsl.reformulate is used: the stationarity rows are written out here, dense.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy import sparse

from evdsl.program.linear import Linear
from evdsl.program.lp import LpSolver
from evdsl.program.program import Program


def sides(program: Program) -> list[tuple[np.ndarray, float, float]]:
    """(coefficients, lower, upper) of each follower row and each follower column's limits."""
    joint = program.joint
    dense = joint.A.toarray()
    found = [
        (dense[i], joint.row_lower[i], joint.row_upper[i])
        for i in np.flatnonzero(program.row_owner)
    ]
    unit = np.eye(joint.shape[1])
    found += [
        (unit[j], joint.lower[j], joint.upper[j])
        for j in np.flatnonzero(program.column_owner)
        if np.isfinite([joint.lower[j], joint.upper[j]]).any()
    ]
    return found


def count_pairs(program: Program) -> int:
    return sum(
        0 if low == high else int(np.isfinite(low)) + int(np.isfinite(high))
        for _, low, high in sides(program)
    )


def brute_force(program: Program) -> tuple[str, float]:
    """Status and value of the optimistic bilevel problem with whole-number columns in {0, 1}.

    Each row and each column's limits are tight below (multiplier >= 0), tight above (<= 0), or
    slack (0); an equality has a free multiplier. One LP for each choice.
    """
    joint = program.joint
    n = joint.shape[1]
    rows = sides(program)
    s = len(rows)
    own = np.flatnonzero(program.column_owner)
    sense = program.owner_sense[program.column_owner[own]]
    stationarity = np.zeros((len(own), n + s))
    for k, (coefficients, _, _) in enumerate(rows):
        stationarity[:, n + k] = coefficients[own]
    matrix = np.zeros((s, n + s))
    matrix[:, :n] = [coefficients for coefficients, _, _ in rows]
    joint_rows = np.hstack([joint.A.toarray(), np.zeros((joint.shape[0], s))])
    cost = sense * program.follower_cost[own]
    row_lower = np.concatenate([joint.row_lower, cost, [low for _, low, _ in rows]])
    row_upper = np.concatenate([joint.row_upper, cost, [high for _, _, high in rows]])
    at = joint.shape[0] + len(own)
    linear = Linear(
        columns=(),
        rows=(),
        A=sparse.csr_array(np.vstack([joint_rows, stationarity, matrix])),
        row_lower=row_lower,
        row_upper=row_upper,
        lower=np.concatenate([joint.lower, np.zeros(s)]),
        upper=np.concatenate([joint.upper, np.zeros(s)]),
        integer=np.zeros(n + s, np.bool_),
        cost=np.concatenate([joint.cost, np.zeros(s)]),
        sense=joint.sense,
    )
    solver = LpSolver(linear)
    choices = [
        ["equal"]
        if low == high
        else ["slack"] + ["low"] * int(np.isfinite(low)) + ["high"] * int(np.isfinite(high))
        for _, low, high in rows
    ]
    whole = np.flatnonzero(joint.integer)
    best, unbounded = None, False
    for choice in product(*choices):
        for bits in product([0.0, 1.0], repeat=len(whole)):
            lower, upper = linear.lower.copy(), linear.upper.copy()
            low, high = row_lower.copy(), row_upper.copy()
            lower[whole] = upper[whole] = bits
            for k, state in enumerate(choice):
                if state == "equal":
                    lower[n + k], upper[n + k] = -np.inf, np.inf
                elif state == "low":
                    upper[n + k], high[at + k] = np.inf, low[at + k]
                elif state == "high":
                    lower[n + k], low[at + k] = -np.inf, high[at + k]
            answer = solver.solve(lower=lower, upper=upper, row_lower=low, row_upper=high)
            assert answer.status != "error"
            unbounded |= answer.status == "unbounded"
            if answer.status == "optimal" and (
                best is None or joint.sense * (answer.objective - best) < 0
            ):
                best = answer.objective
    if unbounded:
        return "unbounded", float("nan")
    return ("infeasible", float("nan")) if best is None else ("optimal", best)
