"""Mappings: total functions from the elements of one set to those of another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from evdsl.data.table import TableData
from evdsl.ir import model as ir
from evdsl.program.convert import Value, fail
from evdsl.program.frame import Element, Frame
from evdsl.program.keys import Codes, Elements
from evdsl.program.locate import Locator
from evdsl.program.tables import bare_column, distinct, rows_of, used_at
from evdsl.source.diagnostic import Diagnostic, EvdslError

if TYPE_CHECKING:
    from evdsl.program.world import World


@dataclass(frozen=True, eq=False)
class MappingValue:
    """A function from the keys' tuples to codes (size,) in the target set."""

    locator: Locator
    target: Elements
    codes: Codes


def make_mapping(world: World, declaration: ir.Mapping) -> MappingValue:
    frame, _ = world.evaluator().expander.expand(Frame(), declaration.binders)
    value = _mapping_value(world, declaration, frame)
    locator = Locator(frame.keys())
    if world.implied_sets.get(declaration.target) is declaration:
        target = world.sets.from_values(declaration.target, value, frame, declaration)
    else:
        target = world.set(declaration.target).dims[0]
    try:
        codes = world.evaluator().as_codes(value, target, frame, declaration.value)
    except EvdslError as error:
        first = error.diagnostics[0]
        message = f"mapping `{declaration.name}`: {first.message}"
        raise EvdslError([replace(first, code="E0412", message=message)]) from error
    off = np.flatnonzero(codes < 0)
    if len(off):
        fail(
            "E0410",
            f"mapping `{declaration.name}` steps off the end of `{target.name}` "
            f"at {frame.label(int(off[0]))}",
            declaration.value,
        )
    return MappingValue(locator, target, np.array(codes))


def _mapping_value(world: World, declaration: ir.Mapping, frame: Frame) -> Value:
    """The values (size,); those of a table column are keys, as a set of that column has them."""
    bare = bare_column(declaration.value, world)
    if bare is None:
        return world.evaluator().value(declaration.value, frame)
    table, name = bare
    rows = rows_of(world, table, name, frame, declaration)
    missing = np.flatnonzero(rows < 0)
    if len(missing):
        _missing(world, table, name, frame, missing, declaration)
    with used_at(declaration.value):
        column = table.keys(name)
        keys, codes = distinct(
            f"{table.declaration.name}.{name}", column, table.declaration.timezone
        )
        return Element(keys, codes[rows])


def _missing(
    world: World,
    table: TableData,
    column: str,
    frame: Frame,
    missing: Codes,
    declaration: ir.Mapping,
) -> None:
    raise EvdslError(
        [
            Diagnostic(
                "E0404",
                f"`{column}` has no row for {len(missing)} of {frame.size} keys: "
                f"{frame.label(int(missing[0]))}",
                declaration.span,
                data=table.place(),
            )
        ]
    )
