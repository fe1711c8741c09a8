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
from evdsl.solve.decision import fixed, kept
from evdsl.solve.followers import followers
from evdsl.solve.polish import respond_plainly
from evdsl.solve.reach import reach

_BREACH = 1e-6
_MANY = 5000


@dataclass(frozen=True, eq=False)
class Ties:
    """`unique`: whether each follower has one optimum only; `tied` are the labels of those with
    more. The leader's objective at the answer given (`optimistic`), at the worst of the followers'
    optima for the same decision (`pessimistic`, with `pessimistic_bound` where only that is known)
    and at the one that a plain linear program finds (`out_of_box`). An infinite value says that the
    answer breaks a row of the leader, `breaks`. nan is not known: followers that play against each
    other, whole numbers of followers, a limit that was reached, or more than 5000 columns, among
    which the worst is not looked for.
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
    face = _optimal_answers(program, x)
    if face is None:
        return Ties(False, tied, value, math.nan, math.nan, box)
    free = _free(program, x)
    broken = _broken(program, face, free)
    worst = math.inf * program.joint.sense
    if broken:
        return Ties(False, tied, value, worst, worst, box, broken)
    if program.joint.shape[1] > _MANY:
        return Ties(False, tied, value, math.nan, math.nan, box)
    pessimistic, bound = _worst(_against(program, face, free), time_limit)
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


def _decided(program: Program, x: Floats) -> Program:
    """With all that is fixed by the leader's decision at `x`, products with it as linear terms."""
    settles = (program.column_owner <= 0) & ~_free(program, x)
    decided = fixed(program.joint, np.where(settles, x, np.nan))
    return replace(program, joint=settled(decided))


def _free(program: Program, x: Floats) -> Bools:
    """(n,): the leader's columns that it may choose anew."""
    free: Bools = (program.column_owner == 0) & np.isnan(kept(program, x))
    return free


def _out_of_box(program: Program, x: Floats) -> float:
    """The leader's value at the followers' answer as a linear program's solver hands it out."""
    found = respond_plainly(program, kept(program, x))
    if found is None:
        return math.nan
    return found.objective if found.leader_rows_hold else program.joint.sense * math.inf


def _broken(program: Program, face: Linear, free: Bools) -> str:
    """A row of the leader, over the followers' variables and what it has decided, that some optimal
    answer breaks."""
    joint = program.joint
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
            if sense * (limit - reach(solver, cost, sense)) > _BREACH:
                return joint.row_name(i)
    return ""


def _optimal_answers(program: Program, x: Floats) -> Linear | None:
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


def _worst(against: Program, time_limit: float) -> tuple[float, float]:
    """The leader's value at the worst optimal answer, and what it cannot be worse than."""
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


def _against(program: Program, face: Linear, free: Bools) -> Program:
    """The answer is chosen against the leader, which still chooses what the followers do not see:
    two levels again, whose follower is the leader of `program`."""
    joint, m = program.joint, face.shape[0]
    own = np.flatnonzero(program.row_owner == 0)
    row_lower, row_upper = face.row_lower.copy(), face.row_upper.copy()
    row_lower[own], row_upper[own] = joint.row_lower[own], joint.row_upper[own]
    level = replace(
        face,
        row_lower=row_lower,
        row_upper=row_upper,
        lower=np.where(free, joint.lower, face.lower),
        upper=np.where(free, joint.upper, face.upper),
        cost=joint.cost,
        products=joint.products,
        sense=-joint.sense,
    )
    owner = np.where(free, 1, 0)
    row_owner = np.zeros(m, np.int64)
    row_owner[own] = _holds(level, free)[own]
    terms = joint.products.of_objective
    seen = terms.where(free[terms.first] | free[terms.second])
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
        follower_products=Products(
            np.ones(len(seen), np.int64), seen.first, seen.second, seen.coef
        ),
        readings=Readings.none(),
    )


def _holds(level: Linear, columns: Bools) -> Bools:
    """(m,): the rows that hold some of these columns."""
    return np.asarray(abs(level.A) @ columns.astype(float) > 0)
