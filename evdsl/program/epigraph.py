"""Convex squares in an objective as columns above their tangents, for solvers of linear problems.

Each weighted square `w (f·x)²` gets a column `q`. A tangent at `f·x = t` is the row
`q >= w t (2 f·x - t)`: it holds for every point, so with any tangents the problem is a relaxation,
and the more there are where it matters the closer it comes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from evdsl.program.convexity import Squares, squares
from evdsl.program.keys import Keys
from evdsl.program.limits import activity, implied_limits
from evdsl.program.linear import Family, Floats, Ints, Linear

_FIRST = 5


@dataclass(frozen=True, eq=False)
class Epigraph:
    """A linear problem whose last columns stand for the `squares` of `whole`'s objective."""

    whole: Linear
    linear: Linear
    squares: Squares

    @property
    def first(self) -> int:
        """The first column that stands for a square."""
        return self.whole.shape[1]

    def missing(self, x: Floats) -> Floats:
        """(s,): how far each column is below its square at a point of the linear problem."""
        value = self.squares.forms @ x[: self.first]
        return np.asarray(self.squares.weight * value**2 - x[self.first :])

    def at(self, x: Floats) -> Floats:
        """A point of `whole` with its squares' true values behind it."""
        value = self.squares.forms @ x
        return np.append(x, self.squares.weight * value**2)

    def tangents(self, which: Ints, at: Floats) -> tuple[sparse.csr_array[Any], Floats]:
        """Rows over all columns and their least values: tangents of the squares `which`."""
        weight, forms = self.squares.weight[which], self.squares.forms[which]
        slope = np.repeat(-2.0 * weight * at, np.diff(forms.indptr)) * forms.data
        ends, shape = forms.indptr[1:], (len(which), self.first + len(self.squares))
        entries = (
            np.insert(slope, ends, 1.0),
            np.insert(forms.indices, ends, self.first + which),
            forms.indptr + np.arange(len(which) + 1),
        )
        return sparse.csr_array(entries, shape=shape), -weight * at**2


def epigraph(linear: Linear) -> Epigraph | None:
    """`linear` with its objective's squares as columns and the first tangents; None where they are
    not convex."""
    turned = linear.products.of_objective.scaled(linear.sense)
    found = squares(turned, linear.shape[1])
    if found is None:
        return None
    bare = Epigraph(linear, _with_columns(linear, found), found)
    which, at = _first_points(linear, found)
    rows, least = bare.tangents(which, at)
    return replace(bare, linear=with_rows(bare.linear, rows, least))


def with_rows(linear: Linear, rows: sparse.csr_array[Any], least: Floats) -> Linear:
    """`linear` with nameless rows `rows x >= least`."""
    return replace(
        linear,
        A=sparse.csr_array(sparse.vstack([linear.A, rows])),
        row_lower=np.append(linear.row_lower, least),
        row_upper=np.append(linear.row_upper, np.full(len(least), np.inf)),
    )


def _with_columns(linear: Linear, found: Squares) -> Linear:
    s = len(found)
    (m, n), zero = linear.shape, np.zeros(s)
    columns = Family("", "square", Keys(size=s), n, role="encoding")
    return replace(
        linear,
        columns=(*linear.columns, columns),
        A=sparse.csr_array((linear.A.data, linear.A.indices, linear.A.indptr), shape=(m, n + s)),
        lower=np.append(linear.lower, zero),
        upper=np.append(linear.upper, np.full(s, np.inf)),
        integer=np.append(linear.integer, np.zeros(s, np.bool_)),
        cost=np.append(linear.cost, np.full(s, float(linear.sense))),
        products=linear.products.of_rows,
    )


def _first_points(linear: Linear, found: Squares) -> tuple[Ints, Floats]:
    """A few points over the range of each form, where that is known."""
    least, most = activity(found.forms, implied_limits(linear))
    known = np.flatnonzero(np.isfinite(least) & np.isfinite(most) & (most > least))
    share = np.linspace(0.0, 1.0, _FIRST)
    at = least[known, None] + (most - least)[known, None] * share
    return np.repeat(known, _FIRST), at.ravel()
