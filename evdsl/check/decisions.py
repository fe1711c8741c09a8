"""Which decision variables, multipliers and reports an expression holds, however it names them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evdsl.check.functions import FUNCTIONS
from evdsl.check.refs import Ref, Resolver
from evdsl.check.symbols import Symbol
from evdsl.ir.expr import At, Call, Choice, Comprehension, Expr, In, Member, Name, Reduce
from evdsl.ir.model import Block, Constraint, Definition, Objective, Report, Var
from evdsl.ir.walk import children


@dataclass(frozen=True, eq=False)
class Decision:
    """A variable, a multiplier (`dual`) or a report, and the piece of the expression it is in.

    `through` is the `expr` or objective that was named in its stead.
    """

    node: Expr
    symbol: Symbol
    dual: bool = False
    through: Symbol | None = None


class Decisions:
    """Finds decisions; what a reference decided is data outside of it."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._inside: dict[Symbol, tuple[Decision, ...]] = {}

    def of(self, expression: Expr, block: Block | None) -> Iterator[Decision]:
        """The decisions in the value of an expression; its conditions and indices are left out."""
        match expression:
            case Name() | Member() | At():
                ref = self.resolver.resolve(expression, block)
                if ref is not None:
                    yield from self.of_ref(ref, expression, block)
                if isinstance(expression, At) and expression.otherwise is not None:
                    yield from self.of(expression.otherwise, block)
            case Reduce():
                if expression.body is not None:
                    yield from self.of(expression.body, block)
            case Choice():
                yield from self.of(expression.taken, block)
                yield from self.of(expression.other, block)
            case Call(function=name) if name not in FUNCTIONS or FUNCTIONS[name].takes != "number":
                return
            case Comprehension() | In():
                return
            case _:
                for child in children(expression):
                    if isinstance(child, Expr):
                        yield from self.of(child, block)

    def of_ref(self, ref: Ref, node: Expr, block: Block | None) -> Iterator[Decision]:
        """The decisions that a single reference stands for."""
        symbol = ref.symbol
        if ref.stray is not None or (symbol.in_reference and symbol.block is not block):
            return
        match symbol.node:
            case Report():
                yield Decision(node, symbol)
            case Var():
                yield Decision(node, symbol, "dual" in ref.path)
            case Constraint():
                yield Decision(node, symbol, True)
            case Definition() | Objective():
                for inner in self._expanded(symbol):
                    yield Decision(node, inner.symbol, inner.dual, symbol)

    def _expanded(self, symbol: Symbol) -> tuple[Decision, ...]:
        if symbol not in self._inside:
            self._inside[symbol] = ()  # what needs itself is reported as a cycle
            assert isinstance(symbol.node, Definition | Objective)
            self._inside[symbol] = tuple(self.of(symbol.node.value, symbol.block))
        return self._inside[symbol]

    def any(self, expression: Expr, block: Block | None) -> bool:
        return next(self.of(expression, block), None) is not None
