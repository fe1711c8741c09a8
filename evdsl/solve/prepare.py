"""All that comes before the solver: the Program, points to begin from, and the way to go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evdsl.check import check
from evdsl.ir.model import Model
from evdsl.program.ground import Grounded, ground
from evdsl.program.program import Program
from evdsl.solve.baselines import Baselines, answer_baselines
from evdsl.solve.monitor import Monitor
from evdsl.solve.pessimistic import pessimistic, worst_starts
from evdsl.solve.plan import Plan, plan
from evdsl.solve.polish import Polished
from evdsl.solve.route import Request
from evdsl.solve.start import starting_points
from evdsl.source.diagnostic import Diagnostic, EvdslError, errors


@dataclass(frozen=True, eq=False)
class Prepared:
    """`program` is what is solved: the grounded one, or one that asks for the worst answers.

    The `starts` are certified answers to begin from, the best first. There is no `plan` where
    Ctrl-C came first.
    """

    grounded: Grounded
    program: Program
    baselines: Baselines
    starts: list[Polished]
    plan: Plan | None
    warnings: tuple[Diagnostic, ...]


def prepare(model: Model, base: Path, request: Request, monitor: Monitor) -> Prepared:
    """Raises EvdslError where the model or its data are wrong, or cannot go the way requested."""
    clock = monitor.clock
    monitor.doing("checking the model")
    with clock("check"):
        warnings = checked(model)
    with clock("ground"):
        grounded = ground(model, base, request.data, request.params, monitor.doing)
    program = pessimistic(grounded.program) if request.pessimistic else grounded.program
    monitor.begins(program)
    with clock("baselines"):
        baselines = answer_baselines(model, grounded, monitor.doing, worst=request.pessimistic)
    monitor.doing("looking for points to begin from")
    with clock("start"):
        if request.pessimistic:
            starts = worst_starts(grounded.program, program, baselines.answers)
        else:
            starts = starting_points(program, baselines.answers, request, monitor)
    for start in starts[:1]:
        monitor.found(start)
    monitor.doing("making one level of two")
    with clock("reformulate"):
        incumbent = starts[0].x if starts else None
        planned = monitor.unless_interrupted(lambda: plan(program, request, incumbent))
    said = (*warnings, *grounded.warnings, *baselines.warnings)
    return Prepared(grounded, program, baselines, starts, planned, said)


def checked(model: Model) -> list[Diagnostic]:
    """The warnings about a model. Raises EvdslError with all that is wrong in it."""
    found = check(model)
    if errors(found):
        raise EvdslError(found)
    return found
