"""Reports: evaluated on a point, each after those that it reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from evdsl.ir import model as ir
from evdsl.ir.expr import Name
from evdsl.ir.walk import walk
from evdsl.program.block import Point, bind_names
from evdsl.program.evaluate import Evaluator
from evdsl.program.frame import Frame
from evdsl.program.scope import Scope
from evdsl.program.values import FamilyValues, shown_unit

if TYPE_CHECKING:
    from evdsl.program.world import World

Reported = Mapping[str, FamilyValues]


def evaluate_reports(
    world: World, point: Point, earlier: Mapping[str, Reported] | None
) -> dict[str, FamilyValues]:
    """All reports, as declared; without `earlier` those that need no baseline."""
    baselines = {baseline.name for baseline in world.model.baselines}
    needs = {report.name: _names(world, report) for report in world.model.reports}
    known: dict[str, FamilyValues] = {}
    for report in sorted(world.model.reports, key=lambda r: len(needs[r.name] & needs.keys())):
        if earlier is not None or not baselines & needs[report.name]:
            known[report.name] = _report(world, report, point, known, earlier or {})
    return {r.name: known[r.name] for r in world.model.reports if r.name in known}


def _names(world: World, report: ir.Report) -> set[str]:
    """The names that a report's value depends on, also through expressions and other reports."""
    found: set[str] = set()
    waiting: list[ir.Report | ir.Definition] = [report]
    while waiting:
        value = waiting.pop().value
        for name in {node.name for node in walk(value) if isinstance(node, Name)} - found:
            found.add(name)
            declaration = world.declared.get(name)
            if isinstance(declaration, ir.Report | ir.Definition):
                waiting.append(declaration)
    return found


def _report(
    world: World,
    report: ir.Report,
    point: Point,
    known: Reported,
    earlier: Mapping[str, Reported],
) -> FamilyValues:
    evaluator = Evaluator(Scope(world, point=point, reports=known, earlier=earlier), strict=False)
    frame, _ = evaluator.expander.expand(Frame(), report.binders)
    values = np.array(evaluator.numbers(report.value, frame))
    bind = bind_names(None, report.binders)
    return FamilyValues(
        report.name, frame.keys(), bind, values, shown_unit(report.unit), report.text
    )
