"""Checks sets and the names that binders add."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from evdsl.check.env import Env
from evdsl.check.findings import counted, listed, shown
from evdsl.check.kinds import ANY, Element, Kind, SetOf, both_fresh, same_set
from evdsl.check.sets import table_column
from evdsl.check.symbols import MadeSet, report_reserved
from evdsl.ir.expr import (
    Binary,
    Binder,
    Binders,
    Columns,
    Comprehension,
    Expr,
    Name,
    Range,
    SetLiteral,
)
from evdsl.ir.model import Set, Table
from evdsl.source.suggest import closest
from evdsl.source.text import Span

if TYPE_CHECKING:
    from evdsl.check.values import Values


class Binding:
    """The part of the check that deals with sets."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.findings = values.findings
        self.sets = values.sets
        self.symbols = values.symbols

    def bind(self, binders: Binders | None, env: Env) -> Env:
        """The place behind some binders, where their names are bound and their condition holds."""
        if binders is None:
            return env
        fresh: set[str] = set()
        for binder in binders.items:
            env = self._binder(binder, env, fresh)
        if binders.where is not None:
            self.values.truth(binders.where, env)
        return env.guard(binders.where)

    def _binder(self, binder: Binder, env: Env, fresh: set[str]) -> Env:
        found = self.set(binder.set, env)
        dims: tuple[Kind, ...] = found.dims if found is not None else (ANY,) * len(binder.names)
        if binder.names and len(binder.names) != len(dims):
            assert found is not None
            self.wrong_arity(binder, len(binder.names), found)
            dims = (ANY,) * len(binder.names)
        for name, kind in zip(binder.names, dims, strict=False):
            old = env.bound.get(name)
            if old is not None and len(binder.names) > 1:
                self._filters(binder, name, old, kind)
                continue
            if old is not None:
                twice = "twice in one header" if name in fresh else "already"
                self.findings.add(
                    "E0203",
                    f"`{name}` is bound {twice}",
                    _name_in(binder, name),
                    label="hides the other one",
                    help="give one of the two another name",
                )
            else:
                self._new_name(binder, name, env)
            fresh.add(name)
            env = env.bind(name, kind)
        return env

    def _new_name(self, binder: Binder, name: str, env: Env) -> None:
        report_reserved(name, _name_in(binder, name), self.findings)
        symbol = self.symbols.visible(name, env.block)
        if symbol is not None:
            self.findings.add(
                "E0203",
                f"the index `{name}` hides the {symbol.word} of the same name",
                _name_in(binder, name),
                label="hides the declared one",
                help="give the index another name",
                related=((symbol.node, "declared here"),),
            )

    def _filters(self, binder: Binder, name: str, old: Kind, kind: Kind) -> None:
        """A name of a tuple that is bound already filters, so it must be of the same set."""
        if isinstance(old, Element) and isinstance(kind, Element) and not same_set(old, kind):
            self.findings.add(
                "E0215",
                f"`{name}` is an element of {old.over} here, and this component of "
                f"`{shown(binder.set)}` of {kind.over}",
                binder,
                label="elements of different sets are not compared",
            )

    def wrong_arity(self, node: Expr | Binder, given: int, found: SetOf) -> None:
        size = len(found.dims)
        holds = "single elements" if size == 1 else f"tuples of {size}"
        letters = ("a", "b", "c", "d", "e", "f", "g", "h")
        pattern = f"({', '.join(letters[:size])})" if size > 1 else "a"
        self.findings.add(
            "E0222",
            f"`{found.name}` holds {holds}, and {counted(given, 'name')} "
            f"{'stands' if given == 1 else 'stand'} before `in`",
            node,
            help=f"write `{pattern} in {found.name}`" if found.name.isidentifier() else None,
        )

    def set(self, expression: Expr, env: Env) -> SetOf | None:
        """Checks an expression in the place of a set; None where it is none."""
        column = table_column(expression, self.symbols)
        if column is not None:
            self.values.used.add(self.symbols.top[column[0]])
            return self.sets.of(expression)
        match expression:
            case Name():
                return self._named(expression, env)
            case Range():
                self.values.number(expression.low, env)
                self.values.number(expression.high, env)
            case SetLiteral():
                self._literal(expression)
            case Columns():
                return self._columns(expression, env)
            case Comprehension():
                self.bind(expression.binders, env)
            case Binary(op="union" | "minus"):
                return self._joined(expression, env)
            case _:
                self.findings.add(
                    "E0220",
                    f"a set is needed here, and `{shown(expression)}` is none",
                    expression,
                    help=self._set_behind(expression, env),
                )
                return None
        return self.sets.of(expression, env.bound)

    def _set_behind(self, expression: Expr, env: Env) -> str | None:
        """`t in t`: the set that the bound name runs over was probably meant."""
        kind = env.bound.get(expression.name) if isinstance(expression, Name) else None
        return f"write `{kind.over}`" if isinstance(kind, Element) else None

    def _named(self, expression: Name, env: Env) -> SetOf | None:
        name = expression.name
        symbol = self.symbols.visible(name, env.block)
        if symbol is not None and isinstance(symbol.node, Set | MadeSet):
            self.values.used.add(symbol)
            return self.sets.of_symbol(symbol)
        if symbol is not None or name in env.bound:
            word = symbol.word if symbol is not None else "index"
            help = self._set_behind(expression, env)
            if symbol is not None and isinstance(symbol.node, Table):
                self.values.used.add(symbol)
                help = f"a column of it is a set: `{name}.{symbol.node.index[0]}`"
            elif symbol is not None and symbol.word == "mapping":
                help = f"the set that it leads to is `{getattr(symbol.node, 'target', '')}`"
            message = f"a set is needed here, and `{name}` is {_article(word)} {word}"
            self.findings.add("E0220", message, expression, help=help)
            return None
        known = [s.name for s in self.symbols.top.values() if isinstance(s.node, Set | MadeSet)]
        near = closest(name, known)
        self.findings.add(
            "E0201",
            f"there is no set `{name}`",
            expression,
            label="not declared",
            help=f"did you mean `{near}`?" if near else None,
            once=name,
        )
        return None

    def _literal(self, expression: SetLiteral) -> None:
        elements = expression.elements
        if len({isinstance(element, str) for element in elements}) > 1:
            message = "a set holds texts or whole numbers, not both"
            self.findings.add("E0220", message, expression)
        twice = sorted({str(element) for element in elements if elements.count(element) > 1})
        if twice:
            self.findings.add("E0220", f"{listed(twice)} stands twice in this set", expression)

    def _columns(self, expression: Columns, env: Env) -> SetOf | None:
        base = expression.base
        symbol = self.symbols.visible(base.name, env.block) if isinstance(base, Name) else None
        if symbol is not None and isinstance(symbol.node, Table):
            self.values.used.add(symbol)
            return self.sets.of(expression)
        if isinstance(base, Name) and symbol is None:
            self.values.references.unknown(base, env)
        else:
            what = f"a {symbol.word}" if symbol is not None else "none"
            message = f"only a table has columns, and `{shown(base)}` is {what}"
            self.findings.add("E0209", message, expression)
        return None

    def _joined(self, expression: Binary, env: Env) -> SetOf | None:
        """`union` and `minus`: both sides are over the same root sets, or neither has one yet."""
        left, right = self.set(expression.left, env), self.set(expression.right, env)
        if left is None or right is None:
            return left or right
        same = len(left.dims) == len(right.dims) and all(
            same_set(a, b) or both_fresh(a, b)
            if isinstance(a, Element) and isinstance(b, Element)
            else True
            for a, b in zip(left.dims, right.dims, strict=True)
        )
        if not same:
            self.findings.add(
                "E0220",
                f"`{expression.op}` joins subsets of one set, and {left.name} and {right.name} "
                "are different sets",
                expression,
            )
        return self.sets.of(expression, env.bound)


def _name_in(binder: Binder, name: str) -> Name:
    """One name of a binder, at its own piece of the text."""
    span = binder.span
    found = re.search(rf"\b{re.escape(name)}\b", span.text) if span is not None else None
    if span is None or found is None:
        return Name(name, span=span)
    start = span.start + found.start()
    return Name(name, span=Span(span.source, start, start + len(name)))


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"
