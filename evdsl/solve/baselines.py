"""What the followers answer to each baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from evdsl.ir.model import Model
from evdsl.program.ground import Grounded
from evdsl.program.program import Program
from evdsl.program.world import Tell
from evdsl.solve.pessimistic import worst_answer
from evdsl.solve.point import Point, point
from evdsl.solve.polish import Polished, respond
from evdsl.solve.response import explain_response
from evdsl.source.diagnostic import Diagnostic, EvdslError


@dataclass(frozen=True, eq=False)
class Baselines:
    """By baseline: the followers' answer, and the same with its reports.

    `warnings` are about decisions that break rows of the leader.
    """

    answers: Mapping[str, Polished]
    points: Mapping[str, Point]
    warnings: tuple[Diagnostic, ...]


def answer_baselines(
    ir: Model,
    grounded: Grounded,
    tell: Tell = lambda what, detail: None,
    *,
    worst: bool = False,
) -> Baselines:
    """The followers' answer to each baseline, the leader's best, or `worst`, where they are tied.

    `tell` is told of each. Raises EvdslError where a follower has none (E0534) or is unbounded
    (E0533).
    """
    answers: dict[str, Polished] = {}
    wrong: list[Diagnostic] = []
    warnings: list[Diagnostic] = []
    for name, decision in grounded.baselines.items():
        tell("answering the baselines", name)
        answer = respond(grounded.program, decision)
        if answer is None or not answer.leader_rows_hold:
            why = explain_response(grounded.program, decision, f"baseline `{name}`")
            doubts = [replace(d, code="W0601", severity="warning") for d in why]
            (wrong if answer is None else warnings).extend(why if answer is None else doubts)
        if answer is not None:
            answers[name] = _at_worst(grounded.program, answer) if worst else answer
    if wrong:
        raise EvdslError(wrong)
    points = {n: point(ir, grounded, a.x, a.multipliers, None) for n, a in answers.items()}
    return Baselines(answers, points, tuple(warnings))


def _at_worst(program: Program, answer: Polished) -> Polished:
    worst = worst_answer(program, answer.x)
    if worst is None:
        return answer
    return replace(answer, x=worst.x, objective=worst.objective)
