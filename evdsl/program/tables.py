"""Columns of tables by key: which row holds the value for an index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evdsl.data.table import Column, TableData
from evdsl.ir import model as ir
from evdsl.ir.expr import At, Expr, Member, Name, Node, Text
from evdsl.program.convert import fail
from evdsl.program.frame import Element, Frame
from evdsl.program.keys import Codes, Elements, Keys
from evdsl.program.locate import Locator
from evdsl.source.diagnostic import Diagnostic, EvdslError

if TYPE_CHECKING:
    from evdsl.program.world import World


def make_table_locator(world: World, name: str) -> tuple[Locator, TableData]:
    table = world.table(name)
    dims, codes = [], []
    for column in table.declaration.index:
        dim, code = distinct(f"{name}.{column}", table.keys(column), table.declaration.timezone)
        dims.append(dim)
        codes.append(code)
    locator = Locator(Keys(tuple(dims), tuple(codes), table.rows))
    twice = locator.duplicates()
    if twice is not None:
        first, again = twice
        label = locator.keys.label(again)
        raise EvdslError(
            [
                Diagnostic(
                    "E0403",
                    f"table `{name}` has the key {label} twice",
                    table.declaration.span,
                    notes=(
                        f"it stands on the lines {table.lines[first]} and {table.lines[again]}",
                    ),
                    data=table.place(again),
                )
            ]
        )
    return locator, table


def rows_of(
    world: World,
    table: TableData,
    column: str,
    frame: Frame,
    declaration: ir.Param | ir.Mapping,
) -> Codes:
    """The table's row for each row of the frame, by the names of the columns; -1 for none."""
    locator, _ = world.table_locator(table.declaration.name)
    elements = match_columns(table, column, frame, declaration)
    codes = [
        translate(element, dim) for element, dim in zip(elements, locator.keys.dims, strict=True)
    ]
    for element, dim in zip(elements, locator.keys.dims, strict=True):
        same_kind(element.dim, dim, declaration)
    return locator.find(codes) if table.rows else np.full(frame.size, -1)


def bare_column(value: Expr, world: World) -> tuple[TableData, str] | None:
    """The table and column of `fleet.x` or `fleet["x y"]` without an index."""
    match value:
        case Member(base=Name(name=table), name=column):
            pass
        case At(base=Name(name=table), index=(Text(value=column),), otherwise=None):
            pass
        case _:
            return None
    if not isinstance(world.declared.get(table), ir.Table):
        return None
    return world.table(table), column


def column_values(table: TableData, column: str) -> NDArray[Any]:
    """A column as an expression sees it: numbers if every cell is one or empty, else texts."""
    try:
        return table.numbers(column)
    except EvdslError as error:
        if error.diagnostics[0].code != "E0405":
            raise
        return table.texts(column)


def distinct(name: str, column: Column, timezone: str | None) -> tuple[Elements, Codes]:
    """A column's different keys in their order of appearance, and each row's code among them."""
    codes, values = pd.factorize(column.values)
    kind: Any = column.kind
    short = name.split(".")[-1]
    elements = Elements(
        name, kind, np.asarray(values), column=short, timezone=timezone, aware=column.aware
    )
    return elements, codes.astype(np.int64, copy=False)


def translate(element: Element, dim: Elements) -> Codes:
    """The codes of an element's values in another set of the same kind, -1 where it has none."""
    if element.dim is dim:
        return element.codes
    if element.dim.kind != dim.kind or element.dim.aware != dim.aware:
        return np.full(len(element.codes), -1, np.int64)
    codes = dim.codes(element.dim.values)
    return np.where(element.codes < 0, -1, codes[np.maximum(element.codes, 0)])


def match_columns(
    table: TableData, column: str, frame: Frame, declaration: ir.Param | ir.Mapping
) -> list[Element]:
    """The frame's indices in the order of the table's index columns.

    An index goes with the column that its set comes from. One index that comes from no column may
    take the one column that is left.
    """
    elements = list(frame.bound.values())
    columns = table.declaration.index
    by_column: dict[str | None, Element] = {
        e.dim.column: e for e in elements if e.dim.column in columns
    }
    left = [e for e in elements if e.dim.column not in columns]
    missing = [c for c in columns if c not in by_column]
    if len(missing) == 1 and len(left) == 1 and left[0].dim.column is None:
        by_column[missing[0]] = left[0]
        missing, left = [], []
    if missing or left or len(elements) != len(columns):
        sets = ", ".join(e.dim.name for e in elements)
        fail(
            "E0224",
            f"`{declaration.name}[{sets}]` cannot be matched with table "
            f"`{table.declaration.name}`, which is indexed by {', '.join(columns)}",
            declaration.value,
            f"write the index out: `{table.declaration.name}.{column}[...]`",
        )
    return [by_column[column] for column in columns]


def same_kind(one: Elements, other: Elements, node: Node) -> None:
    """Refuses (E0411) keys that can never meet; an empty table's may be anything."""
    if len(other) and (one.kind, one.aware) != (other.kind, other.aware):
        fail(
            "E0411",
            f"the keys of `{one.name}` are {_kind(one)} and those of "
            f"`{other.name}` are {_kind(other)}",
            node,
        )


def _kind(dim: Elements) -> str:
    if dim.kind == "time":
        return "time stamps with an offset" if dim.aware else "time stamps without an offset"
    return {"whole": "whole numbers", "text": "texts"}[dim.kind]


@contextmanager
def used_at(node: Expr | None) -> Iterator[None]:
    """What is wrong with a table's column is shown where the column is used."""
    try:
        yield
    except EvdslError as error:
        if node is None or node.span is None:
            raise
        raise EvdslError(replace(d, span=node.span) for d in error.diagnostics) from error
