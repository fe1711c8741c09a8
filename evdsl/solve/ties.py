"""What hangs on ties: the leader's value at the best and the worst of the followers' optima.

An optimistic answer assumes that the followers choose as the leader likes. Whoever re-solves a
follower alone, with any solver, gets one of its optima, and not necessarily that one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from evdsl.backends import branch, scip
from evdsl.backends.options import SolveOptions
from evdsl.program.convexity import squares
from evdsl.program.linear import Bools, Floats, Linear, Products
from evdsl.program.lp import LpSolver
from evdsl.program.mip import Answer
from evdsl.program.program import Follower, Program, Readings
from evdsl.program.settle import settled
from evdsl.program.unique import another_optimum
from evdsl.reformulate.encode import encode
from evdsl.reformulate.kkt import kkt
from evdsl.solve.followers import followers, linked_columns
from evdsl.solve.polish import respond_plainly

_BREACH = 1e-6


@dataclass(frozen=True, eq=False)
class Ties:
    """`unique`: whether each follower has one optimum only; `tied` are the labels of those with
    more. The leader's objective at the answer given (`optimistic`), at the worst of the followers'
    optima for the same decision (`pessimistic`, with `pessimistic_bound` where only that is known)
    and at the one that a plain linear program finds (`out_of_box`). An infinite value says that the
    answer breaks a row of the leader, `breaks`. nan is not known: followers that play against each
    other, whole numbers of followers, or a limit that was reached.
    """

    unique: bool | None
    tied: tuple[str, ...]
    optimistic: float
    pessimistic: float
    pessimistic_bound: float
    out_of_box: float
    breaks: str = ""


def ties(program: Program, x: Floats, time_limit: float) -> Ties | None:
    """The ties at a bilevel point (n,); None where there is no follower."""
    value = program.joint.objective(x)
    if not program.followers:
        return None
    if program.nash or program.follower_integer.any():
        return Ties(None, (), value, math.nan, math.nan, math.nan)
    tied = tuple(_tied(program, x))
    if not tied:
        return Ties(True, (), value, value, value, value)
    box = _out_of_box(program, x)
    program = _decided(program, x)
    broken = _broken(program, x)
    worst = math.inf * program.joint.sense
    if broken:
        return Ties(False, tied, value, worst, worst, box, broken)
    pessimistic, bound = _worst(program, x, time_limit)
    return Ties(False, tied, value, pessimistic, bound, box)


def _tied(program: Program, x: Floats) -> list[str]:
    found = []
    for k, follower in enumerate(program.followers, start=1):
        alone = followers(program, k)
        if not follower.block or not len(alone.columns):
            continue
        answer = alone.answer(x)
        if answer.status == "optimal" and another_optimum(alone.at(x), answer) is not None:
            found.append(follower.label)
    return found


def _decision(program: Program, x: Floats) -> Floats:
    """What the leader has decided that the followers see; the rest it may choose anew."""
    held = linked_columns(program) | (program.joint.integer & (program.column_owner == 0))
    return np.where(held, x, np.nan)


def _decided(program: Program, x: Floats) -> Program:
    """With all that is fixed by the leader's decision at `x`, products with it as linear terms."""
    joint = program.joint
    free = (program.column_owner == 0) & np.isnan(_decision(program, x))
    fixed = (program.column_owner <= 0) & ~free
    lower, upper = np.where(fixed, x, joint.lower), np.where(fixed, x, joint.upper)
    return replace(program, joint=settled(replace(joint, lower=lower, upper=upper)))


def _out_of_box(program: Program, x: Floats) -> float:
    """The leader's value at the followers' answer as a linear program's solver hands it out."""
    found = respond_plainly(program, _decision(program, x))
    if found is None:
        return math.nan
    return found.objective if found.leader_rows_hold else program.joint.sense * math.inf


def _broken(program: Program, x: Floats) -> str:
    """A row of the leader, over the followers' variables and what it has decided, that some optimal
    answer breaks."""
    joint = program.joint
    face = optimal_answers(program, x)
    if face is None:
        return ""
    free = (program.column_owner == 0) & np.isnan(_decision(program, x))
    rows = settled(replace(joint, lower=face.lower, upper=face.upper))
    entries = rows.A.tocoo()
    row, column = entries.coords
    held = np.ones(joint.shape[0], np.bool_)
    held[row[free[column]]] = False
    terms = joint.products.of_rows
    held[terms.row[free[terms.first] | free[terms.second]]] = False
    held[rows.products.of_rows.row] = False
    owned = np.zeros(joint.shape[0], np.bool_)
    owned[row[program.column_owner[column] > 0]] = True
    suspects = np.flatnonzero((program.row_owner == 0) & held & owned)
    solver = LpSolver(face)
    for i in suspects.tolist():
        cost = rows.A[[i]].toarray()[0]
        for limit, sense in ((joint.row_lower[i], 1), (joint.row_upper[i], -1)):
            if not math.isfinite(limit):
                continue
            end = solver.solve(cost=cost, sense=sense)
            beyond = end.status == "unbounded" or sense * (limit - end.objective) > _BREACH
            if end.status != "optimal" and end.status != "unbounded":
                continue
            if beyond:
                return joint.row_name(i)
    return ""


