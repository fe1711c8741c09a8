"""The whole route, from a model to a certified solution."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from evdsl.backends.options import Watch
from evdsl.ir.model import Model
from evdsl.program.ground import Grounded, ground
from evdsl.program.program import Program
from evdsl.reformulate.encoded import Provenance
from evdsl.reformulate.tally import Tally
from evdsl.solve.baselines import Baselines, answer_baselines
from evdsl.solve.clock import Clock
from evdsl.solve.elastic import explain_missed, least_miss, missed_rows
from evdsl.solve.inputs import Inputs, files_read, inputs_of
from evdsl.solve.judge import Candidate, Verdict, judge, judge_starts, with_bound
from evdsl.solve.log import RunLog
from evdsl.solve.monitor import Monitor
from evdsl.solve.part import NAMED
from evdsl.solve.pessimistic import at_worst
from evdsl.solve.plan import Plan, check_request, plan_pyomo
from evdsl.solve.point import point
from evdsl.solve.polish import Polished, polish
from evdsl.solve.prepare import Prepared, checked, prepare
from evdsl.solve.prices import warn_prices
from evdsl.solve.ranges import warn_ranges
from evdsl.solve.route import Request, Route
from evdsl.solve.solution import Solution
from evdsl.solve.ties import ties
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.files import is_read

_LONGEST = 10.0


def run(model: Model, base: Path, request: Request, watch: Watch | None = None) -> Solution:
    """Solve a model; `base` is the directory that its tables' files are relative to.

    Raises EvdslError where the model, its data or the request are wrong, and where big-M is asked
    for and a bound has no proof.
    """
    check_request(request)
    monitor = Monitor(request.options, Clock(), watch)
    with monitor.catching(), _logging(model, base, request, monitor):
        ready = prepare(model, base, request, monitor)
        planned, nodes, verdict = _solved(ready, monitor)
        verdict = with_bound(verdict, ready.program, monitor.bound, request.options.gap)
        monitor.settled()
        verdict = _explained(ready, planned, request, verdict, monitor)
        ranges = () if ready.plan is None else warn_ranges(ready.plan.single.encoded.mip)
        stopped = (_STOPPED,) if monitor.interrupted and verdict.status == "feasible" else ()
        doubts = (*ready.warnings, *ranges, *verdict.diagnostics, *stopped, *_kept_at_last(ready))
        clock, grounded, known = monitor.clock, ready.grounded, ready.baselines
        inputs = ready.inputs
        return _solution(model, grounded, known, inputs, planned, nodes, verdict, doubts, clock)


@contextmanager
def _logging(model: Model, base: Path, request: Request, monitor: Monitor) -> Iterator[None]:
    """Within it all that the monitor tells is logged, where a log is asked for.

    Raises EvdslError (E0653) where that cannot be written, or is a file that is read.
    """
    file = request.options.log
    if file is None:
        yield
        return
    if is_read(file, files_read(model, base, request)):
        message = f"the log file `{file}` cannot be written: it is an input"
        raise EvdslError([Diagnostic("E0653", message, help="name another file")])
    with closing(RunLog(file)) as log:
        monitor.tells(log)
        yield


def _kept_at_last(ready: Prepared) -> tuple[Diagnostic, ...]:
    """The best answer is in its file at the end too; where that failed, the reason."""
    if ready.keeper is None:
        return ()
    ready.keeper.write()
    return () if ready.keeper.failure is None else (ready.keeper.failure,)


def _explained(
    ready: Prepared, planned: Plan | None, request: Request, verdict: Verdict, monitor: Monitor
) -> Verdict:
    """The verdict of the model's own Program, with what hangs on ties, or how rows are missed."""
    program, clock = ready.grounded.program, monitor.clock
    with clock("certify"):
        if request.pessimistic:
            verdict = at_worst(program, verdict, request.options.gap)
        monitor.doing("looking for ties")
        known = verdict
        told = monitor.unless_interrupted(lambda: _with_ties(program, known, clock, request))
    if planned is None or not any(d.code == "E0541" for d in verdict.diagnostics):
        return told or verdict
    monitor.doing("looking for the reason")
    route = planned.route
    return (
        monitor.unless_interrupted(lambda: _with_misses(program, route, known, clock, request))
        or verdict
    )


def _with_misses(
    program: Program, route: Route, verdict: Verdict, clock: Clock, request: Request
) -> Verdict:
    """Where each answer violates the leader's rows: which of them, and how far at best.

    Left as it is where that is not proved within a minute or the time that is left.
    """
    with clock("explain"):
        missed = missed_rows(program, route, clock.for_reasons(request.options))
        if missed is None:
            return verdict
        alone = [
            least_miss(program, route, clock.for_reasons(request.options), missed, row)
            for row in missed.rows[:NAMED].tolist()
        ]
    said = explain_missed(program, missed, alone)
    kept = tuple(said if d.code == "E0541" else d for d in verdict.diagnostics)
    return replace(verdict, diagnostics=kept)


def _with_ties(program: Program, verdict: Verdict, clock: Clock, request: Request) -> Verdict:
    """What hangs on ties between the followers' optima, and between multipliers."""
    if verdict.found is None:
        return verdict
    x = verdict.found.x
    if request.pessimistic:
        best = polish(program, x)
        x = x if best is None else best.x
    left = clock.rest(request.options).time_limit
    found = ties(program, x, _LONGEST if left is None else min(left, _LONGEST))
    said = (*verdict.diagnostics, *warn_prices(program, x))
    return replace(verdict, certificate=replace(verdict.certificate, ties=found), diagnostics=said)


