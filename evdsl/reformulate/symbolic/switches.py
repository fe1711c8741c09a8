"""Binaries of the leader that switch a follower's variable in its rows: products become variables.

`z * (y + 3)` becomes `w + 3 * z` with a variable `w` of the follower's for `z * y`; what `w` is,
and which rows make it that, says `switched`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TypeAlias

from evdsl.ir.expr import At, Binary, Binders, Choice, Expr, Name, Number, Reduce, Unary
from evdsl.reformulate.symbolic.decided import spelt_out, use_of
from evdsl.reformulate.symbolic.derive import Derivative, negation
from evdsl.reformulate.symbolic.facts import Facts
from evdsl.reformulate.symbolic.families import Problem, Row, Variable, member
from evdsl.reformulate.symbolic.hygiene import Header, conjunction, conjuncts, rebuilt
from evdsl.reformulate.symbolic.names import Names
from evdsl.reformulate.symbolic.parts import Parts
from evdsl.reformulate.symbolic.refusal import refuse
from evdsl.reformulate.symbolic.steps import Stepping
from evdsl.reformulate.symbolic.switched import Switch, Use
from evdsl.reformulate.symbolic.terms import Signed, added, product, summed

_Change: TypeAlias = Callable[[Expr, Header], Expr]


def without_switches(
    problem: Problem,
    binaries: Mapping[str, Variable],
    names: Names,
    parts: Parts,
    facts: Facts,
    copy: Stepping,
) -> Problem:
    """The problem with each switched variable as one of its own. Raises E0520."""
    walk = _Walk(problem, binaries, names, parts, copy)
    rows = [walk.row(row) for row in problem.rows]
    variables = list(problem.variables)
    made: list[Row] = []
    for switch in walk.found.values():
        rows = [switch.shortened(row) for row in rows]
        header = switch.header(problem, copy)
        variables.append(Variable(switch.called, switch.short, header, like=switch.like))
        made += switch.rows(problem, header, facts, names, copy)
    return replace(problem, rows=(*rows, *made), variables=tuple(variables))


class _Walk:
    """Replaces products in rows, and remembers for which members each one stands."""

    def __init__(
        self,
        problem: Problem,
        binaries: Mapping[str, Variable],
        names: Names,
        parts: Parts,
        copy: Stepping,
    ) -> None:
        self.block = problem.block
        self.own = {variable.name: variable for variable in problem.variables}
        self.binaries = binaries
        self.names = names
        self.parts = parts
        self.copy = copy
        self.found: dict[tuple[str, str], Switch] = {}

    def row(self, row: Row) -> Row:
        left, right = (self._expr(side, row.header) for side in (row.left, row.right))
        return replace(row, left=left, right=right)

    def _holds(self, node: Expr, names: Collection[str]) -> bool:
        return self.parts.decided.holds(node, names)

    def _expr(self, node: Expr, around: Header) -> Expr:
        """The expression with variables for its products; `around` is what runs around it."""
        if not self._holds(node, self.own) or not self._holds(node, self.binaries):
            return node
        match node:
            case Name() | At():
                return self._expr(self._spelt(node), around)
            case Binary(op="*", left=left, right=right):
                for one, other in ((left, right), (right, left)):
                    if self._holds(one, self.binaries) and self._holds(other, self.own):
                        return self._product(one, other, around)
        return _below(node, around, self._expr)

    def _spelt(self, node: Name | At) -> Expr:
        found = use_of(node)
        if found is None or found[0] not in self.parts.decided.formulas:
            refuse("a switched variable stands for what is off the end of a set", node)
        name, index, otherwise = found
        return spelt_out(self.parts.decided.formulas[name], index, otherwise, self.copy)

    def _product(self, factor: Expr, node: Expr, around: Header) -> Expr:
        """`(a + b z) (c + d y)` as `a (c + d y) + b (c z + d w)`."""
        (name,) = self.parts.decided.names(factor) & self.binaries.keys()
        binary = self.binaries[name]
        constant = Parts(self.parts.decided, {name}, self.copy).constant(factor)
        terms: list[Signed] = []
        if constant is not None:
            again = self.copy.expr(node, {})
            terms.append((1, again if constant == Number(1) else constant * again))
        for place in Derivative({name: binary}, self.parts.decided, self.copy).places(factor):
            binders = Binders(place.binders, conjunction(place.conditions))
            inside = around.inside(binders)
            off = self._switched(self.copy.expr(node, {}), binary, place.index, inside)
            term = product(abs(place.number), place.factors, off)
            terms.append((1 if place.number > 0 else -1, summed(binders, term)))
        return added(terms)

    def _switched(
        self, node: Expr, binary: Variable, switch: tuple[Expr, ...], around: Header
    ) -> Expr:
        """The expression times the binary."""

        def again(below: Expr, inside: Header) -> Expr:
            return self._switched(below, binary, switch, inside)

        if not self._holds(node, self.own):
            zero = node == Number(0)
            return node if zero else product(1, [("*", node)], member(binary.name, switch))
        match node:
            case Name() | At():
                found = use_of(node)
                if found is not None and found[0] in self.own and found[2] is None:
                    return self._use(binary, found[0], Use(around, switch, found[1]))
                return again(self._spelt(node), around)
            case Binary(op="*" | "/", left=left, right=right) if not self._holds(right, self.own):
                return replace(node, left=again(left, around))
            case Binary(op="*", left=left, right=right):
                return replace(node, right=again(right, around))
            case Binary(op="+" | "-") | Unary(op="-") | Choice() | Reduce(function="sum" | "mean"):
                return _below(node, around, again)
        refuse("a product with a binary of the leader", node)

    def _use(self, binary: Variable, name: str, use: Use) -> Expr:
        key = binary.name, name
        if key not in self.found:
            short = f"{self.own[name].member}_if_{binary.name}"
            called = self.names.member(self.block, short)
            self.found[key] = Switch(binary, self.own[name], short, called)
        self.found[key].uses.append(use)
        return member(self.found[key].called, (*use.index, *use.switch))


def _below(node: Expr, around: Header, change: _Change) -> Expr:
    """The node with what stands directly below it changed."""
    match node:
        case Choice(condition=condition, taken=taken, other=other):
            return replace(
                node,
                taken=change(taken, around.under(*conjuncts(condition))),
                other=change(other, around.under(negation(condition))),
            )
        case Reduce(binders=binders, body=Expr() as body):
            return replace(node, body=change(body, around.inside(binders)))
    return rebuilt(node, lambda below: change(below, around))
