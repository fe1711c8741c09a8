"""Columns that stand for multipliers which the leader's objective or rows read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evdsl.program.linear import Bools, Family, Floats, Ints
from evdsl.program.locate import Locator
from evdsl.program.program import READ, Readings

if TYPE_CHECKING:
    from evdsl.program.block import BlockValue, Located


def read_rows(block: BlockValue, name: str) -> Located:
    """The columns for `block.name[...].dual`, one for each row of the constraint."""
    families = block.rows[name]
    rows = [np.arange(f.family.start, f.family.stop) for f in families]
    return _read(block, f"{name}.dual", families[0].family, rows, None)


def read_limits(block: BlockValue, variable: str, side: str) -> Located:
    """The columns for `block.variable[...].lower.dual` or `.upper.dual`.

    Where a member's limit is a row the multiplier is that row's; where its two limits meet it is
    the lower one's, in either sign, and the upper one's is 0.
    """
    family = block.variables[variable].family
    columns = np.arange(family.start, family.stop)
    rows = np.full(family.size, -1)
    for located in block.rows.get(f"{variable}.{side}", ()):
        limit = located.family
        found = block.variables[variable].locator.find
        at = found(list(limit.keys.codes)) if limit.keys.dims else slice(None)
        rows[at] = np.arange(limit.start, limit.stop)
    return _read(block, f"{variable}.{side}.dual", family, [rows], (columns, side))


def _read(
    block: BlockValue, name: str, of: Family, rows: list[Ints], limits: tuple[Ints, str] | None
) -> Located:
    from evdsl.program.block import Located

    if name in block.readings:
        return block.readings[name]
    assembly, keys = block.assembly, of.keys
    owner = np.full(keys.size, READ)
    family = assembly.add_columns(
        block.name, name, keys, owner, role="dual", bind=of.bind, span=of.span
    )
    columns = np.arange(family.start, family.stop)
    lower, upper = np.zeros(keys.size), np.zeros(keys.size)
    sense = 1 if block.declaration.objectives[0].sense == "minimize" else -1
    for part in rows:
        of_row = part >= 0
        low, high = assembly.row_sides(part[of_row])
        _open(lower, upper, of_row, low if sense > 0 else high, high if sense > 0 else low)
        _note(block, columns[of_row], row=part[of_row])
    if limits is not None:
        limited, side = limits
        of_column = rows[0] < 0
        least, most = assembly.column_limits(limited)
        meet = of_column & (least == most)
        of_column &= np.isfinite(least if side == "lower" else most) & ~(meet & (side == "upper"))
        raises = (side == "lower") == (sense > 0)
        (upper if raises else lower)[of_column] = np.inf if raises else -np.inf
        (lower if raises else upper)[of_column & meet] = -np.inf if raises else np.inf
        _note(
            block, columns[of_column], limit=limited[of_column], side=-1 if side == "lower" else 1
        )
    assembly.limit(family, lower, upper)
    block.readings[name] = Located(family, Locator(keys))
    return block.readings[name]


def _open(lower: Floats, upper: Floats, where: Bools, rises: Bools, falls: Bools) -> None:
    """A multiplier may be positive where its row has the one side, negative where the other."""
    at = np.flatnonzero(where)
    upper[at[rises]], lower[at[falls]] = np.inf, -np.inf


def _note(
    block: BlockValue,
    column: Ints,
    row: Ints | None = None,
    limit: Ints | None = None,
    side: int = 0,
) -> None:
    nothing = np.full(len(column), -1)
    block.assembly.readings.append(
        Readings(
            column,
            nothing if row is None else row,
            nothing if limit is None else limit,
            np.full(len(column), side),
        )
    )
