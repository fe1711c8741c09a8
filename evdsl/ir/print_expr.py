"""Expressions, headers and units as tokens, with as few parentheses as the grammar needs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from evdsl.ir import words
from evdsl.ir.expr import (
    At,
    Binary,
    Binder,
    Binders,
    Call,
    Choice,
    Columns,
    Compare,
    Comprehension,
    Expr,
    In,
    MapLiteral,
    Member,
    Name,
    Number,
    Range,
    Reduce,
    SetLiteral,
    Text,
    Truth,
    Tuple,
    Unary,
    Unit,
)

# The rules of the grammar, the loosest first; what binds looser than wanted gets parentheses.
ANY, OR, AND, NOT, COMPARISON, SET, RANGE, SUM, TERM, FACTOR, POWER, OPERAND, ATOM = range(13)
LEVELS = {
    **{"or": OR, "and": AND, "union": SET, "minus": SET, "+": SUM, "-": SUM},
    **{"*": TERM, "/": TERM, "div": TERM, "mod": TERM, "^": POWER},
}

Tokens = list[str]


def expr_tokens(node: Expr, level: int = ANY) -> Tokens:
    """The tokens of an expression where the grammar wants one of at least this level."""
    tokens = _tokens(node)
    return tokens if _level(node) >= level else ["(", *tokens, ")"]


def binders_tokens(binders: Binders) -> Tokens:
    """`v in V, (a, b) in P : condition`."""
    tokens = separated(_binder(binder) for binder in binders.items)
    return tokens if binders.where is None else [*tokens, ":", *expr_tokens(binders.where)]


def index_tokens(binders: Binders | None) -> Tokens:
    """`[t in T]`, or nothing."""
    return [] if binders is None else ["[", *binders_tokens(binders), "]"]


def unit_text(unit: Unit) -> str:
    """`EUR/MWh`, `1/kW^2`, `EUR/(kW*h)`; `1` for no unit at all."""
    over = [[_power(name, -exponent)] for name, exponent in unit.factors if exponent < 0]
    if len(over) > 1 and unit.factors[-len(over) :] == tuple(f for f in unit.factors if f[1] < 0):
        upper = "*".join(_power(*factor) for factor in unit.factors[: -len(over)])
        return f"{upper or '1'}/({'*'.join(name for (name,) in over)})"
    written = ""
    for name, exponent in unit.factors:
        sign = ("/" if exponent < 0 else "*") if written else ("1/" if exponent < 0 else "")
        written += sign + _power(name, abs(exponent))
    return written or "1"


def constant_tokens(value: int | str) -> Tokens:
    if isinstance(value, str):
        return [words.text(value)]
    return ["-", words.number(value)] if value < 0 else [words.number(value)]


def separated(parts: Iterable[Tokens]) -> Tokens:
    """The parts with a comma between them."""
    return [token for part in parts for token in (",", *part)][1:]


def _power(name: str, exponent: int) -> str:
    unit = name if name == "%" else words.name(name)
    return unit if exponent == 1 else f"{unit}^{exponent}"


def _binder(binder: Binder) -> Tokens:
    names = [words.name(name) for name in binder.names]
    of = expr_tokens(binder.set, SET)
    if not names:
        return of
    if len(names) == 1:
        return [names[0], "in", *of]
    return ["(", *separated([name] for name in names), ")", "in", *of]


def _level(node: Expr) -> int:
    match node:
        case Choice():
            return ANY
        case Binary(op=op):
            return LEVELS[op]
        case Unary(op=op):
            return NOT if op == "not" else FACTOR
        case Compare() | In():
            return COMPARISON
        case Range():
            return RANGE
        case Number(value=value, unit=unit):
            if math.copysign(1, value) < 0:
                return FACTOR
            return OPERAND if unit is not None or not math.isinf(value) else ATOM
    return ATOM


def _tokens(node: Expr) -> Tokens:
    match node:
        case Number():
            return _number(node)
        case Text(value=value):
            return [words.text(value)]
        case Truth(value=value):
            return ["true" if value else "false"]
        case Name(name=name):
            return [words.name(name)]
        case Member(base=base, name=name):
            return [*expr_tokens(base, ATOM), words.member(name)]
        case Columns(base=base, names=names):
            listed = separated([words.name(name)] for name in names)
            return [*expr_tokens(base, ATOM), ".(", *listed, ")"]
        case At(base=base, index=index, otherwise=other):
            tail = [] if other is None else ["else", *expr_tokens(other)]
            inner = separated(expr_tokens(item, SUM) for item in index)
            return [*expr_tokens(base, ATOM), "[", *inner, *tail, "]"]
        case Call(function=function, arguments=arguments):
            return [words.name(function), *_parenthesised(arguments)]
        case Unary(op=op, operand=operand):
            return [op, *expr_tokens(operand, NOT if op == "not" else FACTOR)]
        case Binary():
            return _binary(node)
        case Compare(operands=(first, *others), ops=ops):
            pairs = zip(ops, others, strict=True)
            rest = [token for op, other in pairs for token in (op, *expr_tokens(other, SET))]
            return [*expr_tokens(first, SET), *rest]
        case In(element=element, set=of):
            return [*expr_tokens(element, SET), "in", *expr_tokens(of, SET)]
        case Tuple(items=items):
            return _parenthesised(items)
        case Choice(condition=condition, taken=taken, other=other):
            then = ["then", *expr_tokens(taken), "else", *expr_tokens(other)]
            return ["if", *expr_tokens(condition), *then]
        case Reduce(function=function, binders=binders, body=body):
            tail = [] if body is None else ["(", *expr_tokens(body), ")"]
            return [words.name(function), "{", *binders_tokens(binders), "}", *tail]
        case Range(low=low, high=high):
            return [*expr_tokens(low, SUM), "..", *expr_tokens(high, SUM)]
        case SetLiteral(elements=elements):
            return ["{", *separated(map(constant_tokens, elements)), "}"]
        case Comprehension(binders=binders):
            return ["{", *binders_tokens(binders), "}"]
        case MapLiteral(items=items):
            entries = ([*constant_tokens(key), ":", *expr_tokens(item)] for key, item in items)
            return ["{", *separated(entries), "}"]
    raise words.unwritable(f"`{type(node).__name__}` is no expression", "use the nodes of evdsl.ir")


def _number(node: Number) -> Tokens:
    sign = ["-"] if math.copysign(1, node.value) < 0 else []
    written = [*sign, words.number(node.value)]
    if node.unit is None:
        return written
    if math.isinf(node.value):
        raise words.unwritable("`inf` has no unit", "leave the unit out")
    return [*written, "[", unit_text(node.unit), "]"]


def _binary(node: Binary) -> Tokens:
    """A chain of operators of one level, leaning to the left (`^` to the right)."""
    level = LEVELS[node.op]
    if node.op == "^":
        return [*expr_tokens(node.left, OPERAND), "^", *expr_tokens(node.right, FACTOR)]
    parts: list[Any] = []
    first: Expr = node
    while isinstance(first, Binary) and first.op != "^" and LEVELS[first.op] == level:
        parts.append([first.op, *expr_tokens(first.right, level + 1)])
        first = first.left
    return [*expr_tokens(first, level), *(token for part in reversed(parts) for token in part)]


def _parenthesised(items: Iterable[Expr]) -> Tokens:
    return ["(", *separated(expr_tokens(item) for item in items), ")"]
