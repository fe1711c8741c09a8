"""Bilevel points for tests: a leader decision and the followers' answer to it by one LP."""

from __future__ import annotations

import numpy as np

from evdsl.program.linear import Linear
from evdsl.program.lp import solve_lp
from evdsl.program.program import Multipliers, Program


def answer_to(made: Program, decision: np.ndarray) -> tuple[np.ndarray, Multipliers] | None:
    """The followers' answer and multipliers at the leader's columns of `decision` (n,)."""
    joint = made.joint
    own = made.column_owner > 0
    x = np.where(own, 0.0, decision)
    keep = made.row_owner > 0
    moved = (joint.A @ x)[keep]
    sense = made.owner_sense[made.column_owner]
    answer = solve_lp(
        Linear(
            columns=(),
            rows=(),
            A=joint.A[keep][:, own].tocsr(),
            row_lower=joint.row_lower[keep] - moved,
            row_upper=joint.row_upper[keep] - moved,
            lower=joint.lower[own],
            upper=joint.upper[own],
            integer=np.zeros(own.sum(), np.bool_),
            cost=(sense * made.follower_cost)[own],
        )
    )
    if answer.status != "optimal":
        return None
    x[own] = answer.x
    row, lower, upper = np.zeros(len(keep)), np.zeros(len(own)), np.zeros(len(own))
    row[keep] = answer.row_dual * made.owner_sense[made.row_owner[keep]]
    lower[own] = np.maximum(answer.column_dual, 0) * sense[own]
    upper[own] = np.minimum(answer.column_dual, 0) * sense[own]
    return x, Multipliers(row, lower, upper)


def follower_answer(
    made: Program, rng: np.random.Generator
) -> tuple[np.ndarray, Multipliers] | None:
    """The answer to a random leader decision of whole numbers."""
    joint = made.joint
    leader = made.column_owner == 0
    decision = rng.integers(joint.lower, np.where(leader, joint.upper, joint.lower) + 1.0)
    return answer_to(made, decision)


def violation(linear: Linear, x: np.ndarray) -> float:
    """The largest violation of a row, a limit or a whole-number condition."""
    activity = linear.A @ x
    return float(
        max(
            (linear.row_lower - activity).max(initial=0.0),
            (activity - linear.row_upper).max(initial=0.0),
            (linear.lower - x).max(initial=0.0),
            (x - linear.upper).max(initial=0.0),
            np.abs(x - np.round(x))[linear.integer].max(initial=0.0),
        )
    )
