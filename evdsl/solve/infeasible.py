"""Why there is no bilevel answer, in words of leader and followers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from evdsl.backends import highs
from evdsl.backends.options import SolveOptions
from evdsl.program.lp import solve_lp
from evdsl.program.mip import Mip
from evdsl.program.program import Program
from evdsl.solve.answerable import Answerable, answerable, coupling_rows, interval, narrowed
from evdsl.solve.part import (
    NAMED,
    Part,
    alone,
    family_of,
    first_of_each_block,
    refusal,
    who,
    with_conflict,
)
from evdsl.solve.unbounded import unbounded_followers
from evdsl.source.diagnostic import Diagnostic

_BRIEFLY = SolveOptions(time_limit=10)


def explain_infeasible(program: Program) -> list[Diagnostic]:
    """Why no leader decision has a bilevel answer.

    The followers that have no answer whatever the leader decides (E0532, one message a block);
    else the followers that are unbounded (E0533); else the leader's own rows where they contradict
    each other (E0540), or exclude the part of the decisions to which the followers have answers
    (E0543); else the leader's rows that no answer of any kind meets (E0540); else that there are
    answers, but that each of them violates the leader's rows (E0541).
    """
    return (
        [*_without_answer(program)]
        or unbounded_followers(program)
        or [*_without_decision(program)]
        or [_leader_rows(program)]
    )


def _without_answer(program: Program) -> Iterator[Diagnostic]:
    failing = [
        k
        for k in range(1, len(program.followers) + 1)
        if solve_lp(alone(program, k).linear).status == "infeasible"
    ]
    for k, others in first_of_each_block(program, failing):
        found = refusal(
            "E0532",
            f"{who(program, k)} has no answer, whatever the leader decides",
            program.joint,
            alone(program, k),
            "relax one of these rows or the limits of their variables, or check their data",
        )
        yield replace(found, notes=(*found.notes, *others))


def _without_decision(program: Program) -> Iterator[Diagnostic]:
    """What the leader's own rows contradict, its rows that hold followers' variables aside."""
    own = answerable(program, (), leader_rows=True)
    if own.is_empty:
        message = "the leader's own rows and limits contradict each other"
        mend = "relax one of these rows or the limits of their variables"
        yield refusal("E0540", message, program.joint, _part(own), mend)
        return
    whole = answerable(program, leader_rows=True)
    if not whole.is_empty:
        return
    number = range(1, len(program.followers) + 1)
    each = {k: answerable(program, (k,), leader_rows=True) for k in number}
    failing = [k for k, decisions in each.items() if decisions.is_empty]
    for k, others in first_of_each_block(program, failing):
        message = (
            f"the leader's rows exclude each decision to which {who(program, k)} has an answer"
        )
        found = _excluded(program, message, own, each[k], (k,))
        yield replace(found, notes=(*found.notes, *others))
    if not failing:
        message = "no decision of the leader leaves every follower an answer at once"
        yield _excluded(program, message, own, whole, tuple(number))


def _excluded(
    program: Program, message: str, own: Answerable, empty: Answerable, followers: tuple[int, ...]
) -> Diagnostic:
    """E0543: what these followers could answer, and what the leader's `own` rows allow."""
    joint = program.joint
    notes = []
    for k in followers:
        for j, ends in islice(narrowed(program, answerable(program, (k,))).items(), NAMED):
            name, limits = joint.column_name(j), interval(joint.lower[j], joint.upper[j])
            where = f"only where `{name}`, of {limits}, lies in {interval(*ends)}"
            notes.append(f"{who(program, k)} has an answer {where}")
            chosen = np.arange(joint.shape[1]) == j
            for kept in narrowed(program, own, chosen).values():
                notes.append(f"the leader's own rows keep `{name}` in {interval(*kept)}")
    mend = "relax the leader's rows, or widen what the follower can answer to"
    plain = Diagnostic("E0543", message, notes=tuple(dict.fromkeys(notes[: 2 * NAMED])), help=mend)
    return with_conflict(plain, joint, _part(empty))


def _part(answers: Answerable) -> Part:
    m, n = answers.linear.shape
    return Part(answers.linear, np.arange(m), np.arange(n))


def _leader_rows(program: Program) -> Diagnostic:
    joint = replace(program.joint.linear_part, cost=np.zeros_like(program.joint.cost))
    message = "no decision of the leader meets its own rows and leaves the followers an answer"
    mend = "relax one of these rows or the limits of their variables"
    if solve_lp(joint).status == "infeasible":
        whole = Part(joint, np.arange(joint.shape[0]), np.arange(joint.shape[1]))
        return refusal("E0540", message, joint, whole, mend, soft=program.row_owner == 0)
    if joint.integer.any() and highs.solve(Mip(joint), _BRIEFLY).status == "infeasible":
        note = "without its whole numbers the leader would have one"
        return Diagnostic(
            "E0540", message, notes=(note,), help="relax rows that hold these numbers"
        )
    return _contradicted(program)


def _contradicted(program: Program) -> Diagnostic:
    joint = program.joint
    coupling = np.flatnonzero(coupling_rows(program))[:NAMED].tolist()
    notes = [f"`{joint.row_name(i)}` holds variables of a follower" for i in coupling]
    if program.dual_stated.any():
        notes.append("unless a multiplier's stated limits, `dual in [..]`, are wrong")
    return Diagnostic(
        "E0541",
        "the followers have answers, but each of them violates a row of the leader",
        span=family_of(joint.rows, coupling[0]).span if coupling else None,
        notes=tuple(notes),
        help="relax these rows, or give the leader a variable that moves the follower",
    )
