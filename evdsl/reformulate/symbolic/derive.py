"""Where the variables of a follower stand in an expression, and with what they are multiplied.

The derivative of a row or an objective with respect to `y[i]` is the sum of the coefficients of all
places where `y[g]` stands with `g == i`. A place is found by walking in from the outside, past the
binders of sums and the sides of conditionals, and by the product rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from evdsl.ir.expr import (
    At,
    Binary,
    Binder,
    Binders,
    Call,
    Choice,
    Compare,
    Expr,
    Name,
    Number,
    Reduce,
    Unary,
)
from evdsl.reformulate.symbolic.decided import Decided, spelt_out, use_of
from evdsl.reformulate.symbolic.families import Variable
from evdsl.reformulate.symbolic.hygiene import conjunction, conjuncts
from evdsl.reformulate.symbolic.refusal import refuse
from evdsl.reformulate.symbolic.steps import Stepping
from evdsl.reformulate.symbolic.terms import Factor, gathered


@dataclass(frozen=True)
class Place:
    """A place where a variable stands: `number * factors * variable[index]`.

    It is there for each of the `binders` that fulfil the `conditions`. `factors` are in the order
    of the text; `number` gathers signs and what squares give.
    """

    number: int | float = 1
    factors: tuple[Factor, ...] = ()
    binders: tuple[Binder, ...] = ()
    conditions: tuple[Expr, ...] = ()
    variable: str = ""
    index: tuple[Expr, ...] = ()

    def where(self, *conditions: Expr) -> Place:
        return replace(self, conditions=(*self.conditions, *conditions))


@dataclass(frozen=True)
class _Walk:
    """What lies around the piece of the expression that the walk has come to."""

    place: Place = Place()
    behind: tuple[Factor, ...] = ()

    def times(self, *factors: Factor) -> _Walk:
        """With factors that stand to the left."""
        return replace(self, place=replace(self.place, factors=(*self.place.factors, *factors)))

    def then(self, factor: Factor) -> _Walk:
        """With a factor that stands to the right."""
        return replace(self, behind=(factor, *self.behind))

    def scaled(self, number: int) -> _Walk:
        return replace(self, place=replace(self.place, number=self.place.number * number))

    def where(self, *conditions: Expr) -> _Walk:
        return replace(self, place=self.place.where(*conditions))

    def over(self, binders: Binders) -> _Walk:
        place = replace(self.place, binders=(*self.place.binders, *binders.items))
        return replace(self, place=place).where(*conjuncts(binders.where))

    def arrived(self, variable: str, index: tuple[Expr, ...]) -> Place:
        number, factors = gathered(self.place.number, (*self.place.factors, *self.behind))
        return replace(self.place, number=number, factors=factors, variable=variable, index=index)


class Derivative:
    """Finds the places of some variables."""

    def __init__(self, own: Mapping[str, Variable], decided: Decided, copy: Stepping) -> None:
        self.own = own
        self.decided = decided
        self.copy = copy

    def places(self, node: Expr) -> Iterator[Place]:
        yield from self._of(node, _Walk())

    def _of(self, node: Expr, walk: _Walk) -> Iterator[Place]:
        if not self.decided.holds(node, self.own):
            return
        match node:
            case Name() | At():
                yield from self._use(node, walk)
            case Unary(op="-", operand=operand):
                yield from self._of(operand, walk.scaled(-1))
            case Binary():
                yield from self._binary(node, walk)
            case Choice(condition=condition, taken=taken, other=other):
                yield from self._of(taken, walk.where(*conjuncts(condition)))
                yield from self._of(other, walk.where(negation(condition)))
            case Reduce(function="sum", binders=binders, body=Expr() as body):
                yield from self._of(body, walk.over(binders))
            case Reduce(function="mean", binders=binders, body=Expr() as body):
                many = self.copy.expr(counted(binders), {})
                yield from self._of(body, walk.then(("/", many)).over(binders))
            case _:
                refuse("this stands in a way that has no derivative", node)

    def _use(self, node: Expr, walk: _Walk) -> Iterator[Place]:
        found = use_of(node)
        if found is None:
            refuse("what holds off the end of a set is a variable, and before it data", node)
        name, index, otherwise = found
        if name in self.decided.formulas:
            formula = self.decided.formulas[name]
            yield from self._of(spelt_out(formula, index, otherwise, self.copy), walk)
            return
        if name not in self.own:
            refuse("what holds off the end of a set is a variable, and before it another's", node)
        yield walk.arrived(name, index)
        inside = conjunction(self.copy.membership(self.own[name].header, index))
        if otherwise is not None and inside is not None:
            yield from self._of(otherwise, walk.where(negation(inside)))

    def _binary(self, node: Binary, walk: _Walk) -> Iterator[Place]:
        left, right = node.left, node.right
        match node.op:
            case "+":
                yield from self._of(left, walk)
                yield from self._of(right, walk)
            case "-":
                yield from self._of(left, walk)
                yield from self._of(right, walk.scaled(-1))
            case "*":
                yield from self._of(left, walk.then(("*", self._again(right))))
                yield from self._of(right, walk.times(("*", self._again(left))))
            case "/":
                yield from self._of(left, walk.then(("/", self._again(right))))
            case "^" if right == Number(1):
                yield from self._of(left, walk)
            case "^":
                inner = walk.scaled(2).times(("*", self._again(left)))
                yield from self._of(left, inner)
            case _:
                refuse("this stands in a way that has no derivative", node)

    def _again(self, factor: Expr) -> Expr:
        """The factor for another place, where its own indices may meet themselves."""
        return self.copy.expr(factor, {})


def counted(binders: Binders) -> Expr:
    """How many members the binders have."""
    only = binders.items[0]
    if binders.where is None and len(binders.items) == 1 and isinstance(only.set, Name):
        return Call("card", (only.set,))
    return Reduce("count", binders)


def negation(condition: Expr) -> Expr:
    """What holds where the condition does not."""
    match condition:
        case Unary(op="not", operand=operand):
            return operand
        case Compare(operands=operands, ops=(op,)):
            return Compare(operands, (_OPPOSITE[op],))
    return Unary("not", condition)


_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
