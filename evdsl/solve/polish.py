"""The followers' true answer to a leader decision, and the leader's best where they are tied."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evdsl.program.linear import Floats, Linear
from evdsl.program.lp import TOLERANCE, LpAnswer, solve_lp
from evdsl.program.program import READ, Multipliers, Program, readings_at
from evdsl.program.qp import solve_qp
from evdsl.program.settle import settled
from evdsl.solve.decision import demands, fixed, kept, without_rows
from evdsl.solve.equilibrium import equilibrium, with_multipliers
from evdsl.solve.followers import Followers, followers, linked_columns
from evdsl.solve.whole import best_of_ties, no_multipliers, responses

_PINNING = 1e-9
_PINNING_OF_SQUARES = 1e-7
_SLACK = 1e-9
_TOLERANCES = (TOLERANCE, 1e-7)


@dataclass(frozen=True, eq=False)
class Polished:
    """A bilevel answer: values of all columns (n,) and the followers' multipliers there.

    `objective` is the leader's. `leader_rows_hold` is false where the decision breaks a limit of
    the leader, or all optimal answers of the followers a row of it; `x` is an answer all the same.
    """

    x: Floats
    multipliers: Multipliers
    objective: float
    leader_rows_hold: bool


def polish(program: Program, x: Floats) -> Polished | None:
    """The bilevel answer at the leader decision of `x` (n,), None where there is none.

    The leader's columns that followers read and its whole-number columns stay as they are, but for
    a solver's rounding beyond their limits; its other columns are chosen anew, as the followers'.
    """
    joint = program.joint
    decision = np.clip(np.where(joint.integer, np.round(x), x), joint.lower, joint.upper)
    return respond(program, kept(program, decision))


def respond(program: Program, decision: Floats) -> Polished | None:
    """The bilevel answer where the leader's columns are `decision` (n,); nan is left to choose.

    Each follower is solved alone, as a linear or convex quadratic program. Its multipliers describe
    all of its optimal answers by complementary slackness: with the rows and limits of non-zero
    multipliers fixed at their sides, and the curved part of its marginal costs as it is, feasible
    means optimal. Among those answers the leader's objective chooses, subject to the leader's rows
    (the optimistic reading); where the leader reads multipliers, among those as well. Followers
    that play against each other answer with the equilibrium that the leader likes best.

    None where a follower has no answer, or no finite one, or where the leader's objective is
    unbounded. Every column that `linked_columns` names must be decided: ValueError.
    """
    if np.isnan(decision[linked_columns(program)]).any():
        raise ValueError("a leader's column that followers read is undecided")
    joint = program.joint
    leader = np.where(program.column_owner == 0, decision, np.nan)
    allowed = not ((leader < joint.lower - _SLACK) | (leader > joint.upper + _SLACK)).any()
    if program.follower_integer.any():
        return _whole(program, leader, allowed)
    if program.nash:
        found = equilibrium(program, leader)
        return None if found is None else Polished(*found, allowed)
    level = followers(program)
    answer = level.answer(leader)
    if answer.status != "optimal":
        return None
    if len(program.readings):
        found = with_multipliers(program, leader, level, answer)
        return None if found is None else Polished(*found, allowed)
    multipliers = level.multipliers(answer)
    face = _optimal_face(level, answer, fixed(joint, leader))
    problems = _problems(program, level, answer, face)
    polished = _leaders_choice(program, leader, multipliers, problems)
    if polished is None or allowed:
        return polished
    return replace(polished, leader_rows_hold=False)


def respond_plainly(program: Program, decision: Floats) -> Polished | None:
    """As `respond`, but with the answer that the followers' solver finds, tied or not."""
    joint = program.joint
    leader = np.where(program.column_owner == 0, decision, np.nan)
    level = followers(program)
    answer = level.answer(leader)
    if answer.status != "optimal":
        return None
    face, multipliers = fixed(joint, leader), level.multipliers(answer)
    if len(program.readings):
        face = _with_readings(program, face, multipliers)
    problems = _problems(program, level, answer, face)
    return _leaders_choice(program, leader, multipliers, problems[1::2])


