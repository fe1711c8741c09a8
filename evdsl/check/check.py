"""All that can be known of a model without its data."""

from __future__ import annotations

from evdsl.check.baselines import check_baselines
from evdsl.check.cycles import check_cycles
from evdsl.check.decisions import Decisions
from evdsl.check.declarations import Declarations
from evdsl.check.findings import Findings
from evdsl.check.refs import Resolver
from evdsl.check.sets import Sets
from evdsl.check.shapes import Shapes
from evdsl.check.stages import Stages
from evdsl.check.structure import check_structure
from evdsl.check.symbols import collect
from evdsl.check.unused import warn_unused
from evdsl.check.values import Values
from evdsl.ir.model import Model
from evdsl.source.diagnostic import Diagnostic


def check(model: Model) -> list[Diagnostic]:
    """The messages about a model, in the order of its text; empty where nothing is wrong.

    Names and kinds come first; where variables may stand and what is linear is said only of
    statements whose names and kinds are right, so one mistake makes one message.
    """
    findings = Findings()
    symbols = collect(model, findings)
    check_structure(model, findings)

    resolver = Resolver(symbols)
    values = Values(resolver, Sets(symbols), findings)
    declarations = Declarations(values)
    declarations.check(model)
    clean = declarations.clean | check_baselines(model, values)
    if values.too_deep:
        return findings.in_order()

    check_cycles(resolver, findings)
    decisions = Decisions(resolver)
    stages = Stages(resolver, decisions, findings)
    clean = stages.check(model, clean)
    Shapes(resolver, decisions, findings).check(model, clean)
    if not findings.troubles:
        warn_unused(model, symbols, values.used, stages.reached, findings)
    return findings.in_order()
