"""The single level as a leader block: what the leader had, and what each follower becomes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf

from evdsl.ir.build import within
from evdsl.ir.expr import Compare, Expr, Number
from evdsl.ir.model import Constraint, Definition, Domain, Item, Objective, Var
from evdsl.reformulate.symbolic.families import Formula, Problem, member
from evdsl.reformulate.symbolic.flatten import Flat
from evdsl.reformulate.symbolic.names import Names
from evdsl.reformulate.symbolic.readable import Readable
from evdsl.reformulate.symbolic.stationary import Stationarity

FREE = Domain("free")


def own_item(item: Item, flat: Flat, readable: Readable) -> Item:
    """An item of the leader, or an `expr`, in the names of the single level."""
    binders = None if isinstance(item, Objective) else item.binders
    header, env = flat.header(binders, {})
    shown_binders, shown = readable.header(header)

    def text(node: Expr) -> Expr:
        return readable.expr(flat.expr(node, env), shown)

    match item:
        case Var(domain=Domain(bounds=bounds) as domain):
            if bounds is not None:
                bounds = replace(bounds, lower=text(bounds.lower), upper=text(bounds.upper))
            return replace(item, binders=shown_binders, domain=replace(domain, bounds=bounds))
        case Objective():
            return replace(item, value=text(item.value))
        case Definition():
            return replace(item, binders=shown_binders, value=text(item.value))
    other = None if item.complements is None else text(item.complements)
    operands = tuple(map(text, item.operands))
    return replace(item, binders=shown_binders, operands=operands, complements=other)


class FollowerItems:
    """What a follower block becomes in the leader block."""

    def __init__(self, problem: Problem, readable: Readable, names: Names) -> None:
        self.problem = problem
        self.readable = readable
        self.names = names

    def variables(self) -> Iterator[Item]:
        for variable in self.problem.variables:
            binders, _ = self.readable.header(variable.header)
            yield Var(variable.name, FREE, binders, variable.unit, variable.text)

    def multipliers(self) -> Iterator[Item]:
        for row in self.problem.rows:
            domain = FREE if row.op == "==" else within(0, inf)
            yield Var(row.multiplier, domain, self.readable.header(row.header)[0], row.unit)

    def rows(self) -> Iterator[Item]:
        """The rows, each inequality with its multiplier as a pair."""
        for row in self.problem.rows:
            binders, shown = self.readable.header(row.header)
            operands = self.readable.exprs((row.left, row.right), shown)
            pair = None
            if row.op != "==":
                multiplier = member(row.multiplier, row.header.names)
                pair = Compare((self.readable.expr(multiplier, shown), Number(0)), (">=",))
            yield Constraint(row.name, operands, (row.op,), binders, complements=pair)

    def stationarity(self, conditions: Stationarity) -> Iterator[Item]:
        for variable in self.problem.variables:
            header, zero = conditions.of(variable)
            if zero == Number(0):
                continue
            if not conditions.decides(zero):
                zero = zero + 0 * member(variable.name, header.names)
            binders, shown = self.readable.header(header)
            name = self.names.of("stat", self.problem.block, variable.member)
            yield Constraint(name, (self.readable.expr(zero, shown), Number(0)), ("==",), binders)


def formula_item(formula: Formula, readable: Readable) -> Definition:
    binders, shown = readable.header(formula.header)
    value = readable.expr(formula.value, shown)
    return Definition(formula.name, value, binders, formula.unit, formula.text)
