"""A level that falls into elements which share no row: each as a problem of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from evdsl.program.linear import Ints, Linear, Products


@dataclass(frozen=True, eq=False)
class Part:
    """The columns and rows of one element, as positions in the whole, and its own problem."""

    columns: Ints
    rows: Ints
    linear: Linear


def parts(
    linear: Linear, column_owner: Ints, row_owner: Ints, count: int, wanted: Ints
) -> Iterator[Part]:
    """Those `wanted` of the elements 1 to `count`; the owners say whose each column (n,) and row
    (m,) is.

    What an element's rows hold of others' columns is left out, and so are products of rows. The
    whole is put in the order of the elements once and then cut: linear in its size, however many
    elements there are.
    """
    columns, column_edges = _by_owner(column_owner, count)
    rows, row_edges = _by_owner(row_owner, count)
    place = np.empty(len(columns), np.int64)
    place[columns] = np.arange(len(columns)) - np.repeat(column_edges[:-1], np.diff(column_edges))
    matrix = linear.A[rows]
    owner = np.repeat(row_owner[rows], np.diff(matrix.indptr))
    own = column_owner[matrix.indices] == owner
    before = np.append(0, np.cumsum(own))[matrix.indptr]
    indices, data = place[matrix.indices[own]], matrix.data[own]
    products = _products(linear.products, column_owner, place, count)
    of_column, of_row = np.split(columns, column_edges[1:-1]), np.split(rows, row_edges[1:-1])
    for k in wanted.tolist():
        mine, lines = of_column[k], of_row[k]
        starts = before[row_edges[k] : row_edges[k + 1] + 1]
        inside = slice(starts[0], starts[-1])
        body = sparse.csr_array(
            (data[inside], indices[inside], starts - starts[0]), shape=(len(lines), len(mine))
        )
        yield Part(
            mine,
            lines,
            Linear(
                columns=(),
                rows=(),
                A=body,
                row_lower=linear.row_lower[lines],
                row_upper=linear.row_upper[lines],
                lower=linear.lower[mine],
                upper=linear.upper[mine],
                integer=linear.integer[mine],
                cost=linear.cost[mine],
                sense=linear.sense,
                products=products[k],
            ),
        )


def _by_owner(owner: Ints, count: int) -> tuple[Ints, Ints]:
    """The positions of each owner from 0 to `count`, one after the other, and where they begin."""
    order = np.argsort(owner, kind="stable")
    return order, np.searchsorted(owner[order], np.arange(count + 2))


def _products(terms: Products, column_owner: Ints, place: Ints, count: int) -> list[Products]:
    """The objective's products of each owner from 0 to `count`, over its own columns."""
    terms = terms.of_objective
    owner = column_owner[terms.first]
    order, edges = _by_owner(owner, count)
    arrays = (terms.row, place[terms.first], place[terms.second], terms.coef)
    cut = [np.split(array[order], edges[1:-1]) for array in arrays]
    return [Products(*mine) for mine in zip(*cut, strict=True)]
