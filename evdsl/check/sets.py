"""Which root set each set, family index and mapping belongs to, worked out without complaint.

What is wrong or unknown comes out as `ANY`, which fits everywhere; `evdsl.check.values` reports it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Lookup
from dataclasses import replace

from evdsl.check.functions import CALENDAR
from evdsl.check.kinds import ANY, NUMBER, Dims, Element, ElementKind, Kind, Literals, Root, SetOf
from evdsl.check.symbols import MadeSet, Symbol, Symbols
from evdsl.ir.expr import (
    At,
    Binary,
    Binder,
    Binders,
    Call,
    Choice,
    Columns,
    Comprehension,
    Expr,
    Member,
    Name,
    Number,
    Range,
    SetLiteral,
    Text,
    Unary,
)
from evdsl.ir.model import Mapping, Set, Table

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_WHOLE = {"pos", "card", "floor", "ceil", "round", *CALENDAR} - {"date", "step"}


class Sets:
    """Looks up sets by symbol and works out what the elements of set expressions are."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self._known: dict[Symbol, SetOf | None] = {}
        self._dims: dict[Symbol, Dims] = {}
        self._columns = self._declared_columns()

    def _declared_columns(self) -> dict[tuple[str, str], list[str]]:
        """The sets that come whole from each table column."""
        found: dict[tuple[str, str], list[str]] = {}
        for symbol in self.symbols.top.values():
            if isinstance(symbol.node, Set):
                column = table_column(symbol.node.value, self.symbols)
                if column is not None:
                    found.setdefault(column, []).append(symbol.name)
        return found

    def of_symbol(self, symbol: Symbol) -> SetOf | None:
        """The set that a symbol names; None where it names none, or none that can be made out."""
        if symbol not in self._known:
            self._known[symbol] = None  # a set that needs itself is reported as a cycle
            if isinstance(symbol.node, Set):
                self._known[symbol] = self._declared(symbol.node)
            elif isinstance(symbol.node, MadeSet):
                self._known[symbol] = self._made(symbol.node)
        return self._known[symbol]

    def dims(self, symbol: Symbol) -> Dims:
        """What the indices of a family, block or mapping are.

        A name that the block has bound already filters a tuple and is no index of its own.
        """
        if symbol not in self._dims:
            self._dims[symbol] = ()
            outer = symbol.block.binders if symbol.block is not None else None
            names = {name: ANY for b in (outer.items if outer else ()) for name in b.names}
            self._dims[symbol] = tuple(self.bound(symbol.binders, names))
        return self._dims[symbol]

    def target(self, mapping: Mapping) -> SetOf | None:
        symbol = self.symbols.top.get(mapping.target)
        return self.of_symbol(symbol) if symbol is not None else None

    def bound(self, binders: Binders | None, names: Lookup[str, Kind] | None = None) -> list[Kind]:
        """The kinds of the names that binders add, in order."""
        known = dict(names or {})
        added: list[Kind] = []
        for binder in binders.items if binders is not None else ():
            found = self.of(binder.set, known)
            count = len(binder.names) or (len(found.dims) if found is not None else 1)
            fits = found is not None and len(found.dims) == count
            dims = found.dims if found is not None and fits else (ANY,) * count
            for name, kind in zip(binder.names or ("",) * count, dims, strict=True):
                if name not in known:
                    added.append(kind)
                if name:
                    known[name] = kind
        return added

    def of(self, expression: Expr, names: Lookup[str, Kind] | None = None) -> SetOf | None:
        """The set that an expression in the place of a set is."""
        column = table_column(expression, self.symbols)
        if column is not None:
            return self._column(column)
        match expression:
            case Name(name=name):
                symbol = self.symbols.top.get(name)
                return self.of_symbol(symbol) if symbol is not None else None
            case Range():
                return SetOf((NUMBER,), "whole numbers")
            case SetLiteral():
                kind = _literal_root("", expression)
                root = replace(kind, name=f"{{{', '.join(map(str, expression.elements))}}}")
                return SetOf((Element(replace(root, anonymous=True), root.name),), root.name)
            case Columns():
                return self._tuples(expression, None)
            case Comprehension():
                dims = tuple(self.bound(expression.binders, names))
                return SetOf(dims, set_names(expression)) if dims else None
            case Binary(op="union" | "minus"):
                return self.of(expression.left, names) or self.of(expression.right, names)
        return None

    def _declared(self, node: Set) -> SetOf | None:
        """A declared set: a root of its own, unless it is made of other declared sets."""
        name, value = node.name, node.value
        column = table_column(value, self.symbols)
        if column is not None:
            return _single(Root(name, None, node.cyclic, column[1]))
        match value:
            case Range():
                members = _constant_range(value)
                return _single(Root(name, "whole", node.cyclic, None, members))
            case SetLiteral():
                return _single(replace(_literal_root(name, value), cyclic=node.cyclic))
            case Columns():
                return self._tuples(value, name)
        if self._is_root(value):
            found = self.of(value)
            kind = found.dims[0] if found is not None else NUMBER
            if not isinstance(kind, Element):
                return _single(Root(name, "whole", node.cyclic))
            return _single(Root(name, kind.root.kind, node.cyclic, kind.root.column))
        found = self.of(value)
        if found is None:
            return None
        dims = tuple(replace(d, over=name) if isinstance(d, Element) else d for d in found.dims)
        return SetOf(dims, name)

    def _is_root(self, value: Expr) -> bool:
        """Whether a set has elements of its own rather than those of declared sets."""
        match value:
            case Range() | SetLiteral():
                return True
            case Comprehension(binders=Binders(items=(Binder(names=(_,), set=inner),))):
                return self._is_root(inner)
            case Binary(left=left, right=right):
                return self._is_root(left) and self._is_root(right)
        return table_column(value, self.symbols) is not None

    def _made(self, node: MadeSet) -> SetOf:
        value = node.mapping.value
        kind, column = self._value_kind(value), table_column(value, self.symbols)
        return _single(Root(node.name, kind, column=column[1] if column else None))

    def _value_kind(self, value: Expr) -> ElementKind | None:
        """What kind of elements the values of a mapping make."""
        match value:
            case Number() | Binary() | Unary(op="-"):
                return "whole"
            case Text():
                return "text"
            case Choice():
                return self._value_kind(value.taken) or self._value_kind(value.other)
            case Call(function=name) if name in _WHOLE:
                return "whole"
            case Call(function=name):
                symbol = self.symbols.top.get(name)
                if symbol is not None and isinstance(symbol.node, Mapping):
                    found = self.target(symbol.node)
                    first = found.dims[0] if found is not None else ANY
                    return first.root.kind if isinstance(first, Element) else None
        return None

    def _column(self, column: tuple[str, str]) -> SetOf:
        """A table column in the place of a set: the declared set that it is, or one of its own."""
        declared = self._columns.get(column, [])
        if len(declared) == 1:
            name = declared[0]
            return _single(Root(name, None, self._is_cyclic(name), column[1]))
        name = f"{column[0]}.{column[1]}"
        root = Root(name, None, column=column[1], anonymous=True)
        return SetOf((Element(root, name),), name)

    def _is_cyclic(self, name: str) -> bool:
        node = self.symbols.top[name].node
        return isinstance(node, Set) and node.cyclic

    def _tuples(self, value: Columns, name: str | None) -> SetOf:
        """Columns of a table: each takes the root of the one set from a column of its name."""
        called = name or f"{getattr(value.base, 'name', '')}.({', '.join(value.names)})"
        dims: list[Kind] = []
        for column in value.names:
            sets = [s for (_, c), found in self._columns.items() if c == column for s in found]
            if len(sets) == 1:
                root = Root(sets[0], None, self._is_cyclic(sets[0]), column)
            else:
                root = Root(f"{called}.{column}", None, column=column)
            dims.append(Element(root, root.name))
        return SetOf(tuple(dims), called)


