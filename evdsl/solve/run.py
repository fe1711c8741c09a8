"""The whole route, from a model to a certified solution."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from evdsl.backends.options import Watch
from evdsl.ir.model import Model
from evdsl.program.ground import Grounded, ground
from evdsl.program.program import Program
from evdsl.solve.baselines import Baselines, answer_baselines
from evdsl.solve.bilevel import Solved
from evdsl.solve.clock import Clock
from evdsl.solve.components.run import solve_components
from evdsl.solve.inputs import Inputs, files_read, inputs_of
from evdsl.solve.judge import Verdict, judge, with_bound
from evdsl.solve.log import RunLog
from evdsl.solve.monitor import Monitor
from evdsl.solve.pessimistic import at_worst
from evdsl.solve.plan import check_request, plan_pyomo
from evdsl.solve.point import point
from evdsl.solve.polish import polish
from evdsl.solve.prepare import Prepared, checked, prepare
from evdsl.solve.prices import warn_prices
from evdsl.solve.route import Request
from evdsl.solve.solution import Solution
from evdsl.solve.ties import ties
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.files import is_read
from evdsl.workers.workers import InTurn, Workers

_LONGEST = 10.0


def run(
    model: Model,
    base: Path,
    request: Request,
    watch: Watch | None = None,
    workers: Workers | None = None,
) -> Solution:
    """Solve a model; `base` is the directory that its tables' files are relative to, and `workers`
    take its references and its independent parts, one after the other unless given.

    Raises EvdslError where the model, its data or the request are wrong, and where big-M is asked
    for and a bound has no proof.
    """
    check_request(request)
    monitor, workers = Monitor(request.options, Clock(), watch), workers or InTurn()
    with (
        threadpool_limits(request.options.threads, user_api="blas"),  # they wait by spinning
        monitor.catching(),
        _logging(model, base, request, monitor),
    ):
        ready = prepare(model, base, request, monitor, workers)
        solved = solve_components(
            ready.program, ready.components, ready.known, request, monitor, workers
        )
        gap = request.options.gap
        verdict = with_bound(solved.verdict, ready.program, monitor.bound, gap)
        monitor.settled()
        verdict = _explained(ready.grounded.program, request, verdict, monitor)
        stopped = (_STOPPED,) if monitor.interrupted and verdict.status == "feasible" else ()
        solved = replace(solved, verdict=verdict)
        said = (*ready.warnings, *verdict.diagnostics, *stopped, *_kept_at_last(ready))
        clock, known, inputs = monitor.clock, ready.baselines, ready.inputs
        return _solution(model, ready.grounded, known, inputs, solved, said, clock)


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


def _explained(program: Program, request: Request, verdict: Verdict, monitor: Monitor) -> Verdict:
    """The verdict of the model's own Program, with what hangs on ties."""
    clock = monitor.clock
    with clock("certify"):
        if request.pessimistic:
            verdict = at_worst(program, verdict, request.options.gap)
        monitor.doing("looking for ties")
        known = verdict
        told = monitor.unless_interrupted(lambda: _with_ties(program, known, clock, request))
    return told or verdict


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
    route, encoded = planned.route, planned.single.encoded
    solved = Solved(verdict, route.solver, route.method, 0, encoded.provenance, encoded.tally)
    said = (*warnings, *grounded.warnings, *baselines.warnings, *verdict.diagnostics)
    inputs = inputs_of(model, base, request)
    return _solution(model, grounded, baselines, inputs, solved, said, clock)


def _solution(
    model: Model,
    grounded: Grounded,
    baselines: Baselines,
    inputs: Inputs,
    solved: Solved,
    said: tuple[Diagnostic, ...],
    clock: Clock,
) -> Solution:
    verdict, compared = solved.verdict, baselines.points
    found = verdict.found
    earlier = {name: baseline.reported for name, baseline in compared.items()}
    shown = point(model, grounded, found.x, found.multipliers, earlier) if found else None
    return Solution(
        ir=model,
        program=grounded.program,
        status=verdict.status,
        solver=solved.solver,
        method=solved.method,
        point=shown,
        bound=verdict.bound,
        certificate=replace(verdict.certificate, bounds=asdict(solved.bounds)),
        baselines=compared,
        timings=clock.timings,
        inputs=inputs,
        nodes=solved.nodes,
        presolve=solved.tally,
        diagnostics=said,
    )


_STOPPED = Diagnostic(
    "W0610",
    "stopped by Ctrl-C: the best answer so far is given, and a better one may exist",
    severity="warning",
)
