"""Objectives without an optimum: the directions along which they improve for ever."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from evdsl.program.linear import Floats, Ints, Linear
from evdsl.program.lp import solve_lp
from evdsl.program.program import Program
from evdsl.solve.answerable import answerable, interval, narrowed
from evdsl.solve.decision import without_rows
from evdsl.solve.followers import Followers, followers
from evdsl.solve.part import NAMED, family_of
from evdsl.solve.recession import endless_direction
from evdsl.source.diagnostic import Diagnostic

_IMPROVES = 1e-7


def unbounded_followers(program: Program, leader: Floats | None = None) -> list[Diagnostic]:
    """E0533 for each follower whose cost improves along a ray.

    Those whose costs others can change are judged at the decision `leader` (n,); without one only
    those are named that are unbounded whatever the others decide.
    """
    found = []
    for k, follower in enumerate(program.followers, start=1):
        alone, message = followers(program, k), f"follower `{follower.label}` is unbounded"
        priced = bool(alone.tariffs.nnz)
        if priced and leader is None:
            decision = _any_decision(program, k)
            message += ", whatever the leader decides"
        else:
            decision = leader
        if priced and decision is None:
            continue
        ray = _ray(alone.own if decision is None else alone.at(decision))
        if ray is not None:
            message += ": its objective improves without end"
            said = _diagnostic("E0533", message, program.joint, ray, alone.columns)
            where = _where_bounded(program, k, alone) if priced else ()
            found.append(replace(said, notes=(*said.notes, *where)))
    return found


def _any_decision(program: Program, follower: int) -> Floats | None:
    """(n,): one within the leader's limits, which this follower's rows allow; None where it has an
    answer to some decision, or no rows that can be met."""
    if program.follower_integer.any() or not answerable(program, (follower,)).is_empty:
        return None
    joint, held = program.joint.linear_part, program.row_owner == follower
    point = solve_lp(without_rows(joint, ~held), cost=np.zeros(joint.shape[1]))
    return point.x if point.status == "optimal" else None


def _where_bounded(program: Program, follower: int, alone: Followers) -> list[str]:
    """For which prices this follower has an optimum, the leader's limits aside."""
    joint = program.joint
    prices = np.zeros(joint.shape[1], np.bool_)
    prices[alone.tariffs.indices] = True
    prices &= program.column_owner == 0
    free = answerable(program, (follower,)).without_limits(prices)
    ranges = narrowed(program, free, prices)
    return [
        f"it has an answer only where `{joint.column_name(j)}`, of "
        f"{interval(joint.lower[j], joint.upper[j])}, lies in {interval(*ends)}"
        for j, ends in list(ranges.items())[:NAMED]
    ]


def explain_unbounded(program: Program) -> list[Diagnostic]:
    """Why the problem is unbounded: its followers (E0533), or else the leader (E0542).

    Empty where the leader's objective has a limit, whatever a solver says.
    """
    direction = endless_direction(program)
    if isinstance(direction, str):
        hopeless = direction == "none"
        return unbounded_followers(program) or ([] if hopeless else unbounded_leader(program.joint))
    return [_endless(program.joint, direction)]


def unbounded_leader(joint: Linear) -> list[Diagnostic]:
    """E0542 where the leader's objective improves along a ray of all levels' rows."""
    scale = float(np.abs(joint.cost).max(initial=0.0)) or 1.0
    ray = _ray(replace(joint, cost=joint.sense * joint.cost / scale, sense=1))
    if ray is None:
        return []
    return [_endless(joint, ray)]


def _endless(joint: Linear, ray: Floats) -> Diagnostic:
    message = "the leader's objective improves without end"
    return _diagnostic("E0542", message, joint, ray, np.arange(joint.shape[1]))


def _ray(lp: Linear) -> Floats | None:
    """A direction of length 1 in each column that every row and limit allows and that pays.

    Along it the squares of the objective do not grow; rows with products are left out.
    """
    hessian = lp.products.of_objective.hessian(lp.shape[1])
    flat = np.zeros(lp.shape[1])
    lp = lp.linear_part
    cone = replace(
        lp,
        A=sparse.csr_array(sparse.vstack([lp.A, hessian])),
        row_lower=np.append(np.where(np.isfinite(lp.row_lower), 0.0, -np.inf), flat),
        row_upper=np.append(np.where(np.isfinite(lp.row_upper), 0.0, np.inf), flat),
        lower=np.where(np.isfinite(lp.lower), 0.0, -1.0),
        upper=np.where(np.isfinite(lp.upper), 0.0, 1.0),
    )
    best = solve_lp(cone)
    return best.x if best.status == "optimal" and lp.cost @ best.x < -_IMPROVES else None


def _diagnostic(code: str, message: str, joint: Linear, ray: Floats, columns: Ints) -> Diagnostic:
    moving = np.argsort(-np.abs(ray), kind="stable")[:NAMED]
    moved = [(int(columns[j]), ray[j]) for j in moving if abs(ray[j]) > _IMPROVES]
    notes = tuple(
        f"`{joint.column_name(j)}` {'rises' if step > 0 else 'falls'} along the way"
        for j, step in moved
    )
    first, step = moved[0]
    family = family_of(joint.columns, first)
    side = "upper" if step > 0 else "lower"
    mend = f"give `{family.path}` a finite {side} limit, or a constraint that stops it"
    return Diagnostic(code, message, span=family.span, notes=notes, help=mend)
