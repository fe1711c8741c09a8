"""From a solver's answer to what may be said: the best certified point, and the word for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evdsl.backends.options import allowed_gap
from evdsl.program.linear import Floats
from evdsl.program.mip import Answer, Status
from evdsl.program.program import Multipliers, Program
from evdsl.solve.attained import far_out
from evdsl.solve.certificate import TOLERANCE, UNCERTIFIED, Certificate, certify, worst_follower
from evdsl.solve.infeasible import explain_infeasible
from evdsl.solve.polish import Polished, polish
from evdsl.solve.route import Single
from evdsl.solve.unbounded import explain_unbounded
from evdsl.source.diagnostic import Diagnostic

_DECIMALS = 6


@dataclass(frozen=True, eq=False)
class Candidate:
    """A point with its certificate."""

    x: Floats
    multipliers: Multipliers
    certificate: Certificate


@dataclass(frozen=True, eq=False)
class Verdict:
    """`found` is certified, or None; `certificate` is its own, or that of a point that was refused.

    `bound` is nan where nothing is proved.
    """

    status: Status
    found: Candidate | None
    certificate: Certificate
    bound: float
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def solver_failed(self) -> bool:
        """Whether the solver gave up, said what cannot be, or gave what is no answer."""
        wrong = {"E0622", "E0623", "W0602", "W0603", "W0604"}
        return any(diagnostic.code in wrong for diagnostic in self.diagnostics)


def judge(
    program: Program, single: Single, answer: Answer, starts: Sequence[Polished], gap: float
) -> Verdict:
    """The best certified point among the solver's answer and the starts.

    `optimal` needs the bound to have met it within `gap` (see allowed_gap), every bound used to be
    proved, and a best value that is attained as far as can be told.
    """
    bound = _proved_bound(single, answer)
    of_solver = _of_solver(program, single, answer)
    found = _best(program, answer, of_solver, starts)
    if found is None:
        return _nothing(program, single, answer, of_solver, bound)
    objective = program.joint.objective(found.x)
    far = far_out(program, found.x)
    doubts = (*_doubts(program, single, answer, of_solver, found), *far)
    if _is_beaten(bound, objective, program.joint.sense, gap):
        beaten = _denied(_beaten(bound), objective, single.stated)
        return Verdict("feasible", found, found.certificate, math.nan, (*doubts, beaten))
    met = abs(objective - bound) <= allowed_gap(gap, objective)
    status: Status = "optimal" if met and not single.stated and not far else "feasible"
    return Verdict(status, found, found.certificate, bound, doubts)


def with_bound(verdict: Verdict, program: Program, bound: float, gap: float) -> Verdict:
    """The verdict with a bound that was proved apart from the solver's, where it is the tighter."""
    if verdict.status in ("optimal", "infeasible", "unbounded"):
        return verdict
    sense = program.joint.sense
    if math.isnan(bound) or sense * (bound - verdict.bound) <= 0:
        return verdict
    if verdict.found is None:
        return replace(verdict, bound=bound)
    objective = program.joint.objective(verdict.found.x)
    if _is_beaten(bound, objective, sense, gap):
        beaten = _denied(_beaten(bound), objective, is_stated=False)
        return replace(verdict, diagnostics=(*verdict.diagnostics, beaten))
    met = abs(objective - bound) <= allowed_gap(gap, objective)
    is_far = any(diagnostic.code == "W0609" for diagnostic in verdict.diagnostics)
    status: Status = "optimal" if met and not is_far else "feasible"
    return replace(verdict, status=status, bound=bound)


def judge_starts(program: Program, starts: Sequence[Polished]) -> Verdict:
    """The best start, where no solver has run."""
    for start in starts:
        found = _candidate(program, start.x, start.multipliers)
        if found.certificate.certified:
            return Verdict("feasible", found, found.certificate, math.nan)
    return Verdict("no_solution", None, UNCERTIFIED, math.nan)


def _best(
    program: Program, answer: Answer, of_solver: Candidate | None, starts: Sequence[Polished]
) -> Candidate | None:
    """The solver's point if it is certified, or the best start that is too and is better."""
    joint = program.joint
    best = of_solver if of_solver is not None and _passes(of_solver, answer) else None
    for start in starts:
        if best is None or joint.sense * (joint.objective(start.x) - joint.objective(best.x)) < 0:
            candidate = _candidate(program, start.x, start.multipliers)
            best = candidate if _passes(candidate, answer) else best
    return best


def _is_beaten(bound: float, objective: float, sense: int, gap: float) -> bool:
    """Whether a certified point is better than the bound says that any can be."""
    return sense * (bound - objective) > allowed_gap(max(gap, TOLERANCE), objective)


def _proved_bound(single: Single, answer: Answer) -> float:
    if single.assumed or answer.status == "error" or not math.isfinite(answer.bound):
        return math.nan
    return answer.bound


def _of_solver(program: Program, single: Single, answer: Answer) -> Candidate | None:
    """The solver's point, polished; as it came where only that passes or nothing is to polish."""
    if answer.x is None:
        return None
    x = answer.x[: program.joint.shape[1]]
    linear = not program.followers and not program.joint.integer.any()
    polished = None if linear else _polished(program, answer, x)
    return polished or _candidate(program, x, single.multipliers(answer.x))


