"""MPS text of a problem of one level, free format, numbers in full precision.

Products are written as QUADOBJ and QCMATRIX, indicators and SOS1 sets in sections of their names.
The text keeps to what every reader takes alike: no OBJSENSE where a minimum is meant, since readers
of COIN-OR pass over it; `FREE` behind the name, without which they cut short names at fixed places;
never two limits where one says all, which they count as an error (CoinUtils, CoinMpsIO.cpp); and
sets before products, the only order that SCIP reads (reader_mps.c).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from evdsl.backends.names import file_names, number
from evdsl.program.linear import Linear
from evdsl.program.mip import Mip

OBJECTIVE = "objective_"
_NO_LIMIT = "1e30"


def to_mps(mip: Mip) -> str:
    """The problem with the user's names; rows without any side are left out.

    ValueError for pairs that are left to a search: a file cannot hold them.
    """
    linear = mip.linear
    return mps_text(mip, file_names(linear.columns), file_names(linear.rows))


def mps_text(
    mip: Mip,
    columns: Sequence[str],
    rows: Sequence[str],
    name: str = "model",
    remarks: Iterable[str] = (),
) -> str:
    """The problem under these names, one for each column and row, without blanks; `remarks` become
    comments at the top."""
    if len(mip.pairs):
        raise ValueError("a file cannot hold pairs that are left to a search")
    linear, switches = mip.linear, mip.indicators.tolist()
    sense = ["OBJSENSE", "    MAX"] if linear.sense < 0 else []
    lines = [
        *(f"* {remark}" for remark in remarks),
        f"NAME {name} FREE",
        *sense,
        "ROWS",
        f" N {OBJECTIVE}",
        *_row_types(linear, rows),
        *(f" L switch{k}" for k in range(len(switches))),
        "COLUMNS",
        *_columns(mip, columns, rows),
        "RHS",
        *_right_sides(linear, rows),
        *_section("RANGES", _ranges(linear, rows)),
        "BOUNDS",
        *_bounds(linear, columns),
        *_section("SOS", _sos1(mip, columns)),
        *_section("QUADOBJ", _squares(linear, columns)),
        *_row_products(linear, columns, rows),
        *_section(
            "INDICATORS", (f" IF switch{k} {columns[b]} 1" for k, (b, _) in enumerate(switches))
        ),
        "ENDATA",
    ]
    return "\n".join(lines) + "\n"


def _section(title: str, lines: Iterable[str]) -> list[str]:
    found = list(lines)
    return [title, *found] if found else []


def _kinds(linear: Linear) -> list[str]:
    below, above = np.isfinite(linear.row_lower), np.isfinite(linear.row_upper)
    equal = below & above & (linear.row_lower == linear.row_upper)
    kinds: list[str] = np.select([equal, below, above], ["E", "G", "L"], "N").tolist()
    return kinds


def _row_types(linear: Linear, rows: Sequence[str]) -> list[str]:
    kinds = zip(_kinds(linear), rows, strict=True)
    return [f" {kind} {row}" for kind, row in kinds if kind != "N"]


def _columns(mip: Mip, columns: Sequence[str], rows: Sequence[str]) -> Iterator[str]:
    """Each column stands here, if only with a cost of 0: readers number them in this order."""
    linear, switches = mip.linear, len(mip.indicators)
    m, n = linear.shape
    names = [OBJECTIVE, *rows, *(f"switch{k}" for k in range(switches))]
    held = linear.A.tocoo()
    sided = np.isfinite(linear.row_lower) | np.isfinite(linear.row_upper)
    kept = sided[held.row] & (held.data != 0)
    row = np.concatenate([np.zeros(n, int), 1 + held.row[kept], 1 + m + np.arange(switches)])
    column = np.concatenate([np.arange(n), held.col[kept], mip.indicators[:, 1]])
    distinct, value = np.unique(
        np.concatenate([linear.cost, held.data[kept], np.ones(switches)]), return_inverse=True
    )
    numbers = [number(value) for value in distinct.tolist()]
    order = np.lexsort((row, column))
    entries = zip(*(part[order].tolist() for part in (column, row, value)), strict=True)
    lines = [f" {columns[j]} {names[i]} {numbers[k]}" for j, i, k in entries]
    begun, edges = 0, np.flatnonzero(np.diff(linear.integer, prepend=False, append=False))
    for k, end in enumerate(np.searchsorted(column[order], edges).tolist()):
        yield from lines[begun:end]
        yield f" MARKER 'MARKER' '{'INTEND' if k % 2 else 'INTORG'}'"
        begun = end
    yield from lines[begun:]


def _right_sides(linear: Linear, rows: Sequence[str]) -> Iterator[str]:
    """On the objective's row stands what is taken off it."""
    if linear.constant:
        yield f" RHS {OBJECTIVE} {number(-linear.constant)}"
    sides = np.where(np.isfinite(linear.row_lower), linear.row_lower, linear.row_upper)
    for i in np.flatnonzero(np.isfinite(sides) & (sides != 0)).tolist():
        yield f" RHS {rows[i]} {number(sides[i])}"


