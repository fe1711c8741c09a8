"""The verdicts on components as one on the whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evdsl.backends.options import allowed_gap
from evdsl.program.mip import Answer, Status
from evdsl.program.program import Multipliers, Program
from evdsl.reformulate.encoded import Provenance
from evdsl.reformulate.tally import summed
from evdsl.solve.bilevel import Solved
from evdsl.solve.certificate import certify
from evdsl.solve.components.find import Component
from evdsl.solve.infeasible import explain_infeasible
from evdsl.solve.judge import Candidate, Verdict, uncertified
from evdsl.solve.polish import Polished
from evdsl.source.diagnostic import Diagnostic

_WORST_FIRST: tuple[Status, ...] = ("infeasible", "error", "no_solution", "unbounded")
_FAR_OUT = "W0609"


def joined(
    program: Program, parts: Sequence[Component], solved: Sequence[Solved], gap: float
) -> Solved:
    """`optimal` where the sum of the bounds has met the objective within `gap`; without a point
    what the worst component is: where one has no answer the whole has none."""
    if len(parts) == 1:
        return solved[0]
    return Solved(
        _verdict(program, parts, solved, gap),
        solved[0].solver,
        " and ".join(dict.fromkeys(one.method for one in solved if one.method)),
        sum(one.nodes for one in solved),
        Provenance(
            sum(one.bounds.proved for one in solved),
            sum(one.bounds.stated for one in solved),
            sum(one.bounds.assumed for one in solved),
        ),
        summed(one.presolve for one in solved),
    )


def answer_of(
    program: Program, parts: Sequence[Component], points: Sequence[Candidate | Polished]
) -> Polished:
    """The components' points as one of the whole."""
    m, n = program.joint.shape
    x, row, lower, upper = np.zeros(n), np.zeros(m), np.zeros(n), np.zeros(n)
    for part, found in zip(parts, points, strict=True):
        x[part.columns], row[part.rows] = found.x, found.multipliers.row
        lower[part.columns] = found.multipliers.lower
        upper[part.columns] = found.multipliers.upper
    return Polished(x, Multipliers(row, lower, upper), program.joint.objective(x), True)


def _verdict(
    program: Program, parts: Sequence[Component], solved: Sequence[Solved], gap: float
) -> Verdict:
    verdicts = [one.verdict for one in solved]
    bound = math.fsum(verdict.bound for verdict in verdicts)
    for bad in _WORST_FIRST:
        worst = [verdict for verdict in verdicts if verdict.status == bad]
        if worst:
            return _nothing(program, worst, bound)
    said = _gathered(verdicts)
    answer = answer_of(program, parts, [v.found for v in verdicts if v.found is not None])
    x, multipliers = answer.x, answer.multipliers
    found = Candidate(x, multipliers, certify(program, x, multipliers))
    if not found.certificate.certified:
        said = (*said, uncertified(program, found, Answer("feasible")))
        return Verdict("error", None, found.certificate, bound, said)
    met = abs(answer.objective - bound) <= allowed_gap(gap, answer.objective)
    claims = any(one.bounds.stated for one in solved)
    far = any(diagnostic.code == _FAR_OUT for diagnostic in said)
    status: Status = "optimal" if met and not claims and not far else "feasible"
    return Verdict(status, found, found.certificate, bound, said)


def _nothing(program: Program, worst: list[Verdict], bound: float) -> Verdict:
    said = _gathered(worst)
    status = worst[0].status
    if status == "infeasible":
        missed = {d.code: d for d in said if d.code == "E0541"}
        said = tuple(missed.get(why.code, why) for why in explain_infeasible(program))
    proved = bound if status in ("error", "no_solution") else math.nan
    return Verdict(status, None, worst[0].certificate, proved, said)


def _gathered(verdicts: Sequence[Verdict]) -> tuple[Diagnostic, ...]:
    """What the first component with a message of a code says, and how many others say the like."""
    saying: dict[str, list[list[Diagnostic]]] = {}
    for verdict in verdicts:
        for code in dict.fromkeys(d.code for d in verdict.diagnostics):
            saying.setdefault(code, []).append([d for d in verdict.diagnostics if d.code == code])
    return tuple(said for alike in saying.values() for said in _with_others(alike))


def _with_others(alike: list[list[Diagnostic]]) -> list[Diagnostic]:
    *first, last = alike[0]
    others = len(alike) - 1
    if not others:
        return alike[0]
    parts = "one more independent part" if others == 1 else f"{others} more independent parts"
    note = f"the same holds for {parts} of the problem"
    return [*first, replace(last, notes=(*last.notes, note))]
