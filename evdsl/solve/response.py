"""Why a decision of the leader has no bilevel answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from evdsl.program.linear import Floats
from evdsl.program.program import Program
from evdsl.solve.certificate import name_of
from evdsl.solve.followers import followers
from evdsl.solve.part import NAMED, NOTICEABLE, alone, first_of_each_block, refusal, who
from evdsl.solve.polish import respond
from evdsl.solve.unbounded import unbounded_followers, unbounded_leader
from evdsl.source.diagnostic import Diagnostic


def explain_response(program: Program, decision: Floats, origin: str) -> list[Diagnostic]:
    """Why `respond` finds no answer at this decision, which `origin` names: "baseline `simple`".

    Each follower without an answer there (E0534), each unbounded one (E0533), an unbounded leader
    (E0542), or what the leader demands and the answer violates (E0541); empty where the decision
    has a bilevel answer.
    """
    answer = respond(program, decision)
    if answer is None:
        return (
            [*_without_response(program, decision, origin)]
            or unbounded_followers(program, decision)
            or unbounded_leader(program.joint)
            or [_unsolved(origin)]
        )
    if answer.leader_rows_hold:
        return []
    message = f"the followers' answer to the decision of {origin} violates what the leader demands"
    return [_violated(program, answer.x, message)]


def _without_response(program: Program, decision: Floats, origin: str) -> Iterator[Diagnostic]:
    given = np.where(program.column_owner == 0, decision, np.nan)
    failing = [
        k
        for k in range(1, len(program.followers) + 1)
        if followers(program, k).answer(given).status == "infeasible"
    ]
    for k, others in first_of_each_block(program, failing):
        found = refusal(
            "E0534",
            f"{who(program, k)} has no answer to the decision of {origin}",
            program.joint,
            alone(program, k, given),
            f"change the decision of {origin}, or relax one of these rows or the limits they hold",
        )
        yield replace(found, notes=(*found.notes, *others))


def _unsolved(origin: str) -> Diagnostic:
    message = f"the LP solver fails at the decision of {origin}, so its answer is not known"
    return Diagnostic("E0534", message, help="look for numbers of very different sizes in the data")


def _violated(program: Program, x: Floats, message: str) -> Diagnostic:
    joint = program.joint
    value = joint.activity(x)
    rows = np.maximum(joint.row_lower - value, value - joint.row_upper)
    columns = np.maximum(joint.lower - x, x - joint.upper)
    over = np.concatenate(
        [np.where(program.row_owner == 0, rows, 0), np.where(program.column_owner == 0, columns, 0)]
    )
    named = [i for i in np.argsort(-over, kind="stable")[:NAMED].tolist() if over[i] > NOTICEABLE]
    notes = tuple(f"`{name_of(joint, i)}` is violated by {over[i]:.6g}" for i in named)
    return Diagnostic("E0541", message, notes=notes, help="change the decision or relax these")
