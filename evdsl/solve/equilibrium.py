"""Answers to a leader decision that only the optimality conditions describe.

They are equilibria of followers that play against each other, and answers whose multipliers the
leader reads.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import numpy as np

from evdsl.backends import branch
from evdsl.backends.options import SolveOptions
from evdsl.backends.scaling import in_own_units, scaled
from evdsl.program.convexity import squares
from evdsl.program.linear import Bools, Floats, Linear, Products
from evdsl.program.lp import LpAnswer, solve_lp
from evdsl.program.program import Multipliers, Program
from evdsl.program.qp import solve_qp
from evdsl.program.settle import settled
from evdsl.reformulate.encode import encode
from evdsl.reformulate.kkt import Kkt, kkt
from evdsl.reformulate.products import without_products
from evdsl.solve.decision import fixed
from evdsl.solve.followers import Followers
from evdsl.solve.sides import pinned

Found: TypeAlias = "tuple[Floats, Multipliers, float]"

_ZERO = 1e-9
_EXACT = SolveOptions(gap=1e-9, time_limit=60)


def equilibrium(program: Program, leader: Floats) -> Found | None:
    """The equilibrium that the leader likes best at its decision (n,), nan where it may choose.

    Found by branching on the pairs; values, multipliers and the leader's objective. Where that is
    not convex in the answer it is one of the equilibria. None where there is none that keeps the
    leader's rows.
    """
    level = without_products(kkt(_decided(program, leader)))
    mip = encode(level, "branch").mip
    mip = replace(mip, linear=settled(mip.linear))
    if len(mip.linear.products.of_rows):
        return None
    if squares(mip.linear.products.scaled(mip.linear.sense), mip.linear.shape[1]) is None:
        mip = replace(mip, linear=replace(mip.linear, products=Products.none()))
    answer = in_own_units(branch.solve(scaled(mip), _EXACT), mip)
    return None if answer.x is None else _found(program, level, answer.x)


def with_multipliers(
    program: Program, leader: Floats, level: Followers, answer: LpAnswer
) -> Found | None:
    """The leader's best among the optimal answers and the optimal multipliers at its decision.

    A side with a multiplier at `answer` is tight at each optimal answer, and one with a slack has
    no multiplier at each optimal vector of them; whatever keeps both is optimal (complementary
    slackness), so both may be chosen freely within that.
    """
    single = without_products(kkt(_decided(program, leader)))
    x = np.nan_to_num(leader)
    x[level.columns] = answer.x
    values, slack = single.values(level.multipliers(answer)), single.slack(x)
    face = _face(single, np.asarray(slack > _ZERO), np.asarray(values > _ZERO))
    if len(level.own.products):
        face = level.with_curvature(face, answer)
    face = settled(face)
    if len(face.products.of_rows):
        return None
    chosen = solve_qp(face) if len(face.products) else solve_lp(face, tolerance=1e-8)
    return _found(program, single, chosen.x) if chosen.status == "optimal" else None


def _decided(program: Program, leader: Floats) -> Program:
    return replace(program, joint=fixed(program.joint, leader))


def _face(level: Kkt, slack: Bools, positive: Bools) -> Linear:
    """The single level with the sides of `positive` (q,) multipliers tight and those with a `slack`
    (q,) without multiplier."""
    linear, pairs = level.linear, level.pairs
    dual, upper = level.pair_dual, linear.upper.copy()
    upper[pairs.multiplier[slack[dual]]] = 0.0
    return pinned(replace(linear, upper=upper), pairs, positive[dual] & ~slack[dual])


def _found(program: Program, level: Kkt, x: Floats) -> Found:
    point = x[: program.joint.shape[1]]
    return point, level.multipliers(x), program.joint.objective(point)