def optimal_answers(program: Program, x: Floats) -> Linear | None:
    """All columns, the leader's as at `x`, within the followers' optima for its decision."""
    joint, level = program.joint, followers(program)
    answer = level.answer(x)
    if answer.status != "optimal":
        return None
    cost = level.at(x).gradient(answer.x)
    lower, upper = joint.lower.copy(), joint.upper.copy()
    led = program.column_owner <= 0
    lower[led] = upper[led] = x[led]
    own = program.row_owner > 0
    n = joint.shape[1]
    best = sparse.csr_array((cost, (np.zeros(len(cost), np.int64), level.columns)), shape=(1, n))
    value = float(cost @ answer.x)
    face = replace(
        joint,
        A=sparse.csr_array(sparse.vstack([joint.A, best])),
        row_lower=np.append(np.where(own, joint.row_lower, -np.inf), -np.inf),
        row_upper=np.append(
            np.where(own, joint.row_upper, np.inf), value + 1e-9 * max(1.0, abs(value))
        ),
        lower=lower,
        upper=upper,
        cost=np.zeros(n),
        products=Products.none(),
    )
    return level.with_curvature(face, answer) if len(level.own.products) else face


def _worst(program: Program, x: Floats, time_limit: float) -> tuple[float, float]:
    """The leader's value at the worst optimal answer, and what it cannot be worse than.

    The answer is chosen against the leader, which still chooses what the followers do not see: two
    levels again, whose follower is the leader of `program`.
    """
    against = _against(program, x)
    if against is None:
        return math.nan, math.nan
    level = kkt(against)
    if len(level.linear.products.of_rows):
        return math.nan, math.nan
    options = SolveOptions(gap=1e-6, time_limit=time_limit)
    turned = level.linear.products.of_objective.scaled(level.linear.sense)
    if squares(turned, level.linear.shape[1]) is None:
        answer: Answer = scip.solve(encode(level, "sos1").mip, options)
    else:
        answer = branch.solve(encode(level, "branch").mip, options)
    if answer.x is None:
        return math.nan, math.nan
    return answer.objective, answer.bound


def _against(program: Program, x: Floats) -> Program | None:
    """Who chooses the answer decides first, and what the leader may still choose follows."""
    joint = program.joint
    face = optimal_answers(program, x)
    if face is None:
        return None
    free = np.isnan(_decision(program, x)) & (program.column_owner == 0)
    m = face.shape[0]
    of_leader = np.append(program.row_owner == 0, np.zeros(m - joint.shape[0], np.bool_))
    sides = [
        np.append(side, limit[joint.shape[0] :])
        for side, limit in ((joint.row_lower, face.row_lower), (joint.row_upper, face.row_upper))
    ]
    level = replace(
        face,
        row_lower=np.where(of_leader, sides[0], face.row_lower),
        row_upper=np.where(of_leader, sides[1], face.row_upper),
        lower=np.where(free, joint.lower, face.lower),
        upper=np.where(free, joint.upper, face.upper),
        cost=joint.cost,
        products=joint.products,
        sense=-joint.sense,
    )
    owner = np.where(free, 1, 0)
    row_owner = np.where(of_leader & _holds(level, free), 1, 0)
    terms = joint.products.of_objective
    seen = free[terms.first] | free[terms.second]
    own = terms.where(seen)
    unstated = np.full(m, np.inf)
    return Program(
        joint=level,
        column_owner=owner,
        row_owner=row_owner,
        followers=(Follower("leader", "leader", joint.sense),) if free.any() else (),
        follower_cost=np.where(free, joint.cost, 0.0),
        foreign_cost=sparse.csr_array((1 if free.any() else 0, joint.shape[1])),
        limit_column=np.full(m, -1),
        dual_lower=-unstated,
        dual_upper=unstated,
        dual_stated=np.zeros(m, np.bool_),
        follower_products=Products(np.ones(len(own), np.int64), own.first, own.second, own.coef),
        readings=Readings.none(),
    )


def _holds(level: Linear, columns: Bools) -> Bools:
    """(m,): the rows that hold some of these columns."""
    return np.asarray(abs(level.A) @ columns.astype(float) > 0)
