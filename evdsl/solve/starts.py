"""Leader decisions that are worth a try before any search."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from scipy import sparse

from evdsl.backends import highs, tangents
from evdsl.backends.options import SolveOptions
from evdsl.program.convexity import not_convex
from evdsl.program.linear import Floats, Linear
from evdsl.program.mip import Mip
from evdsl.program.program import Program
from evdsl.program.qp import solve_qp
from evdsl.solve.decision import fixed, kept
from evdsl.solve.polish import Polished, respond

_LARGE = 20_000
_ROUGH = 1e-2


def tightest_decision(program: Program, options: SolveOptions) -> Floats | None:
    """(n,): the tightest leader decision that admits the relaxation's answer.

    It is nan on the columns that may be chosen anew. The relaxation drops the followers'
    optimality. Its follower values are kept, and the leader's columns then minimise the sum of the
    slacks of the rows that they share with the followers, subject to the leader's own rows. Where
    the leader scales limits (the κ of Härtel and von Bonin, arXiv 2506.04843) each factor becomes
    the largest ratio of a value to its limit, so that the followers have an answer. None where the
    relaxation has no answer in time.
    """
    relaxed = _relaxed(program.joint, options)
    if relaxed is None:
        return None
    follows = program.column_owner > 0
    answered = fixed(program.joint.linear_part, np.where(follows, relaxed, np.nan))
    tight = highs.solve(Mip(replace(answered, cost=_slack_cost(program), sense=1)), options)
    return kept(program, relaxed if tight.x is None else tight.x)


def _relaxed(joint: Linear, options: SolveOptions) -> Floats | None:
    """(n,): the best without the followers' optimality, rows with products, and an objective's that
    bend down."""
    linear = joint.linear_part
    squares = joint.products.of_objective
    if not len(squares) or not_convex(squares.scaled(joint.sense), joint.shape[1]).any():
        return highs.solve(Mip(linear), _suited(linear, options)).x
    curved = replace(linear, products=squares)
    if joint.integer.any():
        return tangents.solve(Mip(curved), replace(options, gap=max(_ROUGH, options.gap))).x
    found = solve_qp(curved, accuracy=_ROUGH)
    return found.x if found.status == "optimal" else None


def _suited(joint: Linear, options: SolveOptions) -> SolveOptions:
    """A year of deviations (88 000 rows): the simplex 1 to 30 s, the interior point 4 s."""
    interior = joint.shape[0] > _LARGE and not joint.integer.any()
    return replace(options, extra={"solver": "ipm"}) if interior else options


def best_start(program: Program, decisions: Iterable[Floats]) -> list[Polished]:
    """The bilevel answers to these leader decisions that meet the leader's rows, the best first.

    A decision is (n,), nan where the leader may still choose.
    """
    answers = (respond(program, decision) for decision in decisions)
    feasible = [answer for answer in answers if answer is not None and answer.leader_rows_hold]
    return sorted(feasible, key=lambda answer: program.joint.sense * answer.objective)


def _slack_cost(program: Program) -> Floats:
    """(n,): the leader's part of the sum of all slacks of the rows that followers own."""
    joint = program.joint
    rows = program.follower_rows
    shared = sparse.csr_array(joint.A[rows])
    bounded_below = np.isfinite(joint.row_lower[rows]).astype(float)
    bounded_above = np.isfinite(joint.row_upper[rows]).astype(float)
    cost = shared.T @ (bounded_below - bounded_above)
    return np.where(program.column_owner == 0, cost, 0.0)
