"""Products and sums with no more signs, ones and parentheses than they need."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal, TypeAlias

from evdsl.ir.expr import Binary, Binders, Choice, Expr, Number, Reduce, Unary

Factor: TypeAlias = tuple[Literal["*", "/"], Expr]

Signed: TypeAlias = tuple[int, Expr]
"""A sign and what it stands before."""


def product(number: int | float, factors: Iterable[Factor], last: Expr | None) -> Expr:
    """`number * factors * last`, the factors in their order; a quotient begins with a factor."""
    rest = [*factors, *([("*", last)] if last is not None else [])]
    if number != 1:
        rest.insert(0, ("*", Number(number)))
    first = next((k for k, (op, _) in enumerate(rest) if op == "*"), None)
    whole: Expr = Number(1) if first is None else rest.pop(first)[1]
    for op, factor in rest:
        whole = Binary(op, whole, factor)
    return whole


def added(terms: Iterable[Signed]) -> Expr:
    """The sum of the terms; 0 where there is none."""
    whole: Expr | None = None
    for sign, value in terms:
        if whole is None:
            whole = value if sign > 0 else minus(value)
        else:
            whole = Binary("+" if sign > 0 else "-", whole, value)
    return Number(0) if whole is None else whole


def summed(binders: Binders, value: Expr) -> Expr:
    """The sum over the binders; without any the value, or 0 where their condition fails."""
    if binders.items:
        return Reduce("sum", binders, value)
    return value if binders.where is None else Choice(binders.where, value, Number(0))


def minus(value: Expr) -> Expr:
    """`-a * b` for a product, whose sign stands before its first factor."""
    if isinstance(value, Binary) and value.op in ("*", "/"):
        return Binary(value.op, minus(value.left), value.right)
    return Unary("-", value)


def gathered(
    number: int | float, factors: Iterable[Factor]
) -> tuple[int | float, tuple[Factor, ...]]:
    """The literal factors multiplied into the number, as far as that is exact in decimals."""
    kept: list[Factor] = []
    for op, factor in factors:
        value = _literal(factor)
        exact = None if value is None or op == "/" else _exact(number, value)
        if exact is None:
            kept.append((op, factor))
        else:
            number = exact
    return number, tuple(kept)


def _literal(factor: Expr) -> int | float | None:
    match factor:
        case Number(value=value, unit=None):
            return value
        case Unary(op="-", operand=Number(value=value, unit=None)):
            return -value
    return None


def _exact(one: int | float, other: int | float) -> int | float | None:
    whole = one * other
    exact = Decimal(repr(one)) * Decimal(repr(other))
    if not exact.is_finite() or exact != Decimal(repr(whole)):
        return None
    return int(whole) if whole == int(whole) else whole
