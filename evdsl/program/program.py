"""The contract between the front and everything behind it: the two-level Program as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from evdsl.program.linear import Bools, Floats, Ints, Linear, Products, matrix_of, where
from evdsl.source.text import Span


@dataclass(frozen=True, eq=False)
class Follower:
    """One follower: an element of a follower block.

    Its own objective is `cost[columns it owns] y + foreign_cost x + products + constant`; the part
    in others' variables alone changes its value but not its answer. `sense` as in `Linear`.
    """

    block: str
    label: str
    sense: int = 1
    constant: float = 0.0
    objective: str | None = None
    span: Span | None = None


@dataclass(frozen=True, eq=False)
class Readings:
    """Columns of the Program that stand for multipliers, in the sign of `.dual`.

    Each array is (e,): column `column` is the sum of the multipliers of its entries. An entry is
    that of row `row` (both sides together), or of the limit of column `limit` on side `side` (-1
    lower, 1 upper); the other one is -1. A column of multipliers without an entry is 0.
    """

    column: Ints
    row: Ints
    limit: Ints
    side: Ints

    @staticmethod
    def none() -> Readings:
        nothing = np.empty(0, np.int64)
        return Readings(nothing, nothing, nothing, nothing)

    def __len__(self) -> int:
        return len(self.column)


@dataclass(frozen=True, eq=False)
class Program:
    """A leader and its followers.

    `joint` holds all variables and all rows of every level with the leader's objective: solved as
    it stands it is the relaxation that drops the followers' optimality. `column_owner` (n,) and
    `row_owner` (m,) say whose each is: 0 the leader's, k the follower `followers[k - 1]`'s, and
    `READ` (-1) for a column that stands for a multiplier. Where a follower's row or objective holds
    columns of another follower the two play against each other (Nash). A leader's row may hold
    all columns, and products of two. Follower columns are continuous unless the leader is
    whole-number in all that they see.

    `follower_cost` (n,): the followers' objectives over the columns that they own, each in its own
    sense. `foreign_cost` (K, n) CSR: other columns' part in each follower's objective.
    `follower_products`: the products in the followers' objectives, whose `row` is the follower's
    number, counted from 1. `readings` say which multipliers the columns of owner `READ` are.
    `limit_column` (m,): for a row that is a variable's limit the column it limits, else -1.
    `dual_lower`, `dual_upper` (m,): what the user states of a row's multiplier with `dual in`, in
    the sign of `.dual`; ±inf where nothing is stated. `dual_stated` (m,) says where it is.
    """

    joint: Linear
    column_owner: Ints
    row_owner: Ints
    followers: tuple[Follower, ...]
    follower_cost: Floats
    foreign_cost: sparse.csr_array[Any]
    limit_column: Ints
    dual_lower: Floats
    dual_upper: Floats
    dual_stated: Bools
    name: str = "model"
    follower_products: Products = field(default_factory=Products.none)
    readings: Readings = field(default_factory=Readings.none)

    @cached_property
    def owner_sense(self) -> Ints:
        """(K + 1,): 1 for a minimum, -1 for a maximum; the leader's first."""
        return np.array([self.joint.sense, *(f.sense for f in self.followers)], np.int64)

    @cached_property
    def leader_columns(self) -> Ints:
        return np.flatnonzero(self.column_owner == 0)

    @cached_property
    def follower_columns(self) -> Ints:
        return np.flatnonzero(self.column_owner > 0)

    @cached_property
    def follower_rows(self) -> Ints:
        return np.flatnonzero(self.row_owner > 0)

    @cached_property
    def follower_integer(self) -> Bools:
        """(n,): the whole-number columns of followers."""
        return np.asarray(self.joint.integer & (self.column_owner > 0))

    @cached_property
    def follower_hessian(self) -> sparse.csr_array[Any]:
        """(n, n): for each column that a follower owns the derivatives of its marginal cost.

        Rows of the leader's columns are empty. The marginal cost of follower column j at a point x
        is `follower_cost[j] + (follower_hessian @ x)[j]`, in its follower's own sense.
        """
        terms, n = self.follower_products, self.joint.shape[1]
        whole = [
            (one[own], other[own], terms.coef[own])
            for one, other in ((terms.first, terms.second), (terms.second, terms.first))
            for own in (self.column_owner[one] == terms.row,)
        ]
        row, column, value = (np.concatenate(part) for part in zip(*whole, strict=True))
        return matrix_of(row, column, value, (n, n))

    def marginal_cost(self, x: Floats) -> Floats:
        """(n,): of each follower column at a point, in its follower's own sense; 0 elsewhere."""
        if not len(self.follower_products):
            return self.follower_cost
        return np.asarray(self.follower_cost + self.follower_hessian @ x)

    @cached_property
    def own(self) -> sparse.csr_array[Any]:
        """(m, n): the followers' rows over the columns of the same follower."""
        return where(self.joint.A, self._own_entries)

    @property
    def others(self) -> sparse.csr_array[Any]:
        """(m, n): all rows over the columns that are not their own followers'."""
        return where(self.joint.A, ~self._own_entries)

    @cached_property
    def _own_entries(self) -> Bools:
        """(e,): the entries of `joint.A` in followers' rows and columns of the same follower."""
        A, owner = self.joint.A, self.row_owner
        of_row = np.where(owner > 0, owner, -2).astype(np.int32)
        whose = self.column_owner.astype(np.int32)[A.indices]
        return np.asarray(np.repeat(of_row, np.diff(A.indptr)) == whose)

    @cached_property
    def nash(self) -> bool:
        """Whether a follower's rows or marginal costs hold columns of another follower."""
        entries = self.joint.A.tocoo()
        row, column = entries.coords
        mine, whose = self.row_owner[row], self.column_owner[column]
        if ((mine > 0) & (whose > 0) & (mine != whose) & (entries.data != 0)).any():
            return True
        terms = self.follower_products
        one, other = self.column_owner[terms.first], self.column_owner[terms.second]
        mine = (one == terms.row) | (other == terms.row)
        return bool((mine & (one > 0) & (other > 0) & (one != other)).any())

    def follower_objectives(self, x: Floats) -> Floats:
        """(K,): each follower's objective at a point of all columns, in its own sense."""
        K, owned = len(self.followers), self.column_owner > 0
        own = np.bincount(
            self.column_owner[owned], (self.follower_cost * x)[owned], minlength=K + 1
        )
        terms = self.follower_products
        products = np.bincount(terms.row, terms.values(x), minlength=K + 1)
        constants = np.array([f.constant for f in self.followers])
        values: Floats = (own + products)[1:] + self.foreign_cost @ x + constants
        return values


def readings_at(program: Program, multipliers: Multipliers) -> Floats:
    """(n,): the multipliers that columns stand for, 0 at the other columns."""
    readings = program.readings
    of_limit = np.where(readings.side < 0, 0, 1)
    limits = np.stack([np.append(multipliers.lower, 0.0), np.append(multipliers.upper, 0.0)])
    value = np.append(multipliers.row, 0.0)[readings.row] + limits[of_limit, readings.limit]
    total = np.bincount(readings.column, value, minlength=program.joint.shape[1])
    return total.astype(np.float64)


READ = -1
"""The owner of columns that stand for multipliers."""


@dataclass(frozen=True, eq=False)
class Multipliers:
    """The followers' multipliers at a point, in the sign of `.dual` (see the language reference).

    `row` (m,): 0 on the leader's rows; `lower`, `upper` (n,): of the columns' own limits.
    """

    row: Floats
    lower: Floats
    upper: Floats