def _polished(program: Program, answer: Answer, x: Floats) -> Candidate | None:
    """The followers' answer at the solver's decision, or without its rounding where that is better:
    beside a decision that makes a follower indifferent its answer is another one."""
    joint, best = program.joint, None
    for decision in (x, np.round(x, _DECIMALS)):
        polished = polish(program, decision)
        if polished is None:
            continue
        found = _candidate(program, polished.x, polished.multipliers)
        if not _passes(found, answer):
            continue
        if best is None or joint.sense * (polished.objective - joint.objective(best.x)) < 0:
            best = found
        lost = joint.sense * (polished.objective - joint.objective(x))
        if lost <= allowed_gap(TOLERANCE, polished.objective):
            break
    return best


def _candidate(program: Program, x: Floats, multipliers: Multipliers) -> Candidate:
    return Candidate(x, multipliers, certify(program, x, multipliers))


def _passes(candidate: Candidate, answer: Answer) -> bool:
    return candidate.certificate.certified and not answer.broken_by(candidate.x)


def _doubts(
    program: Program,
    single: Single,
    answer: Answer,
    of_solver: Candidate | None,
    found: Candidate,
) -> tuple[Diagnostic, ...]:
    """Why the point that is shown is a start and not what the solver said."""
    if answer.status == "infeasible" and single.assumed:
        return (_as_warning(_found_nothing(answer), "W0602"),)
    if answer.status == "infeasible":
        return (_denied(_NOT_INFEASIBLE, program.joint.objective(found.x), single.stated),)
    if answer.status in ("error", "unbounded"):
        return (_as_warning(_failure(answer), "W0602"),)
    if of_solver is not None and of_solver is not found and not _passes(of_solver, answer):
        return (_as_warning(uncertified(program, of_solver, answer), "W0603"),)
    return ()


def _as_warning(diagnostic: Diagnostic, code: str) -> Diagnostic:
    message = f"{diagnostic.message}; the best starting point is given instead"
    return replace(diagnostic, code=code, message=message, severity="warning")


def _nothing(
    program: Program, single: Single, answer: Answer, of_solver: Candidate | None, bound: float
) -> Verdict:
    if of_solver is not None:
        refusal = uncertified(program, of_solver, answer)
        return Verdict("error", None, of_solver.certificate, bound, (refusal,))
    if answer.status == "error":
        return Verdict("error", None, UNCERTIFIED, bound, (_failure(answer),))
    if answer.status == "unbounded":
        why = explain_unbounded(program)
        status: Status = "unbounded" if why else "error"
        return Verdict(status, None, UNCERTIFIED, math.nan, tuple(why) or (_failure(answer),))
    if answer.status == "infeasible" and not single.assumed:
        extended = single.extensible
        why = [_WITH_WHAT_WAS_ADDED] if extended else explain_infeasible(program)
        rests_on_claims = single.stated and any(d.code in ("E0541", "E0626") for d in why)
        status = "no_solution" if rests_on_claims else "infeasible"
        return Verdict(status, None, UNCERTIFIED, math.nan, tuple(why))
    return Verdict("no_solution", None, UNCERTIFIED, bound, (_found_nothing(answer),))


def uncertified(program: Program, candidate: Candidate, answer: Answer) -> Diagnostic:
    """E0622: why a point is not shown."""
    found = candidate.certificate
    notes = [f"`{name}`, which was added, does not hold" for name in answer.broken_by(candidate.x)]
    if found.follower_gap > TOLERANCE:
        notes.append(worst_follower(program, found))
    if found.worst and found.max_violation > TOLERANCE:
        notes.append(f"`{found.worst}` is violated by {found.max_violation:.2e}")
    return Diagnostic(
        "E0622",
        "the solver's answer does not pass its certificate, so it is not shown",
        notes=tuple(notes),
        help="try the other solver, `--method sos1` with `--solver scip`, or a smaller `--big-m`",
    )


def _beaten(bound: float) -> str:
    said = f"the bound {bound + 0.0:.6g} cannot be right"
    return f"{said}: the point given is certified and better"


def _denied(message: str, objective: float, is_stated: bool) -> Diagnostic:
    """What was said of the bound is denied by the certified point that is shown."""
    claim = "look for a `dual in` that is too narrow" if is_stated else None
    return Diagnostic(
        "W0604",
        message,
        severity="warning",
        notes=(f"its objective is {objective:.6g}",),
        help=claim or "solve with the other solver",
    )


def _failure(answer: Answer) -> Diagnostic:
    wrongly = () if answer.status == "error" else (f"it says `{answer.status}`, which is not so",)
    notes = (*wrongly, *([answer.message] if answer.message else []))
    return Diagnostic(
        "E0623", "the solver failed", notes=notes, help="try the other solver, or another `--seed`"
    )


def _found_nothing(answer: Answer) -> Diagnostic:
    if answer.status == "infeasible":
        message = "the problem has no solution with this big-M; with a larger one it may have"
        return Diagnostic("E0625", message, help="leave `--big-m` out: bounds are then proved")
    return Diagnostic(
        "E0624",
        "no solution was found before a limit was reached",
        notes=(answer.message,) if answer.message else (),
        help="raise `--time-limit`, or give a baseline or `--start` to begin from",
    )


_NOT_INFEASIBLE = "the solver says `infeasible` and is wrong: the point given is certified"

_WITH_WHAT_WAS_ADDED = Diagnostic(
    "E0626",
    "with what the function given to `extend` has added the problem has no solution",
    help="solve it without `extend` to see whether the model has one",
)
