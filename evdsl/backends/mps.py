"""MPS text of a single level, free format, numbers in full precision, SOS1 sets included."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evdsl.backends.names import file_names, number
from evdsl.program.linear import Linear
from evdsl.program.mip import Mip


def to_mps(mip: Mip) -> str:
    """The problem with the user's names; rows without any side are left out."""
    linear = mip.linear
    return mps_text(mip, file_names(linear.columns), file_names(linear.rows))


def mps_text(mip: Mip, columns: list[str], rows: list[str]) -> str:
    """The problem under these names, one for each column and row, without blanks."""
    linear = mip.linear
    lines = [
        "NAME model",
        "OBJSENSE",
        f"    {'MAX' if linear.sense < 0 else 'MIN'}",
        "ROWS",
        " N objective_",
        *_row_types(linear, rows),
        "COLUMNS",
        *_columns(linear, columns, rows),
        "RHS",
        *_right_sides(linear, rows),
        "RANGES",
        *_ranges(linear, rows),
        "BOUNDS",
        *_bounds(linear, columns),
        *_sos1(mip, columns),
        "ENDATA",
    ]
    return "\n".join(lines) + "\n"


def _kinds(linear: Linear) -> list[str]:
    below, above = np.isfinite(linear.row_lower), np.isfinite(linear.row_upper)
    equal = below & above & (linear.row_lower == linear.row_upper)
    kinds = np.where(equal, "E", np.where(below, "G", np.where(above, "L", "N")))
    return [str(kind) for kind in kinds]


def _row_types(linear: Linear, rows: list[str]) -> Iterator[str]:
    for kind, row in zip(_kinds(linear), rows, strict=True):
        if kind != "N":
            yield f" {kind} {row}"


def _columns(linear: Linear, columns: list[str], rows: list[str]) -> Iterator[str]:
    by_column = linear.A.tocsc()
    sided = [kind != "N" for kind in _kinds(linear)]
    starts, indices = by_column.indptr.tolist(), by_column.indices.tolist()
    values, costs = by_column.data.tolist(), linear.cost.tolist()
    inside = False
    for j, (column, whole) in enumerate(zip(columns, linear.integer.tolist(), strict=True)):
        if whole != inside:
            inside = whole
            yield f" MARKER 'MARKER' '{'INTORG' if whole else 'INTEND'}'"
        yield f" {column} objective_ {number(costs[j])}"
        for k in range(starts[j], starts[j + 1]):
            if sided[indices[k]]:
                yield f" {column} {rows[indices[k]]} {number(values[k])}"
    if inside:
        yield " MARKER 'MARKER' 'INTEND'"


def _right_sides(linear: Linear, rows: list[str]) -> Iterator[str]:
    if linear.constant:
        yield f" RHS objective_ {number(-linear.constant)}"
    sides = np.where(np.isfinite(linear.row_lower), linear.row_lower, linear.row_upper).tolist()
    for row, side in zip(rows, sides, strict=True):
        if side and abs(side) < float("inf"):
            yield f" RHS {row} {number(side)}"


def _ranges(linear: Linear, rows: list[str]) -> Iterator[str]:
    width = linear.row_upper - linear.row_lower
    for i in np.flatnonzero(np.isfinite(width) & (width != 0)).tolist():
        yield f" RNG {rows[i]} {number(width[i])}"


def _bounds(linear: Linear, columns: list[str]) -> Iterator[str]:
    """Both limits of every column, so that no reader's default is met."""
    for column, low, high in zip(
        columns, linear.lower.tolist(), linear.upper.tolist(), strict=True
    ):
        if low == high:
            yield f" FX BND {column} {number(low)}"
            continue
        yield f" LO BND {column} {number(low)}" if low > -float("inf") else f" MI BND {column}"
        yield f" UP BND {column} {number(high)}" if high < float("inf") else f" PL BND {column}"


def _sos1(mip: Mip, columns: list[str]) -> Iterator[str]:
    if not len(mip.sos1):
        return
    yield "SOS"
    for i, (first, second) in enumerate(mip.sos1.tolist()):
        yield f" S1 sos{i}"
        yield f" {columns[first]} 1"
        yield f" {columns[second]} 2"