def _solved(ready: Prepared, monitor: Monitor) -> tuple[Plan | None, int, Verdict]:
    """The verdict of the first route whose solver does not fail, or of the last; what the solvers
    before it got wrong is said. That of the best start, and no plan, where no solver has run.

    Raises KeyboardInterrupt where Ctrl-C has ended it and nothing was found.
    """
    failures = tuple[Diagnostic, ...]()
    program, planned, starts = ready.program, ready.plan, ready.starts
    options, clock = monitor.options, monitor.clock
    if monitor.gap_is_met:
        begun = _begun(program, starts, monitor)
        if begun.found is not None:
            return None, 0, begun
    while planned is not None and not monitor.interrupted:
        single = planned.single
        with clock("solve"):
            mip = single.started_at(starts[0] if starts else None)
            monitor.doing(_solving(planned.route))
            limits = clock.rest(options)
            answer = planned.route.solve(single, mip, limits, monitor.of_solver())
        monitor.doing("certifying the answer")
        with clock("certify"):
            verdict = judge(program, single, answer, starts, options.gap)
        if verdict.found is not None:
            monitor.found(_answer(program, verdict.found))
        if math.isfinite(verdict.bound) and not (verdict.solver_failed or single.stated):
            monitor.proved(verdict.bound)
        if monitor.interrupted:
            return planned, answer.nodes, _kept(verdict)
        following = planned.following(program) if verdict.solver_failed else None
        if following is None or clock.is_over(options):
            said = (*failures, *verdict.diagnostics)
            return planned, answer.nodes, replace(verdict, diagnostics=said)
        failures += _passed_over(planned.route, following.route, verdict)
        planned = following
    return None, 0, _kept(_begun(program, starts, monitor))


def _begun(program: Program, starts: Sequence[Polished], monitor: Monitor) -> Verdict:
    """That of what was found before any solver."""
    best = [] if monitor.best is None else [monitor.best]
    return judge_starts(program, [*best, *starts])


def _answer(program: Program, found: Candidate) -> Polished:
    return Polished(found.x, found.multipliers, program.joint.objective(found.x), True)


def _solving(route: Route) -> str:
    return f"solving with {route.solver}" + (f", {route.method}" if route.method else "")


def _kept(verdict: Verdict) -> Verdict:
    """What is left when Ctrl-C has ended a solver: that it failed says nothing then."""
    if verdict.found is None and verdict.status in ("no_solution", "error"):
        raise KeyboardInterrupt
    said = tuple(d for d in verdict.diagnostics if d.code != "W0602")
    return replace(verdict, diagnostics=said)


_STOPPED = Diagnostic(
    "W0610",
    "stopped by Ctrl-C: the best answer so far is given, and a better one may exist",
    severity="warning",
)


def _passed_over(route: Route, following: Route, verdict: Verdict) -> tuple[Diagnostic, ...]:
    """W0605: which method's answer was refused and what has been tried in its place."""
    reasons = tuple(diagnostic.message for diagnostic in verdict.diagnostics)
    message = f"`{route.method}` failed in {route.solver}: `{following.method}` was tried next"
    return (Diagnostic("W0605", message, notes=reasons, severity="warning"),)


def read_pyomo(model: Model, base: Path, request: Request, solved: Any) -> Solution:
    """The Solution in a Pyomo model of `to_pyomo` that has been solved, polished and certified.

    What has been added to it must hold at the polished point too, else the point as it came is held
    against its certificate.

    Raises EvdslError where its variables are not those of the model or have no values (E0539).
    """
    from evdsl.backends.pyomo import read

    clock = Clock()
    check_request(request)
    warnings = checked(model)
    grounded = ground(model, base, request.data, request.params)
    baselines = answer_baselines(model, grounded)
    planned = plan_pyomo(grounded.program, request)
    answer = read(solved, planned.single.encoded.mip)
    verdict = judge(grounded.program, planned.single, answer, (), request.options.gap)
    verdict = _with_ties(grounded.program, verdict, clock, request)
    doubts = (*warnings, *grounded.warnings, *baselines.warnings, *verdict.diagnostics)
    inputs = inputs_of(model, base, request)
    return _solution(model, grounded, baselines, inputs, planned, 0, verdict, doubts, clock)


def _solution(
    model: Model,
    grounded: Grounded,
    baselines: Baselines,
    inputs: Inputs,
    planned: Plan | None,
    nodes: int,
    verdict: Verdict,
    doubts: tuple[Diagnostic, ...],
    clock: Clock,
) -> Solution:
    found, compared = verdict.found, baselines.points
    earlier = {name: baseline.reported for name, baseline in compared.items()}
    shown = point(model, grounded, found.x, found.multipliers, earlier) if found else None
    encoded = None if planned is None else planned.single.encoded
    used = Provenance() if encoded is None else encoded.provenance
    return Solution(
        ir=model,
        program=grounded.program,
        status=verdict.status,
        solver="" if planned is None else planned.route.solver,
        method="" if planned is None else planned.route.method,
        point=shown,
        bound=verdict.bound,
        certificate=replace(verdict.certificate, bounds=asdict(used)),
        baselines=compared,
        timings=clock.timings,
        inputs=inputs,
        nodes=nodes,
        presolve=Tally() if encoded is None else encoded.tally,
        diagnostics=doubts,
    )