def table_column(expression: Expr, symbols: Symbols) -> tuple[str, str] | None:
    """Table and column of `fleet.vehicle` or `fleet["vehicle id"]`."""
    match expression:
        case Member(base=Name(name=table), name=column):
            pass
        case At(base=Name(name=table), index=(Text(value=column),)):
            pass
        case _:
            return None
    symbol = symbols.top.get(table)
    return (table, column) if symbol is not None and isinstance(symbol.node, Table) else None


def set_names(comprehension: Comprehension) -> str:
    """`V, T` for `{v in V, t in T : ...}`: what a set written in place is called in messages."""
    names = (b.set.name if isinstance(b.set, Name) else "..." for b in comprehension.binders.items)
    return ", ".join(names)


def constant(expression: Expr) -> int | float | None:
    """The value of arithmetic over literals; None where something else takes part."""
    match expression:
        case Number(value=value):
            return value
        case Unary(op="-", operand=operand):
            inner = constant(operand)
            return -inner if inner is not None else None
        case Binary(op="+" | "-" | "*", left=left, right=right):
            a, b = constant(left), constant(right)
            if a is None or b is None:
                return None
            return a + b if expression.op == "+" else a - b if expression.op == "-" else a * b
    return None


def _single(root: Root) -> SetOf:
    return SetOf((Element(root, root.name),), root.name)


def _literal_root(name: str, value: SetLiteral) -> Root:
    texts = [element for element in value.elements if isinstance(element, str)]
    if texts and all(_DAY.match(text) for text in texts):
        return Root(name)
    return Root(name, "text" if texts else "whole", members=value.elements)


def _constant_range(value: Range) -> Literals | None:
    low, high = constant(value.low), constant(value.high)
    if isinstance(low, int) and isinstance(high, int):
        return range(low, high + 1)
    return None
