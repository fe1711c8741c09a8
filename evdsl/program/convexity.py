"""Quadratic terms as weighted squares of linear forms, which exist where they are convex.

The columns that products link make components; each one's matrix of second derivatives is taken
apart by its eigenvectors, and a component of one column is a square already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from evdsl.program.linear import Bools, Floats, Ints, Products

_NOISE = 1e-10


@dataclass(frozen=True, eq=False)
class Squares:
    """`Σ weight_k (forms_k · x)²`, weights positive; `forms` (s, n) CSR, `weight` (s,)."""

    forms: sparse.csr_array[Any]
    weight: Floats

    def __len__(self) -> int:
        return len(self.weight)


def squares(products: Products, n: int) -> Squares | None:
    """The sum of the terms as squares over n columns; None where it is not convex."""
    parts = _Parts.of(products, n)
    if (parts.weight < 0).any():
        return None
    height = len(parts.alone)
    weights, columns = [parts.weight], [parts.alone]
    rows, values = [np.arange(height)], [np.ones(height)]
    for members, matrix in parts.linked:
        weight, forms = _taken_apart(matrix)
        if weight is None:
            return None
        place, column = np.nonzero(forms)
        weights.append(weight)
        rows.append(height + place)
        columns.append(members[column])
        values.append(forms[place, column])
        height += len(weight)
    entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    return Squares(sparse.csr_array(entries, shape=(height, n)), np.concatenate(weights))


def not_convex(products: Products, n: int) -> Bools:
    """(e,): the terms of the components that are not convex."""
    parts, bad = _Parts.of(products, n), np.zeros(n, np.bool_)
    bad[parts.alone] = parts.weight < 0
    for members, matrix in parts.linked:
        bad[members] = _taken_apart(matrix)[0] is None
    return bad[products.first]


@dataclass(frozen=True, eq=False)
class _Parts:
    """Columns that stand in their own square only, with its weight, and those that hang together,
    with half their matrix of second derivatives."""

    alone: Ints
    weight: Floats
    linked: list[tuple[Ints, Floats]]

    @staticmethod
    def of(products: Products, n: int) -> _Parts:
        columns = products.columns
        place = np.full(n, -1)
        place[columns] = np.arange(len(columns))
        small = Products(products.row, place[products.first], place[products.second], products.coef)
        matrix: Any = sparse.csr_array(small.hessian(len(columns)) / 2)
        _, label = connected_components(matrix, directed=False)
        size = np.bincount(label)
        single = np.flatnonzero(size[label] == 1)
        order = np.argsort(label, kind="stable")
        order = order[size[label[order]] > 1]
        groups = np.split(order, np.cumsum(size[size > 1])[:-1]) if len(order) else []
        return _Parts(
            alone=columns[single],
            weight=matrix.diagonal()[single],
            linked=[
                (columns[group], sparse.csr_array(matrix[group])[:, group].toarray())
                for group in groups
            ],
        )


def _taken_apart(matrix: Floats) -> tuple[Floats | None, Floats]:
    """The positive eigenvalues and their vectors as rows; None where one is negative."""
    size = np.sqrt(np.abs(np.diag(matrix)))
    if (size == 0).any():
        return None, matrix
    values, vectors = np.linalg.eigh(matrix / np.outer(size, size))
    if values.min() < -_NOISE * max(1.0, float(values.max())):
        return None, matrix
    kept = values > _NOISE * max(1.0, float(values.max()))
    return values[kept], (vectors[:, kept] * size[:, None]).T
