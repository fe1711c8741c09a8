"""Expressions without their decisions: their constant part, and their factors."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from evdsl.ir.expr import At, Binary, Choice, Expr, Name, Number, Reduce, Unary
from evdsl.reformulate.symbolic.decided import Decided, spelt_out, use_of
from evdsl.reformulate.symbolic.hygiene import rebuilt
from evdsl.reformulate.symbolic.refusal import refuse
from evdsl.reformulate.symbolic.steps import Stepping

_UNCLEAR = "what holds here without its variables has no form of its own"


class Parts:
    """`decisions` are the names of all variables."""

    def __init__(self, decided: Decided, decisions: Collection[str], copy: Stepping) -> None:
        self.decided = decided
        self.decisions = decisions
        self.copy = copy

    def decides(self, node: Expr) -> bool:
        """Whether the expression holds a variable."""
        return self.decided.holds(node, self.decisions)

    def constant(self, node: Expr) -> Expr | None:
        """The expression with 0 in the place of every variable; None where nothing is left."""
        if not self.decides(node):
            return node
        match node:
            case Name() | At():
                return self._constant_of_use(node)
            case Unary(op="-", operand=operand):
                part = self.constant(operand)
                return None if part is None else replace(node, operand=part)
            case Binary(op="+" | "-", left=left, right=right):
                one, other = self.constant(left), self.constant(right)
                if other is None:
                    return one
                if one is None:
                    return other if node.op == "+" else Unary("-", other)
                return replace(node, left=one, right=other)
            case Binary(op="*" | "/" | "^", left=left, right=right):
                one, other = self.constant(left), self.constant(right)
                return (
                    None if one is None or other is None else replace(node, left=one, right=other)
                )
            case Choice(taken=taken, other=otherwise):
                one, other = self.constant(taken), self.constant(otherwise)
                if one is None and other is None:
                    return None
                return replace(node, taken=one or Number(0), other=other or Number(0))
            case Reduce(function="sum" | "mean", body=Expr() as body):
                part = self.constant(body)
                return None if part is None else replace(node, body=part)
        refuse(_UNCLEAR, node)

    def _constant_of_use(self, node: Name | At) -> Expr | None:
        inside = self._spelt(node)
        if inside is not None:
            return self.constant(inside)
        if isinstance(node, At) and node.otherwise is not None:
            refuse(_UNCLEAR, node)
        return None

    def with_ones(self, node: Expr) -> Expr:
        """The expression with 1 in the place of every variable: infinite where a factor is."""
        if not self.decides(node):
            return node
        if isinstance(node, Name | At):
            inside = self._spelt(node)
            return Number(1) if inside is None else self.with_ones(inside)
        changed = rebuilt(node, self.with_ones)
        match changed:
            case Binary(op="*", left=Number(value=1), right=other):
                return other
            case Binary(op="*" | "/", left=other, right=Number(value=1)):
                return other
        return changed

    def _spelt(self, node: Name | At) -> Expr | None:
        """What a formula stands for; None for a variable."""
        found = use_of(node)
        if found is None:
            refuse(_UNCLEAR, node)
        name, index, otherwise = found
        if name not in self.decided.formulas:
            return None
        return spelt_out(self.decided.formulas[name], index, otherwise, self.copy)