def _leaders_choice(
    program: Program,
    leader: Floats,
    multipliers: Multipliers,
    problems: tuple[tuple[Linear, bool], ...],
) -> Polished | None:
    """The leader's best in the first problem that has a point; None where that is unbounded."""
    for problem, holds in problems:
        chosen = _best(problem)
        if chosen is None:
            continue
        if chosen.status == "unbounded":
            return None
        x = np.where(np.isnan(leader), chosen.x, leader)
        return Polished(x, multipliers, program.joint.objective(x), holds)
    return None


def _with_readings(program: Program, joint: Linear, multipliers: Multipliers) -> Linear:
    """`joint` with the columns that stand for multipliers at these."""
    value = readings_at(program, multipliers)
    read = program.column_owner == READ
    return replace(
        joint,
        lower=np.where(read, value, joint.lower),
        upper=np.where(read, value, joint.upper),
    )


def _whole(program: Program, leader: Floats, allowed: bool) -> Polished | None:
    answers = responses(program, leader)
    if answers is None:
        return None
    for dropped in (False, True):
        best = best_of_ties(program, leader, answers, dropped)
        if best.x is not None:
            return Polished(
                best.x,
                no_multipliers(program),
                program.joint.objective(best.x),
                allowed and not dropped,
            )
    return None


def _best(problem: Linear) -> LpAnswer | None:
    """The leader's best: None where there is no point, or none that we can find."""
    easy = settled(problem)
    if len(easy.products.of_rows):
        return None
    if len(easy.products):
        chosen = solve_qp(easy)
        return chosen if chosen.status in ("optimal", "unbounded") else None
    for tolerance in _TOLERANCES:
        chosen = solve_lp(easy, tolerance=tolerance)
        if chosen.status in ("optimal", "unbounded"):
            return chosen
    return None


def _problems(
    program: Program, level: Followers, answer: LpAnswer, face: Linear
) -> tuple[tuple[Linear, bool], ...]:
    """What the leader may choose from: the face within its rows, the face, the one answer found.

    The rows that define auxiliary columns of the leader's always hold.
    """
    dropped = demands(program)
    m = len(dropped)
    dropped = np.append(dropped, np.zeros(face.shape[0] - m, np.bool_))
    owned = np.append(program.row_owner > 0, np.zeros(face.shape[0] - m, np.bool_))
    point = _pinned(face, level, answer)
    return (
        (face, True),
        (without_rows(point, owned), True),
        (without_rows(face, dropped), False),
        (without_rows(point, dropped | owned), False),
    )


def _optimal_face(level: Followers, answer: LpAnswer, joint: Linear) -> Linear:
    """`joint` with each follower row and limit that has a multiplier fixed at its side, and with
    the curved part of the followers' marginal costs fixed at its value."""
    rows, columns = level.rows, level.columns
    curved = len(level.own.products) > 0
    pinning = _PINNING_OF_SQUARES if curved else _PINNING
    row_lower, row_upper = joint.row_lower.copy(), joint.row_upper.copy()
    lower, upper = joint.lower.copy(), joint.upper.copy()
    row_upper[rows[answer.row_dual > pinning]] = row_lower[rows[answer.row_dual > pinning]]
    row_lower[rows[answer.row_dual < -pinning]] = row_upper[rows[answer.row_dual < -pinning]]
    at_lower = columns[answer.column_dual > pinning]
    at_upper = columns[answer.column_dual < -pinning]
    upper[at_lower] = lower[at_lower]
    lower[at_upper] = upper[at_upper]
    face = replace(joint, row_lower=row_lower, row_upper=row_upper, lower=lower, upper=upper)
    return level.with_curvature(face, answer) if curved else face


def _pinned(joint: Linear, level: Followers, answer: LpAnswer) -> Linear:
    lower, upper = joint.lower.copy(), joint.upper.copy()
    lower[level.columns] = upper[level.columns] = answer.x
    return replace(joint, lower=lower, upper=upper)