def _ranges(linear: Linear, rows: Sequence[str]) -> Iterator[str]:
    width = linear.row_upper - linear.row_lower
    for i in np.flatnonzero(np.isfinite(width) & (width != 0)).tolist():
        yield f" RNG {rows[i]} {number(width[i])}"


def _bounds(linear: Linear, columns: Sequence[str]) -> Iterator[str]:
    """What each column needs so that no reader's default is met: readers differ in the limits of
    whole numbers without any, and in the lower one below a negative upper one."""
    limits = zip(linear.lower.tolist(), linear.upper.tolist(), strict=True)
    infinity = float("inf")
    for name, whole, (low, high) in zip(columns, linear.integer.tolist(), limits, strict=True):
        if low == -infinity and high == infinity:
            yield f" FR BND {name}"
        elif low == high:
            yield f" FX BND {name} {number(low)}"
        elif whole and (low, high) == (0, 1):
            yield f" BV BND {name}"
        else:
            yield f" LO BND {name} {number(low)}" if low > -infinity else f" MI BND {name}"
            if high < infinity:
                yield f" UP BND {name} {number(high)}"
            elif whole:
                yield f" UP BND {name} {_NO_LIMIT}"


def _squares(linear: Linear, columns: Sequence[str]) -> Iterator[str]:
    """One triangle of the matrix Q of half x'Qx."""
    own = linear.products.of_objective
    for i, j, coef in zip(own.first.tolist(), own.second.tolist(), own.coef.tolist(), strict=True):
        yield f" {columns[i]} {columns[j]} {number(2 * coef if i == j else coef)}"


def _row_products(linear: Linear, columns: Sequence[str], rows: Sequence[str]) -> Iterator[str]:
    """Both triangles of the matrix Q of x'Qx, a section for each row."""
    of_rows, kinds = linear.products.of_rows, _kinds(linear)
    for row in np.unique(of_rows.row).tolist():
        if kinds[row] == "N":
            continue
        yield f"QCMATRIX {rows[row]}"
        own = of_rows.where(of_rows.row == row)
        terms = zip(own.first.tolist(), own.second.tolist(), own.coef.tolist(), strict=True)
        for i, j, coef in terms:
            if i == j:
                yield f" {columns[i]} {columns[i]} {number(coef)}"
            else:
                yield f" {columns[i]} {columns[j]} {number(coef / 2)}"
                yield f" {columns[j]} {columns[i]} {number(coef / 2)}"


def _sos1(mip: Mip, columns: Sequence[str]) -> Iterator[str]:
    for i, (first, second) in enumerate(mip.sos1.tolist()):
        yield f" S1 sos{i}"
        yield f" {columns[first]} 1"
        yield f" {columns[second]} 2"
