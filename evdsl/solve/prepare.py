"""All that comes before two levels become one: the Program, its components, what is known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from evdsl.check import check
from evdsl.ir.model import Model
from evdsl.program.ground import Grounded, ground
from evdsl.program.program import Program
from evdsl.solve.baselines import Baselines, answer_baselines
from evdsl.solve.components.find import Component, components, whole
from evdsl.solve.inputs import Inputs, inputs_of
from evdsl.solve.keep import Keeper, earlier_bound
from evdsl.solve.monitor import Monitor
from evdsl.solve.pessimistic import pessimistic, worst_starts
from evdsl.solve.point import point
from evdsl.solve.polish import Polished
from evdsl.solve.route import Request
from evdsl.solve.start import known_answers
from evdsl.solve.values import Json
from evdsl.solve.whole import no_multipliers
from evdsl.source.diagnostic import Diagnostic, EvdslError, errors
from evdsl.workers.workers import Workers


@dataclass(frozen=True, eq=False)
class Prepared:
    """`program` is what is solved: the grounded one, or one that asks for the worst answers.

    `known` are answers that hold the leader's rows, the best first.
    """

    grounded: Grounded
    program: Program
    components: tuple[Component, ...]
    known: list[Polished]
    baselines: Baselines
    keeper: Keeper | None
    inputs: Inputs
    warnings: tuple[Diagnostic, ...]


def prepare(
    model: Model,
    base: Path,
    request: Request,
    monitor: Monitor,
    workers: Workers | None = None,
) -> Prepared:
    """The `workers` take long references.

    Raises EvdslError where the model or its data or what it starts from are wrong.
    """
    clock = monitor.clock
    monitor.doing("checking the model")
    with clock("check"):
        warnings = checked(model)
    inputs = inputs_of(model, base, request)
    earlier = math.nan if request.resume is None else earlier_bound(request.resume, inputs)
    with clock("ground"):
        grounded = ground(model, base, request.data, request.params, monitor.doing, workers)
    program = pessimistic(grounded.program) if request.pessimistic else grounded.program
    monitor.begins(program)
    with clock("baselines"):
        baselines = answer_baselines(model, grounded, monitor.doing, worst=request.pessimistic)
    monitor.doing("looking for points to begin from")
    with clock("start"):
        known = known_answers(grounded.program, baselines.answers, request)
        if request.pessimistic:
            known = worst_starts(grounded.program, program, known)
        for answer in known[:1] if request.extend is None else []:
            monitor.found(answer)
        if not math.isnan(earlier):
            monitor.proved(earlier)
        keeper = _keeper(model, grounded, baselines, inputs, request, monitor)
    parts = components(program) if request.extend is None else (whole(program),)
    said = (*warnings, *grounded.warnings, *baselines.warnings)
    return Prepared(grounded, program, parts, known, baselines, keeper, inputs, said)


def _keeper(
    model: Model,
    grounded: Grounded,
    baselines: Baselines,
    inputs: Inputs,
    request: Request,
    monitor: Monitor,
) -> Keeper | None:
    """What writes the best answer from now on, where that is asked for; an earlier run's answer is
    known by now, so that no worse one takes its place.

    An answer to a pessimistic problem has more columns; only its decision is one of the model.
    """
    if request.keep is None:
        return None
    n = grounded.program.joint.shape[1]
    reported = {name: known.reported for name, known in baselines.points.items()}

    def shown(answer: Polished) -> Json:
        is_own = len(answer.x) == n
        multipliers = answer.multipliers if is_own else no_multipliers(grounded.program)
        found = point(model, grounded, answer.x[:n], multipliers, reported)
        return {
            "model": grounded.program.name,
            "leader": found.leader_json(),
            "followers": found.followers_json() if is_own else {},
            "reports": found.reports_json() if is_own else {},
        }

    keeper = Keeper(request.keep, inputs, monitor, shown)
    monitor.tells(keeper)
    return keeper


def checked(model: Model) -> list[Diagnostic]:
    """The warnings about a model. Raises EvdslError with all that is wrong in it."""
    found = check(model)
    if errors(found):
        raise EvdslError(found)
    return found
