"""One level as arrays: families of rows and columns, linear rows, products of two columns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evdsl.program.keys import Keys
from evdsl.source.text import Span

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Indices: TypeAlias = NDArray[np.int32] | NDArray[np.int64]

Role = Literal[
    "user",
    "limit",
    "auxiliary",
    "dual",
    "multiplier",
    "stationarity",
    "reading",
    "encoding",
]


@dataclass(frozen=True, eq=False)
class Family:
    """Rows or columns of one declaration: `size` of them from `start`, one for each key.

    `block` is the leader's or follower's name, `name` the member's; generated families have names
    with a dot (`c.upper`: a variable's limit that holds leader variables and so is a row). `role`
    says who made it: `user` is declared in the model, `limit` such a variable's limit,
    `auxiliary` the columns and rows that make `abs`, `min` and `max` linear, `dual` the columns
    that stand for multipliers which the leader reads; the rest are made by reformulations. `bind`
    holds the names that the model gives to the indices.
    """

    block: str
    name: str
    keys: Keys
    start: int
    role: Role = "user"
    bind: tuple[str, ...] = ()
    span: Span | None = None

    @property
    def path(self) -> str:
        return f"{self.block}.{self.name}" if self.block else self.name

    @property
    def size(self) -> int:
        return self.keys.size

    @property
    def stop(self) -> int:
        return self.start + self.keys.size

    @property
    def slice(self) -> slice:
        return slice(self.start, self.stop)

    def label(self, index: int) -> str:
        """The name of row or column `index` (counted in the whole problem): `aev.c[u1, 3]`."""
        return self.path + self.keys.label(index - self.start)


@dataclass(frozen=True, eq=False)
class Products:
    """Terms `coef * x[first] * x[second]` of rows, or of an objective where `row` is -1.

    Each array is (e,); `first <= second`, and no two terms are of the same row and columns.
    """

    row: Ints
    first: Ints
    second: Ints
    coef: Floats

    @staticmethod
    def of(row: Ints, first: Ints, second: Ints, coef: Floats) -> Products:
        """Terms in any order; those that are alike are added up."""
        ends = np.sort([first, second], axis=0)
        keys, place = np.unique(np.stack([row, *ends]), axis=1, return_inverse=True)
        total = np.bincount(place.ravel(), coef, minlength=keys.shape[1]).astype(np.float64)
        kept = total != 0
        return Products(keys[0][kept], keys[1][kept], keys[2][kept], total[kept])

    @staticmethod
    def none() -> Products:
        nothing = np.empty(0, np.int64)
        return Products(nothing, nothing, nothing, np.empty(0))

    def __len__(self) -> int:
        return len(self.coef)

    def where(self, kept: Bools) -> Products:
        return Products(self.row[kept], self.first[kept], self.second[kept], self.coef[kept])

    def plus(self, *others: Products) -> Products:
        parts = zip(*(terms._arrays() for terms in (self, *others)), strict=True)
        row, first, second, coef = (np.concatenate(part) for part in parts)
        return Products.of(row, first, second, coef)

    def scaled(self, factor: float) -> Products:
        return Products(self.row, self.first, self.second, factor * self.coef)

    def values(self, x: Floats) -> Floats:
        """(e,): each term at a point."""
        return np.asarray(self.coef * x[self.first] * x[self.second])

    @property
    def of_objective(self) -> Products:
        return self.where(self.row < 0)

    @property
    def of_rows(self) -> Products:
        return self.where(self.row >= 0)

    @property
    def columns(self) -> Ints:
        """The columns that stand in a product."""
        return np.unique(np.concatenate([self.first, self.second]))

    def hessian(self, n: int) -> sparse.csr_array[Any]:
        """(n, n): the symmetric matrix of second derivatives of the sum of all terms."""
        row, column = np.append(self.first, self.second), np.append(self.second, self.first)
        return matrix_of(row, column, np.append(self.coef, self.coef), (n, n))

    def _arrays(self) -> tuple[Ints, Ints, Ints, Floats]:
        return self.row, self.first, self.second, self.coef


@dataclass(frozen=True, eq=False)
class Linear:
    """One level: optimise `cost x + constant` over `row_lower <= A x <= row_upper`,
    `lower <= x <= upper`, `x_j` whole where `integer_j`.

    Shapes: `A` is CSR (m, n); `row_*` (m,); `lower`, `upper`, `integer`, `cost` (n,). Infinite
    limits are ±np.inf. `sense` is 1 for a minimum and -1 for a maximum; `cost` is as the user
    wrote it. The families cover the columns and rows in order and without gaps. `products` are
    added to the objective and to the rows; without any the level is linear.
    """

    columns: tuple[Family, ...]
    rows: tuple[Family, ...]
    A: sparse.csr_array[Any]
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    integer: Bools
    cost: Floats
    constant: float = 0.0
    sense: int = 1
    products: Products = field(default_factory=Products.none)

    @property
    def shape(self) -> tuple[int, int]:
        m, n = self.A.shape
        return m, n

    def cut(self, rows: Ints, columns: Ints) -> Linear:
        """These rows over these columns, without families, constant and products; what the rows
        hold of other columns is left out."""
        return Linear(
            columns=(),
            rows=(),
            A=sparse.csr_array(self.A[rows][:, columns]),
            row_lower=self.row_lower[rows],
            row_upper=self.row_upper[rows],
            lower=self.lower[columns],
            upper=self.upper[columns],
            integer=self.integer[columns],
            cost=self.cost[columns],
            sense=self.sense,
        )

    def column_name(self, index: int) -> str:
        return _family_of(self.columns, index).label(index)

    def row_name(self, index: int) -> str:
        return _family_of(self.rows, index).label(index)

    def objective(self, x: Floats) -> float:
        squares = self.products.values(x)[self.products.row < 0].sum()
        return float(self.cost @ x + squares) + self.constant

    def activity(self, x: Floats) -> Floats:
        """(m,): the value of each row at a point."""
        value = np.asarray(self.A @ x)
        of_rows = self.products.of_rows
        if len(of_rows):
            np.add.at(value, of_rows.row, of_rows.values(x))
        return value

    @property
    def linear_part(self) -> Linear:
        """What holds beside products: rows with one say nothing, the objective lacks its own."""
        if not len(self.products):
            return self
        row_lower, row_upper = self.row_lower.copy(), self.row_upper.copy()
        held = self.products.of_rows.row
        row_lower[held], row_upper[held] = -np.inf, np.inf
        return replace(self, row_lower=row_lower, row_upper=row_upper, products=Products.none())

    def gradient(self, x: Floats) -> Floats:
        """(n,): the derivatives of the objective at a point."""
        if not len(self.products):
            return self.cost
        return np.asarray(self.cost + self.products.of_objective.hessian(len(x)) @ x)


def matrix_of(
    row: Indices, column: Indices, value: Floats, shape: tuple[int, int]
) -> sparse.csr_array[Any]:
    """The matrix of these entries, those of one place added up; with indices as solvers take them,
    of half the size of numpy's."""
    coords = (row.astype(np.int32, copy=False), column.astype(np.int32, copy=False))
    return sparse.csr_array((value, coords), shape=shape)


def where(matrix: sparse.csr_array[Any], kept: Bools) -> sparse.csr_array[Any]:
    """The matrix with those of its entries (e,) that are `kept`."""
    chosen = np.flatnonzero(kept)
    before = np.zeros(len(kept) + 1, matrix.indptr.dtype)
    np.cumsum(kept, out=before[1:])
    parts = (matrix.data[chosen], matrix.indices[chosen], before[matrix.indptr])
    return sparse.csr_array(parts, shape=matrix.shape)


def without_zeros(matrix: sparse.csr_array[Any]) -> sparse.csr_array[Any]:
    """The matrix itself where none of its entries is 0."""
    return matrix if matrix.data.all() else where(matrix, matrix.data != 0)


def _family_of(families: tuple[Family, ...], index: int) -> Family:
    return next(family for family in families if family.start <= index < family.stop)
