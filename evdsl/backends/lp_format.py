"""LP text of a problem of one level, the format of CPLEX' LP files.

Products, indicators and SOS1 sets are written as CPLEX and SCIP read them; HiGHS reads products of
the objective and refuses the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from evdsl.backends.names import file_names, number
from evdsl.program.linear import Linear, Products
from evdsl.program.mip import Mip

_TERMS_A_LINE = 6


def to_lp(mip: Mip) -> str:
    """The problem with the user's names.

    A row with two sides becomes two rows, since not every reader takes both in one; a row without
    any side is left out. ValueError for pairs that are left to a search: a file cannot hold them.
    """
    if len(mip.pairs):
        raise ValueError("a file cannot hold pairs that are left to a search")
    linear = mip.linear
    columns = file_names(linear.columns)
    lines = [
        "Maximize" if linear.sense < 0 else "Minimize",
        *_objective(linear, columns),
        "Subject To",
        *_rows(linear, columns),
        *_switches(mip, columns),
        "Bounds",
        *_bounds(linear, columns),
        *_section("General", [columns[j] for j in np.flatnonzero(linear.integer)]),
        *_sos1(mip, columns),
        "End",
    ]
    return "\n".join(lines) + "\n"


def _objective(linear: Linear, columns: list[str]) -> Iterator[str]:
    """Columns that stand nowhere else stand here, so that every reader knows them; SCIP wants the
    constant behind the products."""
    alone = np.diff(linear.A.tocsc().indptr) == 0
    used = np.flatnonzero((linear.cost != 0) | alone)
    terms = list(_terms(columns, used.tolist(), linear.cost[used].tolist()))
    squares = linear.products.of_objective
    if len(squares):
        terms += ["+ [", *_products(columns, squares.scaled(2)), "] / 2"]
    if linear.constant:
        terms.append(f"{_sign(linear.constant)} {number(abs(linear.constant))}")
    yield from _wrapped("objective_:", terms or [_nothing(columns)])


def _rows(linear: Linear, columns: list[str]) -> Iterator[str]:
    starts, indices = linear.A.indptr.tolist(), linear.A.indices.tolist()
    values = linear.A.data.tolist()
    names = file_names(linear.rows)
    of_rows = linear.products.of_rows
    with_products = set(of_rows.row.tolist())
    sides = zip(names, linear.row_lower.tolist(), linear.row_upper.tolist(), strict=True)
    for i, (name, low, high) in enumerate(sides):
        part = slice(starts[i], starts[i + 1])
        terms = list(_terms(columns, indices[part], values[part])) or [_nothing(columns)]
        if i in with_products:
            terms += ["+ [", *_products(columns, of_rows.where(of_rows.row == i)), "]"]
        for suffix, relation, side in _relations(low, high):
            yield from _wrapped(f"{name}{suffix}:", [*terms, f"{relation} {number(side)}"])


def _nothing(columns: list[str]) -> str:
    """A sum without terms; not every reader takes one without a column."""
    return f"0 {columns[0]}" if columns else "0"


def _relations(low: float, high: float) -> Iterator[tuple[str, str, float]]:
    if low == high:
        yield "", "=", low
        return
    bounded_below, bounded_above = low > -float("inf"), high < float("inf")
    if bounded_below:
        yield ".low" if bounded_above else "", ">=", low
    if bounded_above:
        yield ".high" if bounded_below else "", "<=", high


def _terms(columns: list[str], indices: Iterable[int], values: Iterable[float]) -> Iterator[str]:
    for j, value in zip(indices, values, strict=True):
        factor = "" if abs(value) == 1 else f"{number(abs(value))} "
        yield f"{_sign(value)} {factor}{columns[j]}"


def _products(columns: list[str], products: Products) -> Iterator[str]:
    terms = zip(
        products.first.tolist(), products.second.tolist(), products.coef.tolist(), strict=True
    )
    for i, j, coef in terms:
        factor = "" if abs(coef) == 1 else f"{number(abs(coef))} "
        text = f"{columns[i]}^2" if i == j else f"{columns[i]} * {columns[j]}"
        yield f"{_sign(coef)} {factor}{text}"


def _switches(mip: Mip, columns: list[str]) -> Iterator[str]:
    for k, (binary, column) in enumerate(mip.indicators.tolist()):
        yield f" switch{k}: {columns[binary]} = 1 -> {columns[column]} <= 0"


def _sign(value: float) -> str:
    return "-" if value < 0 else "+"


def _bounds(linear: Linear, columns: list[str]) -> Iterator[str]:
    for column, low, high in zip(
        columns, linear.lower.tolist(), linear.upper.tolist(), strict=True
    ):
        if low == -float("inf") and high == float("inf"):
            yield f" {column} free"
        else:
            yield f" {number(low)} <= {column} <= {number(high)}"


def _sos1(mip: Mip, columns: list[str]) -> Iterator[str]:
    sets = [
        f" sos{i}: S1:: {columns[first]}:1 {columns[second]}:2"
        for i, (first, second) in enumerate(mip.sos1.tolist())
    ]
    yield from _section("SOS", sets)


def _section(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield title
        yield from (f" {line.strip()}" for line in lines)


def _wrapped(start: str, terms: list[str]) -> Iterator[str]:
    for at in range(0, len(terms), _TERMS_A_LINE):
        head = f" {start} " if at == 0 else "   "
        yield head + " ".join(terms[at : at + _TERMS_A_LINE])
