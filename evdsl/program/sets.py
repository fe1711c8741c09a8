"""Sets: from their expressions to elements in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evdsl.ir import model as ir
from evdsl.ir.expr import (
    At,
    Binary,
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
from evdsl.program.convert import Value, codes_or_off, fail
from evdsl.program.frame import Element, Frame, SetValue, root
from evdsl.program.keys import Codes, ElementKind, Elements, Keys
from evdsl.program.locate import Locator
from evdsl.program.tables import bare_column, distinct, same_kind, used_at

if TYPE_CHECKING:
    from evdsl.program.world import World


class SetBuilder:
    """Makes the sets of a world. Anonymous sets are made once for each way of writing them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._anonymous: dict[Expr, SetValue] = {}

    def named(self, name: str) -> SetValue:
        declaration = self.world.declared.get(name)
        if isinstance(declaration, ir.Set):
            return self._declared(declaration)
        mapping = self.world.implied_sets[name]
        return root(self.world.mapping(mapping.name).target)

    def _declared(self, declaration: ir.Set) -> SetValue:
        value = declaration.value
        members = self.value(value, Frame(), declaration.name)
        if not self._is_root(value):
            dims = {dim.name: dim for dim in members.dims}
            if declaration.cyclic:
                outer = ", ".join(dims)
                message = f"`{declaration.name}` is a subset of `{outer}`"
                fail("E0423", f"only a root set can be cyclic, and {message}", declaration)
            return SetValue(declaration.name, members.dims, members.codes, members.names)
        old = members.dims[0]
        elements = Elements(
            declaration.name,
            old.kind,
            old.values[members.codes[0]],
            declaration.cyclic,
            old.column,
            old.timezone,
            old.aware,
        )
        return root(elements)

    def _is_root(self, value: Expr) -> bool:
        """Whether a declared set has elements of its own, rather than those of other sets."""
        match value:
            case Name() | Columns():
                return False
            case Comprehension(binders=binders):
                single = len(binders.items) == 1 and len(binders.items[0].names) == 1
                return single and self._is_root(binders.items[0].set)
            case Binary(left=left, right=right):
                return self._is_root(left) and (self._is_root(right))
            case _:
                return True

    def value(self, expression: Expr, frame: Frame, name: str = "") -> SetValue:
        match expression:
            case Name(name=known) if self.world.is_set(known):
                return self.world.set(known)
            case Comprehension():
                return self._comprehension(expression, frame)
            case Binary(op="union" | "minus"):
                return self._combine(expression, frame)
            case Range() | SetLiteral() | Member() | Columns() | At():
                if expression not in self._anonymous:
                    self._anonymous[expression] = self._make(expression)
                return self._anonymous[expression]
            case _:
                fail("E0423", "a set is needed here", expression)

    def _make(self, expression: Expr) -> SetValue:
        match expression:
            case Range(low=low, high=high):
                first, last = self._whole(low), self._whole(high)
                return root(Elements(_shown(expression), "whole", np.arange(first, last + 1)))
            case SetLiteral(elements=items):
                return root(_literal(items, expression))
            case Member(base=Name(name=table), name=column):
                return self._column(table, column, expression)
            case At(base=Name(name=table), index=(Text(value=column),)):
                return self._column(table, column, expression)
            case Columns(base=Name(name=table), names=columns):
                return self._columns(table, columns, expression)
            case _:
                fail("E0423", "a set is needed here", expression)

    def _whole(self, expression: Expr) -> int:
        number = float(self.world.evaluator().numbers(expression, Frame())[0])
        if number != int(number):
            fail("E0423", f"{number:g} is not a whole number", expression)
        return int(number)

    def _column(self, table: str, column: str, node: Expr) -> SetValue:

        data = self.world.table(table)
        with used_at(node):
            keys = data.keys(column)
        elements, _ = distinct(f"{table}.{column}", keys, data.declaration.timezone)
        return root(elements)

    def _columns(self, table: str, columns: tuple[str, ...], node: Expr) -> SetValue:
        """Tuples from a table, each component an element of the set that its column names."""

        data = self.world.table(table)
        dims, codes = [], []
        for column in columns:
            elements, code = distinct(
                f"{table}.{column}", data.keys(column), data.declaration.timezone
            )
            known = self._set_of_column(column)
            if known is not None:
                same_kind(known, elements, node)
                translated = known.codes(elements.values)
                if (translated < 0).any():
                    at = int(np.flatnonzero(translated < 0)[0])
                    message = f"`{elements.labels[at]}` in column `{column}` of table `{table}`"
                    fail("E0411", f"{message} is not in `{known.name}`", node)
                elements, code = known, translated[code]
            dims.append(elements)
            codes.append(code)
        combined = np.stack(codes)
        _, first = np.unique(combined, axis=1, return_index=True)
        kept = np.sort(first)
        names = tuple(dim.name for dim in dims)
        return SetValue(
            f"{table}.({', '.join(columns)})", tuple(dims), tuple(combined[:, kept]), names
        )

    def _set_of_column(self, column: str) -> Elements | None:
        """The one declared set that comes from a column of this name."""
        found = [
            d.name
            for d in self.world.declared.values()
            if isinstance(d, ir.Set) and isinstance(d.value, Member) and d.value.name == column
        ]
        return self.world.set(found[0]).dims[0] if len(found) == 1 else None

    def _comprehension(self, node: Comprehension, frame: Frame) -> SetValue:
        child, _ = self.world.evaluator().expander.expand(Frame(), node.binders)
        elements = list(child.bound.values())
        dims = tuple(e.dim for e in elements)
        return SetValue(
            ", ".join(d.name for d in dims),
            dims,
            tuple(e.codes for e in elements),
            tuple(child.bound),
        )

    def _combine(self, node: Binary, frame: Frame) -> SetValue:
        left, right = self.value(node.left, frame), self.value(node.right, frame)
        if len(left.dims) != len(right.dims):
            fail("E0423", f"`{node.op}` needs two sets of the same elements", node)
        if self._is_root(node):
            return self._combine_values(node, left, right)
        dims = right.dims if node.op == "union" and self._is_root(node.left) else left.dims
        first, second = _codes_in(left, dims, node.left), _codes_in(right, dims, node.right)
        if node.op == "minus":
            kept = np.flatnonzero(_among(dims, second, first) < 0)
            return SetValue("", dims, tuple(code[kept] for code in first), left.names)
        new = np.flatnonzero(_among(dims, first, second) < 0)
        codes = tuple(np.concatenate([a, b[new]]) for a, b in zip(first, second, strict=True))
        return SetValue("", dims, codes, left.names)

    def _combine_values(self, node: Binary, left: SetValue, right: SetValue) -> SetValue:
        """Union or difference of two sets with elements of their own."""
        a, b = left.dims[0], right.dims[0]
        if (a.kind, a.aware) != (b.kind, b.aware):
            fail("E0423", f"`{node.op}` needs two sets of the same kind of elements", node)
        first, second = a.values[left.codes[0]], b.values[right.codes[0]]
        if node.op == "minus":
            values = first[~np.isin(first, second)]
        else:
            values = np.concatenate([first, second[~np.isin(second, first)]])
        return root(Elements(_shown(node), a.kind, values, timezone=a.timezone, aware=a.aware))

    def from_values(self, name: str, value: Value, frame: Frame, mapping: ir.Mapping) -> Elements:
        """The set that a mapping makes: numbers sorted, anything else in order of appearance."""

        column = bare_column(mapping.value, self.world)
        source = column[1] if column else None
        if isinstance(value, Element):
            dim = value.dim
            codes, first = np.unique(value.codes[value.codes >= 0], return_index=True)
            elements = dim.values[codes]
            order = np.argsort(elements if dim.kind == "whole" else first)
            return Elements(
                name, dim.kind, elements[order], False, dim.column, dim.timezone, dim.aware
            )
        values = np.broadcast_to(
            np.asarray(value, object if isinstance(value, str) else None), frame.size
        )
        if values.dtype == object:
            texts = np.array(list(dict.fromkeys(values.tolist())), dtype=object)
            return Elements(name, "text", texts, column=source)
        numbers = values.astype(np.float64)
        bad = np.flatnonzero(numbers != np.rint(numbers))
        if len(bad):
            fail(
                "E0412",
                f"mapping `{mapping.name}` gives {numbers[bad[0]]:g} at "
                f"{frame.label(int(bad[0]))}: elements are whole numbers or texts",
                mapping.value,
                "round down with `div` or `floor(...)`",
            )
        return Elements(name, "whole", np.unique(numbers).astype(np.int64), column=source)


