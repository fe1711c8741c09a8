"""The whole route, from a model to a certified solution."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evdsl.backends.options import Watch
from evdsl.check import check
from evdsl.ir.model import Model
from evdsl.program.ground import Grounded, ground
from evdsl.program.program import Answer
from evdsl.solve.baselines import Baselines, answer_baselines, point
from evdsl.solve.clock import Clock
from evdsl.solve.judge import Verdict, judge
from evdsl.solve.route import Request, Route, Single, plan
from evdsl.solve.solution import Solution
from evdsl.solve.start import starting_points
from evdsl.source.diagnostic import EvdslError, errors


def run(model: Model, base: Path, request: Request, watch: Watch | None = None) -> Solution:
    """Solve a model; `base` is the directory that its tables' files are relative to.

    Raises EvdslError where the model, its data or the request are wrong, and where big-M is asked
    for and a bound has no proof.
    """
    clock = Clock()
    route = plan(request)
    with clock("ground"):
        grounded = prepare(model, base, request.data, request.params)
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
    return _solution(model, grounded, baselines, route, single, answer, verdict, clock)


def read_pyomo(model: Model, base: Path, request: Request, solved: Any) -> Solution:
    """What a Pyomo model that `to_pyomo` has made says once it is solved, polished and certified.

    Raises EvdslError where its variables are not those of the model or have no values (E0539).
    """
    from evdsl.backends.pyomo import from_pyomo

    clock = Clock()
    route = plan(request)
    grounded = prepare(model, base, request.data, request.params)
    baselines = answer_baselines(model, grounded)
    single = route.encode(grounded.program, extensible=True)
    answer = Answer("feasible", x=from_pyomo(solved, single.encoded.mip))
    verdict = judge(grounded.program, single, answer, (), request.options.gap)
    return _solution(model, grounded, baselines, route, single, answer, verdict, clock)


def prepare(
    model: Model, base: Path, data: Mapping[str, Any], params: Mapping[str, float]
) -> Grounded:
    """The checked model with its data. Raises EvdslError with all that is wrong in one of them."""
    found = check(model)
    if errors(found):
        raise EvdslError(found)
    return ground(model, base, data, params)


def _solution(
    model: Model,
    grounded: Grounded,
    baselines: Baselines,
    route: Route,
    single: Single,
    answer: Answer,
    verdict: Verdict,
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
        certificate=found.certificate if found else None,
        provenance=single.encoded.provenance,
        baselines=compared,
        timings=clock.timings,
        nodes=answer.nodes,
        diagnostics=(*grounded.warnings, *baselines.warnings, *verdict.diagnostics),
    )
