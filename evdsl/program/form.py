"""Linear and quadratic forms over a frame of n rows, as arrays: a value and terms for each row."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evdsl.program.joins import match
from evdsl.program.linear import Floats, Ints


@dataclass(frozen=True, eq=False)
class Term:
    """`coef * x[col]`, or `coef * x[col] * x[other]`, added to row `row`.

    Shapes: `rows`, `cols`, `others` (e,), `coefs` (e,) or one number for all. `rows` None is one
    entry for each row, in order; `others` None is a linear term.
    """

    rows: Ints | None
    cols: Ints
    coefs: Floats | float
    others: Ints | None = None

    def row_index(self) -> Ints:
        return np.arange(len(self.cols)) if self.rows is None else self.rows

    def weights(self) -> Floats:
        return np.broadcast_to(np.asarray(self.coefs, np.float64), (len(self.cols),))

    def take(self, which: Ints) -> Term:
        """The rows at these positions, repeated where a position repeats."""
        if self.rows is None:
            return self._entries(None, which)
        new, old = match(which, self.rows)
        return self._entries(new, old)

    def moved(self, to: Ints) -> Term:
        """Row i becomes row `to[i]`."""
        return replace(self, rows=to if self.rows is None else to[self.rows])

    def scaled(self, factor: Floats | float) -> Term:
        return replace(self, coefs=self.coefs * _at(factor, self.rows))

    def times(self, other: Term) -> Term:
        """The product of two linear terms, row by row."""
        if self.rows is None and other.rows is None:
            return Term(None, self.cols, self.coefs * other.coefs, other.cols)
        own, its = match(self.row_index(), other.row_index())
        coefs = self.weights()[own] * other.weights()[its]
        return Term(self.row_index()[own], self.cols[own], coefs, other.cols[its])

    def _entries(self, rows: Ints | None, which: Ints) -> Term:
        others = None if self.others is None else self.others[which]
        return Term(rows, self.cols[which], _at(self.coefs, which), others)


@dataclass(frozen=True, eq=False)
class Form:
    """`constant + Σ terms + Σ products` for each of `size` rows; `constant` is (size,) or a number.

    `terms` are linear, `products` of two columns each.
    """

    size: int
    constant: Floats | float
    terms: tuple[Term, ...] = ()
    products: tuple[Term, ...] = ()

    def plus(self, other: Form | Floats | float) -> Form:
        if isinstance(other, Form):
            return Form(
                self.size,
                self.constant + other.constant,
                self.terms + other.terms,
                self.products + other.products,
            )
        return replace(self, constant=self.constant + other)

    def times(self, factor: Floats | float) -> Form:
        return Form(
            self.size,
            _product(self.constant, factor),
            tuple(term.scaled(factor) for term in self.terms),
            tuple(term.scaled(factor) for term in self.products),
        )

    def multiplied(self, other: Form) -> Form:
        """The product of two linear forms, row by row."""
        cross = (
            self.linear_part().times(other.constant).plus(other.linear_part().times(self.constant))
        )
        products = tuple(a.times(b) for a in self.terms for b in other.terms)
        return replace(cross, constant=self.constant * other.constant, products=products)

    def linear_part(self) -> Form:
        """The linear terms alone."""
        return Form(self.size, 0.0, self.terms)

    def take(self, which: Ints) -> Form:
        """The rows at these positions, repeated where a position repeats."""
        return Form(
            len(which),
            _at(self.constant, which),
            tuple(term.take(which) for term in self.terms),
            tuple(term.take(which) for term in self.products),
        )

    def gather(self, parent: Ints, size: int) -> Form:
        """The sums of the rows that have the same parent."""
        weights = np.broadcast_to(self.constant, self.size)
        constant = np.bincount(parent, weights, minlength=size).astype(np.float64)
        return self._moved(constant, parent, size)

    def spread(self, where: Ints, size: int) -> Form:
        """A larger frame in which row i of this one is row `where[i]` and the others are 0."""
        constant = np.zeros(size)
        constant[where] = self.constant
        return self._moved(constant, where, size)

    def entries(self) -> tuple[Ints, Ints, Floats]:
        """Row, column and coefficient of every linear term."""
        rows, cols, coefs, _ = _entries(self.terms)
        return rows, cols, coefs

    def product_entries(self) -> tuple[Ints, Ints, Ints, Floats]:
        """Row, both columns and coefficient of every product."""
        rows, cols, coefs, others = _entries(self.products)
        return rows, cols, others, coefs

    def _moved(self, constant: Floats, to: Ints, size: int) -> Form:
        return Form(
            size,
            constant,
            tuple(term.moved(to) for term in self.terms),
            tuple(term.moved(to) for term in self.products),
        )


def _entries(terms: tuple[Term, ...]) -> tuple[Ints, Ints, Floats, Ints]:
    if not terms:
        none = np.empty(0, np.int64)
        return none, none, np.empty(0), none
    nobody = np.empty(0, np.int64)
    return (
        np.concatenate([t.row_index() for t in terms]),
        np.concatenate([t.cols for t in terms]),
        np.concatenate([t.weights() for t in terms]),
        np.concatenate([nobody if t.others is None else t.others for t in terms]),
    )


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
