"""Headers, units and expressions: from the rules of `evm.lark` to nodes of the IR.

Each method receives its rule's children by position, tokens included, and returns a node with the
span from its first child to its last. What the grammar lets through although the language does
not (a `count` with a body, a unit of numbers) is reported here.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, TypeAlias, cast

from evdsl import ir
from evdsl.source.diagnostic import Diagnostic
from evdsl.source.text import Source, Span
from evdsl.syntax.lalr import Token

Child: TypeAlias = Any  # a Token, a Node, None for an absent part, or a tuple of those
Children: TypeAlias = list[Child]


class ExprBuilder:
    """The callbacks below the declarations; spans refer to `source`."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []
        self.calls: dict[int, ir.Call] = {}  # by where they start

    # ---- helpers ------------------------------------------------------------
    def span(self, first: Child, last: Child) -> Span:
        return Span(self.source, _start(first), _end(last))

    def over(self, children: Children) -> Span:
        return self.span(children[0], children[-1])

    def refuse(self, code: str, message: str, span: Span, help: str, label: str = "") -> None:
        self.diagnostics.append(Diagnostic(code, message, span, label, help))

    def behind(self, children: Children) -> Child:
        """What stands behind the word or sign that introduces it."""
        return children[1]

    def absent(self, children: Children) -> None:
        return None

    def no_note(self, children: Children) -> str:
        return ""

    def note(self, children: Children) -> str:
        return unquoted(children[0])

    # ---- headers ------------------------------------------------------------
    def short_head(self, children: Children) -> ir.Binders:
        names = children[1:-1:2]
        items = tuple(
            ir.Binder(
                (), ir.Name(str(name), span=self.span(name, name)), span=self.span(name, name)
            )
            for name in names
        )
        return ir.Binders(items, span=self.span(names[0], names[-1]))

    def binders(self, children: Children) -> ir.Binders:
        *parts, where = children
        last = parts[-1] if where is None else where
        return ir.Binders(tuple(parts[::2]), where, span=self.span(parts[0], last))

    def binder(self, children: Children) -> ir.Binder:
        name, _, of = children
        return ir.Binder((str(name),), of, span=self.over(children))

    def tuple_binder(self, children: Children) -> ir.Binder:
        names = children[1:-3:2]
        return ir.Binder(tuple(map(str, names)), children[-1], span=self.over(children))

    def domain(self, children: Children) -> ir.Domain:
        return ir.Domain(cast(ir.DomainKind, str(children[0])), span=self.over(children))

    def bounded(self, children: Children) -> ir.Domain:
        kind: ir.DomainKind = "integer" if len(children) == 2 else "real"
        return ir.Domain(kind, children[-1], span=self.over(children))

    def interval(self, children: Children) -> ir.Interval:
        _, opening, lower, _, upper, closing = children
        return ir.Interval(lower, upper, span=self.span(opening, closing))

    def map_literal(self, children: Children) -> ir.MapLiteral:
        return ir.MapLiteral(tuple(children[1::2]), span=self.over(children))

    def entry(self, children: Children) -> tuple[int | str, ir.Expr]:
        (key, _), _, value = children
        return key, value

    # ---- units --------------------------------------------------------------
    def unit_product(self, children: Children) -> ir.Unit:
        unit: ir.Unit = children[0]
        return unit

    def unit_times(self, children: Children) -> ir.Unit:
        left, _, right = children
        return ir.Unit(left.factors + right.factors, span=self.over(children))

    def unit_over(self, children: Children) -> ir.Unit:
        left, _, right = children
        return ir.Unit(left.factors + _powers(right, -1), span=self.over(children))

    def unit_raised(self, children: Children) -> ir.Unit:
        base, *_, number = children
        if not number.isdigit():
            self.refuse(
                "E0112",
                "the power in a unit is a whole number",
                self.span(number, number),
                "write a power such as `kW^2` or `h^-1`",
            )
            return ir.Unit(base.factors, span=self.over(children))
        power = -int(number) if len(children) == 4 else int(number)
        return ir.Unit(_powers(base, power), span=self.over(children))

    def unit_atom(self, children: Children) -> ir.Unit:
        (token,) = children
        if token.type != "NUMBER":
            return ir.Unit(((str(token), 1),), span=self.over(children))
        if token != "1":
            self.refuse(
                "E0112",
                f"`{token}` is no unit",
                self.span(token, token),
                "a unit is a product of names such as `EUR/MWh`; put factors into the value",
            )
        return ir.Unit((), span=self.over(children))

    def unit_group(self, children: Children) -> ir.Unit:
        unit: ir.Unit = replace(children[1], span=self.over(children))
        return unit

    # ---- expressions --------------------------------------------------------
    def choice(self, children: Children) -> ir.Choice:
        _, condition, _, taken, _, other = children
        return ir.Choice(condition, taken, other, span=self.over(children))

    def binary(self, children: Children) -> ir.Binary:
        left, op, right = children
        return ir.Binary(str(op), left, right, span=self.over(children))

    def unary(self, children: Children) -> ir.Unary:
        op, operand = children
        return ir.Unary(str(op), operand, span=self.over(children))

    def compare(self, children: Children) -> ir.Compare:
        ops = tuple(map(str, children[1::2]))
        return ir.Compare(tuple(children[::2]), ops, span=self.over(children))

    def member_of(self, children: Children) -> ir.In:
        element, _, of = children
        return ir.In(element, of, span=self.over(children))

    def steps(self, children: Children) -> ir.Range:
        low, _, high = children
        return ir.Range(low, high, span=self.over(children))

    def number(self, children: Children) -> ir.Number:
        token = children[0]
        unit = children[2] if len(children) == 4 else None
        value: int | float = int(token) if token.isdigit() else float(token)
        if math.isinf(value):
            self.refuse(
                "E0113",
                f"`{token}` is too large",
                self.span(token, token),
                "write `inf` for no limit",
            )
        return ir.Number(value, unit, span=self.over(children))

    def name(self, children: Children) -> ir.Name:
        return ir.Name(str(children[0]), span=self.over(children))

    def text(self, children: Children) -> ir.Text:
        return ir.Text(unquoted(children[0]), span=self.over(children))

    def infinity(self, children: Children) -> ir.Number:
        return ir.Number(math.inf, span=self.over(children))

    def truth(self, children: Children) -> ir.Truth:
        return ir.Truth(children[0] == "true", span=self.over(children))

    def group(self, children: Children) -> ir.Expr:
        inner: ir.Expr = replace(children[1], span=self.over(children))
        return inner

    def tuple_of(self, children: Children) -> ir.Tuple:
        return ir.Tuple(tuple(children[1::2]), span=self.over(children))

    def subscript(self, children: Children) -> ir.At:
        base, _, *index, otherwise, _ = children
        return ir.At(base, tuple(index[::2]), otherwise, span=self.over(children))

    def member(self, children: Children) -> ir.Member:
        base, name = children
        return ir.Member(base, str(name[1:]), span=self.over(children))

    def table_columns(self, children: Children) -> ir.Columns:
        base, _, *names, _ = children
        return ir.Columns(base, tuple(map(str, names[::2])), span=self.over(children))

    def call(self, children: Children) -> ir.Call:
        name, _, *arguments, _ = children
        call = ir.Call(str(name), tuple(arguments[::2]), span=self.over(children))
        self.calls[_start(call)] = call
        return call

    def count(self, children: Children) -> ir.Reduce:
        name, _, binders, _ = children
        if name != "count":
            self.refuse(
                "E0124",
                f"`{name}` has no body",
                self.over(children),
                f"write what it runs over in parentheses: `{name}{{{binders.span.text}}}(...)`",
            )
        return ir.Reduce(str(name), binders, span=self.over(children))

    def reduce(self, children: Children) -> ir.Reduce:
        name, _, binders, _, opening, body, closing = children
        if name == "count":
            self.refuse(
                "E0137",
                "`count` has no body",
                self.span(opening, closing),
                f"write `count{{{binders.span.text}}}`",
            )
            return ir.Reduce("count", binders, span=self.over(children))
        return ir.Reduce(str(name), binders, body, span=self.over(children))

    def set_literal(self, children: Children) -> ir.SetLiteral:
        elements = tuple(value for value, _ in children[1:-1:2])
        return ir.SetLiteral(elements, span=self.over(children))

    def comprehension(self, children: Children) -> ir.Comprehension:
        return ir.Comprehension(children[1], span=self.over(children))

    def constant(self, children: Children) -> tuple[int | str, Span]:
        span = self.over(children)
        token = children[-1]
        if token.type == "STRING":
            return unquoted(token), span
        if not token.isdigit():
            self.refuse(
                "E0114",
                f"`{span.text}` cannot be an element of a set",
                span,
                f'elements are whole numbers or texts: write `"{span.text}"`',
            )
            return span.text, span
        return (-int(token) if len(children) == 2 else int(token)), span


def unquoted(token: str) -> str:
    """The text of a STRING token; a quote inside is written twice."""
    return str(token[1:-1]).replace('""', '"')


def _start(child: Child) -> int:
    return child.start if isinstance(child, Token) else int(child.span.start)


def _end(child: Child) -> int:
    return child.end if isinstance(child, Token) else int(child.span.end)


def _powers(unit: ir.Unit, power: int) -> tuple[tuple[str, int], ...]:
    return tuple((name, exponent * power) for name, exponent in unit.factors)
