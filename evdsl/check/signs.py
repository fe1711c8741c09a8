"""Between which numbers an expression lies, as far as declared ranges prove it."""

from __future__ import annotations

import math
from typing import TypeAlias

from evdsl.check.refs import Resolver
from evdsl.check.symbols import Symbol
from evdsl.ir.expr import (
    At,
    Binary,
    Call,
    Choice,
    Expr,
    MapLiteral,
    Member,
    Name,
    Number,
    Reduce,
    Unary,
)
from evdsl.ir.model import Block, Definition, Interval, Objective, Param, Var

Span: TypeAlias = tuple[float, float]

ANYTHING: Span = (-math.inf, math.inf)
_NOT_NEGATIVE: Span = (0.0, math.inf)
_CALENDAR: dict[str, Span] = {
    "hour": (0, 23),
    "minute": (0, 59),
    "weekday": (0, 6),
    "month": (1, 12),
    "week": (1, 53),
}


class Signs:
    """Interval arithmetic over declared ranges and domains.

    A scalar parameter without a range proves nothing, for it may be replaced from outside.
    """

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._known: dict[Symbol, Span] = {}

    def sign(self, expression: Expr, block: Block | None) -> int | None:
        """1 where it is never negative, -1 where it is never positive, None where unknown."""
        low, high = self.span(expression, block)
        return 1 if low >= 0 else -1 if high <= 0 else None

    def span(self, expression: Expr, block: Block | None) -> Span:
        """The least and the greatest value that the expression can have."""
        match expression:
            case Number(value=value):
                return value, value
            case Name() | Member() | At():
                ref = self.resolver.resolve(expression, block)
                plain = ref is not None and ref.stray is None and not ref.path
                found = self._of_symbol(ref.symbol) if ref is not None and plain else ANYTHING
                if isinstance(expression, At) and expression.otherwise is not None:
                    return _hull(found, self.span(expression.otherwise, block))
                return found
            case Unary(op="-", operand=operand):
                return _minus(self.span(operand, block))
            case Binary():
                return self._binary(expression, block)
            case Choice():
                return _hull(self.span(expression.taken, block), self.span(expression.other, block))
            case Reduce():
                return self._reduce(expression, block)
            case Call():
                return self._call(expression, block)
        return ANYTHING

    def _of_symbol(self, symbol: Symbol) -> Span:
        if symbol not in self._known:
            self._known[symbol] = ANYTHING  # what needs itself is reported as a cycle
            self._known[symbol] = self._declared(symbol)
        return self._known[symbol]

    def _declared(self, symbol: Symbol) -> Span:
        match symbol.node:
            case Param() as param:
                return self._param(param)
            case Var(domain=domain):
                if domain.kind == "binary":
                    return 0.0, 1.0
                return self._interval(domain.bounds, symbol.block)
            case Definition(value=value) | Objective(value=value):
                return self.span(value, symbol.block)
        return ANYTHING

    def _param(self, param: Param) -> Span:
        found = self._interval(param.range, None)
        if param.binders is None or param.value is None:
            return found
        values = [param.value]
        if isinstance(param.value, MapLiteral):
            values = [value for _, value in param.value.items]
        if param.default is not None:
            values.append(param.default)
        spans = [self.span(value, None) for value in values]
        low, high = min(low for low, _ in spans), max(high for _, high in spans)
        return max(low, found[0]), min(high, found[1])

    def _interval(self, interval: Interval | None, block: Block | None) -> Span:
        if interval is None:
            return ANYTHING
        return self.span(interval.lower, block)[0], self.span(interval.upper, block)[1]

    def _binary(self, node: Binary, block: Block | None) -> Span:
        left, right = self.span(node.left, block), self.span(node.right, block)
        match node.op:
            case "+":
                return left[0] + right[0], left[1] + right[1]
            case "-":
                return left[0] - right[1], left[1] - right[0]
            case "*":
                return _times(left, right)
            case "/" if right[0] > 0 or right[1] < 0:
                return _times(left, (_inverse(right[1]), _inverse(right[0])))
            case "/" if right[0] >= 0 or right[1] <= 0:  # a quotient by zero is an error of its own
                side = (0.0, math.inf) if right[0] >= 0 else (-math.inf, 0.0)
                return _times(left, side)
            case "^" if isinstance(node.right, Number) and node.right.value % 2 == 0:
                return _NOT_NEGATIVE
            case "^" if left[0] >= 0:
                return _NOT_NEGATIVE
            case "div" if left[0] >= 0 and right[0] >= 0:
                return _NOT_NEGATIVE
            case "mod" if right[0] >= 0:
                return 0.0, right[1]
        return ANYTHING

    def _reduce(self, node: Reduce, block: Block | None) -> Span:
        if node.body is None:
            return _NOT_NEGATIVE
        low, high = self.span(node.body, block)
        if node.function == "sum":
            return (0.0 if low >= 0 else -math.inf), (0.0 if high <= 0 else math.inf)
        return low, high

    def _call(self, node: Call, block: Block | None) -> Span:
        if node.function in _CALENDAR:
            return _CALENDAR[node.function]
        if node.function in ("sqrt", "exp", "card", "pos", "step", "year"):
            return _NOT_NEGATIVE
        spans = [self.span(argument, block) for argument in node.arguments]
        match node.function:
            case "abs":
                low, high = spans[0]
                least = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
                return least, max(abs(low), abs(high))
            case "min":
                return min(low for low, _ in spans), min(high for _, high in spans)
            case "max":
                return max(low for low, _ in spans), max(high for _, high in spans)
            case "floor" | "ceil" | "round":
                low, high = spans[0]
                return (low if math.isinf(low) else math.floor(low)), (
                    high if math.isinf(high) else math.ceil(high)
                )
        return ANYTHING


def _minus(span: Span) -> Span:
    return -span[1], -span[0]


def _hull(one: Span, other: Span) -> Span:
    return min(one[0], other[0]), max(one[1], other[1])


def _times(one: Span, other: Span) -> Span:
    ends = [0.0 if a == 0 or b == 0 else a * b for a in one for b in other]
    return min(ends), max(ends)


def _inverse(value: float) -> float:
    return 0.0 if math.isinf(value) else 1 / value
