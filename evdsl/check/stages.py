"""Where decision variables, multipliers and reports may stand, and where only data may."""

from __future__ import annotations

from evdsl.check.decisions import Decision, Decisions
from evdsl.check.findings import Findings, place_of
from evdsl.check.functions import FUNCTIONS
from evdsl.check.refs import Ref, Resolver
from evdsl.check.stage import Stage, level_of
from evdsl.check.symbols import Symbol
from evdsl.ir.expr import (
    At,
    Binders,
    Call,
    Choice,
    Compare,
    Comprehension,
    Expr,
    In,
    Member,
    Name,
    Reduce,
)
from evdsl.ir.model import (
    Baseline,
    Block,
    Check,
    Constraint,
    Definition,
    Interval,
    Item,
    Mapping,
    Model,
    Objective,
    Param,
    Report,
    Set,
    Var,
)
from evdsl.ir.walk import children

_LATER = "what is worked out from decisions is written `expr` or `report`"

_BASELINE = Stage("a baseline", "data")


class Stages:
    """Checks the stage of every expression; `reached` gathers what the levels' problems hold."""

    def __init__(self, resolver: Resolver, decisions: Decisions, findings: Findings) -> None:
        self.resolver = resolver
        self.decisions = decisions
        self.findings = findings
        self.reached: dict[int, set[Symbol]] = {}
        self._seen: set[Symbol] = set()

    def check(self, model: Model, clean: set[int]) -> set[int]:
        """Checks the statements that are clean so far; gives those that still are."""
        still: set[int] = set()
        for declaration in model.declarations:
            if isinstance(declaration, Block):
                if id(declaration) in clean:
                    self.findings.place = place_of(declaration)
                    self._header(declaration.binders, level_of(declaration))
                for item in declaration.items:
                    if id(item) in clean:
                        known = self.findings.troubles
                        self.findings.place = place_of(item, declaration)
                        self._item(item, declaration)
                        if self.findings.troubles == known:
                            still.add(id(item))
            elif isinstance(declaration, Baseline):
                for assign in declaration.assigns:
                    if id(assign) in clean:
                        self.findings.place = place_of(declaration) + f".{assign.name}"
                        self._header(assign.binders, _BASELINE)
                        self._visit(assign.value, _BASELINE)
            elif id(declaration) in clean:
                self.findings.place = place_of(declaration)
                self._declaration(declaration)
        return still

    def _declaration(self, declaration: object) -> None:
        match declaration:
            case Set():
                self._visit(declaration.value, Stage("a set", "data", help=_LATER))
            case Mapping():
                self._header(declaration.binders, Stage("a mapping", "data"))
                self._visit(declaration.value, Stage("a mapping", "data"))
            case Param():
                stage = Stage("a param", "data", help=_LATER)
                self._header(declaration.binders, stage)
                self._interval(declaration.range, stage)
                for value in (declaration.default, declaration.value):
                    if value is not None:
                        self._visit(value, stage)
            case Check():
                stage = Stage("a check", "data", help="a row of a block is written `constraint`")
                self._header(declaration.binders, stage)
                self._visit(declaration.condition, stage)
            case Report():
                self._header(declaration.binders, Stage("a report", "free"))
                self._visit(declaration.value, Stage("a report", "free"))
            case Definition():
                self._header(declaration.binders, Stage("an `expr`", "data"))

    def _item(self, item: Item, block: Block) -> None:
        stage = level_of(block)
        match item:
            case Var():
                self._header(item.binders, stage)
                self._interval(item.domain.bounds, stage)
            case Objective():
                self._visit(item.value, stage)
            case Definition():
                self._header(item.binders, stage)
                self._visit(item.value, stage)
            case Constraint():
                self._header(item.binders, stage)
                for operand in (*item.operands, *_operands(item.complements)):
                    self._visit(operand, stage)
                self._interval(item.dual, Stage("a bound on a multiplier", "data", block))

    def _interval(self, interval: Interval | None, stage: Stage) -> None:
        if interval is not None:
            self._visit(interval.lower, stage)
            self._visit(interval.upper, stage)

    def _header(self, binders: Binders | None, stage: Stage) -> None:
        if binders is None:
            return
        for binder in binders.items:
            self._visit(binder.set, stage.data("a set"))
        if binders.where is not None:
            self._visit(binders.where, stage.data("a condition", condition=True))

    def _visit(self, expression: Expr, stage: Stage) -> None:
        match expression:
            case Name() | Member() | At():
                self._reference(expression, stage)
            case Reduce():
                self._header(expression.binders, stage)
                if expression.body is not None:
                    self._visit(expression.body, stage)
            case Comprehension():
                self._header(expression.binders, stage)
            case Choice():
                self._visit(expression.condition, stage.data("a condition", condition=True))
                self._visit(expression.taken, stage)
                self._visit(expression.other, stage)
            case Call(function=name) if name not in FUNCTIONS or FUNCTIONS[name].takes != "number":
                for argument in expression.arguments:
                    self._visit(argument, stage.data("an index"))
            case In():
                self._visit(expression.element, stage.data("an index"))
                self._visit(expression.set, stage.data("a set"))
            case _:
                for child in children(expression):
                    if isinstance(child, Expr):
                        self._visit(child, stage)

    def _reference(self, expression: Expr, stage: Stage) -> None:
        ref = self.resolver.resolve(expression, stage.block)
        for at in _indices(expression):
            for index in at.index:
                self._visit(index, stage.data("an index"))
            if at.otherwise is not None:
                self._visit(at.otherwise, stage)
        if ref is None or ref.stray is not None:
            return
        if stage.allowed != "free" and ref.symbol.block is None:
            self._conditions(ref.symbol)
        for decision in self.decisions.of_ref(ref, expression, stage.block):
            if stage.block is not None and not decision.dual:
                self.reached.setdefault(id(stage.block), set()).add(decision.symbol)
            if self._refused(decision, ref, stage):
                return

    def _conditions(self, symbol: Symbol) -> None:
        """An `expr` at the top may hold anything, but its conditions only data outside reports."""
        if isinstance(symbol.node, Definition) and symbol not in self._seen:
            self._seen.add(symbol)
            self._visit(symbol.node.value, Stage("an `expr`", "value"))

    # ---- what is refused ---------------------------------------------------------------------
    def _refused(self, decision: Decision, ref: Ref, stage: Stage) -> bool:
        """Reports a decision that may not stand there, and says whether it did."""
        symbol = decision.symbol
        if decision.dual and (symbol.in_leader or symbol.block is stage.block):
            return self._no_multiplier(decision)
        if stage.allowed in ("value", "free"):
            return False
        if isinstance(symbol.node, Report):
            return self._not_data(decision, stage, "a report is evaluated on each solution")
        if stage.allowed == "data":
            return self._not_data(decision, stage, "")
        if decision.dual and stage.allowed != "leader":
            return self._no_multiplier_here(decision)
        if stage.allowed == "leader" or (stage.allowed == "follower" and symbol.in_leader):
            return False
        if symbol.block is not stage.block and stage.allowed != "follower":
            return self._not_data(decision, stage, "a reference is solved before any decision")
        return False

    def _not_data(self, decision: Decision, stage: Stage, reason: str) -> bool:
        symbol = decision.symbol
        what = "the report" if isinstance(symbol.node, Report) else "the decision variable"
        if decision.dual:
            what = "the multiplier of"
        named = f"{what} `{symbol.path}`"
        if decision.through is not None:
            named = f"`{decision.through.path}`, which holds {named}"
        if stage.condition:
            self.findings.add(
                "E0216",
                f"a condition over {named}",
                decision.node,
                label="known only once the problem is solved",
                help="conditions hold data; a choice that the solver makes is a `binary` variable",
            )
        else:
            holds = "holds data, and not" if stage.allowed == "data" else "does not see"
            self.findings.add(
                "E0217",
                f"{stage.what} {holds} {named}",
                decision.node,
                label=reason or "known only once the problem is solved",
                help=stage.help,
            )
        return True

    def _no_multiplier(self, decision: Decision) -> bool:
        symbol = decision.symbol
        if symbol.in_leader:
            message = f"`{symbol.name}` is the leader's, and a leader has no multipliers"
        else:
            message = f"`{symbol.path}.dual` is not known inside its own block"
        self.findings.add("E0218", message, decision.node, label="no multiplier here")
        return True

    def _no_multiplier_here(self, decision: Decision) -> bool:
        self.findings.add(
            "E0309",
            f"a follower does not see the multiplier of `{decision.symbol.path}`",
            decision.node,
            label="only the leader and reports see multipliers",
            help="let the leader hold a variable that equals it: "
            "`constraint price: p == market.balance.dual;`",
        )
        return True


def _operands(complement: Expr | None) -> tuple[Expr, ...]:
    return complement.operands if isinstance(complement, Compare) else ()


def _indices(expression: Expr) -> list[At]:
    found: list[At] = []
    while isinstance(expression, Member | At):
        if isinstance(expression, At):
            found.append(expression)
        expression = expression.base
    return found