def _codes_in(members: SetValue, dims: tuple[Elements, ...], node: Expr) -> tuple[Codes, ...]:
    """A set's tuples as codes in these dimensions; E0411 where an element is not in them."""
    found = []
    for old, new, codes in zip(members.dims, dims, members.codes, strict=True):
        translated = codes_or_off(Element(old, codes), new, members.size)
        unknown = np.flatnonzero(translated < 0)
        if len(unknown):
            shown = old.labels[int(codes[unknown[0]])]
            fail("E0411", f"`{shown}` is not in `{new.name}`", node)
        found.append(translated)
    return tuple(found)


def _among(dims: tuple[Elements, ...], known: tuple[Codes, ...], asked: tuple[Codes, ...]) -> Codes:
    """Where each of the tuples asked for stands among the known ones; -1 where it does not."""
    return Locator(Keys(dims, known, len(known[0]))).find(asked)


def _literal(items: tuple[int | str, ...], node: Expr) -> Elements:
    kind: ElementKind = "whole" if all(isinstance(item, int) for item in items) else "text"
    if kind == "text" and not all(isinstance(item, str) for item in items):
        fail("E0423", "a set holds either whole numbers or texts", node)
    if len(set(items)) < len(items):
        twice = next(item for item in items if items.count(item) > 1)
        fail("E0220", f"`{twice}` stands twice in the set", node)
    values: Any = np.array(items, np.int64) if kind == "whole" else np.array(items, dtype=object)
    return Elements(_shown(node), kind, values)


def _shown(node: Expr) -> str:
    if node.span is not None:
        return node.span.text
    if isinstance(node, Range):
        return f"{_bound(node.low)}..{_bound(node.high)}"
    return type(node).__name__.lower()


def _bound(node: Expr) -> str:
    if isinstance(node, Unary):
        return "-" + _bound(node.operand)
    return str(node.value) if isinstance(node, Number) else "..."
