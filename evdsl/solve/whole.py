"""Followers with whole numbers: what they answer, and the leader's best among tied answers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from evdsl.backends import branch, highs, scip
from evdsl.backends.options import SolveOptions
from evdsl.program.convexity import not_convex
from evdsl.program.linear import Floats, Linear
from evdsl.program.mip import Answer, Mip
from evdsl.program.program import Multipliers, Program
from evdsl.program.settle import settled
from evdsl.solve.decision import demands, fixed, without_rows
from evdsl.solve.followers import Followers, followers

_EXACT = SolveOptions(gap=0.0)
_TIE = 1e-7


@dataclass(frozen=True, eq=False)
class Response:
    """One follower's optimum at a leader decision: `y` over its `columns`, and its `cost` in the
    minimum form of `alone`."""

    alone: Followers
    y: Floats
    cost: float


def responses(program: Program, leader: Floats) -> list[Response] | None:
    """What each follower answers to a decision (n,); None where one has no finite answer."""
    found = []
    for k in range(1, len(program.followers) + 1):
        alone = followers(program, k)
        here = alone.at(leader)
        answer = solve_whole(here)
        if answer.status != "optimal" or answer.x is None:
            return None
        found.append(Response(alone, answer.x, here.objective(answer.x)))
    return found


def solve_whole(linear: Linear) -> Answer:
    """The optimum of a mixed-integer problem, by the simplest solver that can."""
    easy = settled(linear)
    if not len(easy.products):
        return highs.solve(Mip(easy), _EXACT)
    turned = easy.products.of_objective.scaled(easy.sense)
    if len(easy.products.of_rows) or not_convex(turned, easy.shape[1]).any():
        return scip.solve(Mip(easy), _EXACT)
    return branch.solve(Mip(easy), _EXACT)


def best_of_ties(
    program: Program, leader: Floats, answers: list[Response], dropped: bool
) -> Answer:
    """The leader's best among the followers' optimal `answers` at its decision (n,), nan where it
    may choose; without its own rows where these are `dropped`."""
    joint = fixed(program.joint, leader)
    if dropped:
        joint = without_rows(joint, demands(program))
    cuts = [_optimal(response, joint.shape[1]) for response in answers]
    limits = [_allowed(response) for response in answers]
    here = replace(
        joint,
        A=sparse.csr_array(sparse.vstack([joint.A, *cuts])),
        row_lower=np.append(joint.row_lower, np.full(len(cuts), -np.inf)),
        row_upper=np.append(joint.row_upper, limits),
    )
    return solve_whole(here)


def no_multipliers(program: Program) -> Multipliers:
    m, n = program.joint.shape
    return Multipliers(np.zeros(m), np.zeros(n), np.zeros(n))


def _optimal(response: Response, n: int) -> sparse.csr_array:
    """The follower's cost as a row over all columns."""
    own, columns = response.alone.own, response.alone.columns
    place = np.zeros(len(columns), np.int64)
    return sparse.csr_array((own.cost, (place, columns)), shape=(1, n))


def _allowed(response: Response) -> float:
    paid = float(response.alone.own.cost @ response.y)
    return paid + _TIE * max(1.0, abs(response.cost))
