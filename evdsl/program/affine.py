"""Affine expressions over a frame of n rows, as arrays: one value and some terms for each row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Term:
    """`coef * x[col]` added to row `row`; `rows` None is one entry for each row, in order.

    Shapes: `rows`, `cols` (e,), `coefs` (e,) or one number for all.
    """

    rows: Ints | None
    cols: Ints
    coefs: Floats | float

    def row_index(self) -> Ints:
        return np.arange(len(self.cols)) if self.rows is None else self.rows

    def weights(self) -> Floats:
        return np.broadcast_to(np.asarray(self.coefs, np.float64), (len(self.cols),))


@dataclass(frozen=True, eq=False)
class Affine:
    """`constant + Σ terms` for each of `size` rows; `constant` is (size,) or one number."""

    size: int
    constant: Floats | float
    terms: tuple[Term, ...]

    def plus(self, other: Affine | Floats | float) -> Affine:
        if isinstance(other, Affine):
            return Affine(self.size, self.constant + other.constant, self.terms + other.terms)
        return Affine(self.size, self.constant + other, self.terms)

    def times(self, factor: Floats | float) -> Affine:
        terms = tuple(Term(t.rows, t.cols, t.coefs * _at(factor, t.rows)) for t in self.terms)
        return Affine(self.size, _product(self.constant, factor), terms)

    def take(self, which: Ints) -> Affine:
        """The rows at these positions, repeated where a position repeats."""
        terms = []
        for term in self.terms:
            if term.rows is None:
                terms.append(Term(None, term.cols[which], _at(term.coefs, which)))
            else:
                new, old = match(which, term.rows)
                terms.append(Term(new, term.cols[old], _at(term.coefs, old)))
        return Affine(len(which), _at(self.constant, which), tuple(terms))

    def gather(self, parent: Ints, size: int) -> Affine:
        """The sums of the rows that have the same parent."""
        weights = np.broadcast_to(self.constant, self.size)
        constant = np.bincount(parent, weights, minlength=size).astype(np.float64)
        terms = tuple(
            Term(parent if t.rows is None else parent[t.rows], t.cols, t.coefs) for t in self.terms
        )
        return Affine(size, constant, terms)

    def spread(self, where: Ints, size: int) -> Affine:
        """A larger frame in which row i of this one is row `where[i]` and the others are 0."""
        constant = np.zeros(size)
        constant[where] = self.constant
        terms = tuple(
            Term(where if t.rows is None else where[t.rows], t.cols, t.coefs) for t in self.terms
        )
        return Affine(size, constant, terms)

    def entries(self) -> tuple[Ints, Ints, Floats]:
        """Row, column and coefficient of every term."""
        if not self.terms:
            none = np.empty(0, np.int64)
            return none, none, np.empty(0)
        rows = np.concatenate([t.row_index() for t in self.terms])
        cols = np.concatenate([t.cols for t in self.terms])
        coefs = np.concatenate([t.weights() for t in self.terms])
        return rows, cols, coefs


def _product(constant: Floats | float, factor: Floats | float) -> Floats | float:
    """`constant * factor`, where nothing times infinity is nothing."""
    if np.isfinite(factor).all():
        return constant * factor
    zero = np.equal(constant, 0)
    return np.where(zero, 0.0, constant * np.where(zero, 1.0, factor))


def _at(value: Floats | float, which: Ints | None) -> Floats | float:
    """`value[which]`, where one number stands for all and None takes everything."""
    if which is None or np.ndim(value) == 0:
        return value
    return np.asarray(value)[which]


def match(left: NDArray[np.int64], right: NDArray[np.int64]) -> tuple[Ints, Ints]:
    """All pairs (i, j) with `left[i] == right[j]`, ordered by i, then j."""
    order = np.argsort(right, kind="stable")
    ranked = right[order]
    return ranges(
        np.searchsorted(ranked, left, "left"), np.searchsorted(ranked, left, "right"), order
    )


def ranges(start: Ints, stop: Ints, order: Ints) -> tuple[Ints, Ints]:
    """All pairs (i, order[p]) with `start[i] <= p < stop[i]`, ordered by i, then p."""
    counts = np.maximum(stop - start, 0)
    left = np.repeat(np.arange(len(counts)), counts)
    offset = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
    return left, order[start[left] + offset]
