"""When the boxes along a chain take over from an exact method, and what becomes of its verdict."""

from __future__ import annotations

from dataclasses import replace

from evdsl.backends.options import SolveOptions
from evdsl.program.program import Program
from evdsl.solve.bound.bound import bound
from evdsl.solve.judge import Verdict, judge_starts, with_bound
from evdsl.solve.monitor import Monitor
from evdsl.solve.plan import Plan
from evdsl.solve.route import Request
from evdsl.work.workers import Workers

_FEW = 150
_SHARE = 0.25
_LONGEST = 30.0


def has_a_turn(program: Program, planned: Plan, request: Request) -> bool:
    """Whether the boxes are worth a try where the exact method has not met the gap: many choices
    are left, and nothing but the Program itself says what an answer is."""
    plain = request.method == "auto" and request.extend is None and not request.pessimistic
    alone = len(program.followers) == 1 and not program.dual_stated.any()
    return plain and alone and planned.single.encoded.tally.open > _FEW


def before_it(options: SolveOptions) -> SolveOptions:
    """What an exact method gets first: a quarter of what is left, half a minute without a limit."""
    left = options.time_limit
    return replace(options, time_limit=_LONGEST if left is None else _SHARE * left)


def after_it(program: Program, verdict: Verdict, monitor: Monitor, workers: Workers) -> Verdict:
    """The exact method's verdict with what the boxes prove and find until the monitor's gap is met
    or its time is over."""
    if verdict.status != "feasible" or monitor.best is None or monitor.is_over:
        return verdict
    monitor.doing("bounding along the chain")
    bound(program, monitor.best, monitor, workers)
    best = judge_starts(program, [monitor.best])
    if best.found is not None and verdict.found is not None:
        gain = program.joint.objective(verdict.found.x) - program.joint.objective(best.found.x)
        if program.joint.sense * gain > 0:
            verdict = replace(verdict, found=best.found, certificate=best.certificate)
    return with_bound(verdict, program, monitor.bound, monitor.options.gap)
