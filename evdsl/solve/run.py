"""The whole route, from a model to a certified solution."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from evdsl.backends.options import Watch
from evdsl.check import check
from evdsl.ir.model import Model
from evdsl.program.ground import Grounded, ground
from evdsl.solve.baselines import Baselines, answer_baselines, point
from evdsl.solve.clock import Clock
from evdsl.solve.judge import Verdict, judge
from evdsl.solve.route import Request, Route, Single, plan
from evdsl.solve.solution import Solution
from evdsl.solve.start import starting_points
from evdsl.source.diagnostic import Diagnostic, EvdslError, errors


def run(model: Model, base: Path, request: Request, watch: Watch | None = None) -> Solution:
    """Solve a model; `base` is the directory that its tables' files are relative to.

    Raises EvdslError where the model, its data or the request are wrong, and where big-M is asked
    for and a bound has no proof.
    """
    clock = Clock()
    route = plan(request)
    with clock("check"):
        warnings = checked(model)
    with clock("ground"):
        grounded = ground(model, base, request.data, request.params)
    with clock("baselines"):
        baselines = answer_baselines(model, grounded)
    with clock("reformulate"):
        single = route.encode(grounded.program)
    with clock("start"):
        starts = starting_points(grounded.program, baselines.answers, request, clock)
    with clock("solve"):
        mip = single.started_at(starts[0] if starts else None)
        answer = route.solve(mip, grounded.program, clock.rest(request.options), watch)
    with clock("certify"):
        verdict = judge(grounded.program, single, answer, starts, request.options.gap)
    doubts = (*warnings, *grounded.warnings, *baselines.warnings, *verdict.diagnostics)
    return _solution(
        model, grounded, baselines, route, single, answer.nodes, verdict, doubts, clock
    )


def read_pyomo(model: Model, base: Path, request: Request, solved: Any) -> Solution:
    """The Solution in a Pyomo model of `to_pyomo` that has been solved, polished and certified.

    What has been added to it must hold at the polished point too, else the point as it came is held
    against its certificate.

    Raises EvdslError where its variables are not those of the model or have no values (E0539).
    """
    from evdsl.backends.pyomo import read

    clock = Clock()
    route = plan(request)
    warnings = checked(model)
    grounded = ground(model, base, request.data, request.params)
    baselines = answer_baselines(model, grounded)
    single = route.encode(grounded.program, extensible=True)
    answer = read(solved, single.encoded.mip)
    verdict = judge(grounded.program, single, answer, (), request.options.gap)
    doubts = (*warnings, *grounded.warnings, *baselines.warnings, *verdict.diagnostics)
    return _solution(model, grounded, baselines, route, single, 0, verdict, doubts, clock)


def checked(model: Model) -> list[Diagnostic]:
    """The warnings about a model. Raises EvdslError with all that is wrong in it."""
    found = check(model)
    if errors(found):
        raise EvdslError(found)
    return found


def _solution(
    model: Model,
    grounded: Grounded,
    baselines: Baselines,
    route: Route,
    single: Single,
    nodes: int,
    verdict: Verdict,
    doubts: tuple[Diagnostic, ...],
    clock: Clock,
) -> Solution:
    found, compared = verdict.found, baselines.points
    earlier = {name: baseline.reported for name, baseline in compared.items()}
    shown = point(model, grounded, found.x, found.multipliers, earlier) if found else None
    return Solution(
        ir=model,
        program=grounded.program,
        status=verdict.status,
        solver=route.solver,
        method=route.method if grounded.program.followers else "",
        point=shown,
        bound=verdict.bound,
        certificate=replace(verdict.certificate, bounds=asdict(single.encoded.provenance)),
        baselines=compared,
        timings=clock.timings,
        nodes=nodes,
        diagnostics=doubts,
    )
