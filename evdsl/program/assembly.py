"""Collects the families of columns and rows of a problem, and makes arrays of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy import sparse

from evdsl.ir.expr import Expr
from evdsl.program.form import Form, Term
from evdsl.program.keys import Keys
from evdsl.program.linear import (
    Bools,
    Family,
    Floats,
    Indices,
    Ints,
    Linear,
    Products,
    Role,
    matrix_of,
)
from evdsl.program.program import Readings
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.text import Span


@dataclass(frozen=True, eq=False)
class Rows:
    """A family of rows with its terms and products, whose row numbers count within the family."""

    family: Family
    terms: tuple[Term, ...]
    products: Products
    lower: Floats
    upper: Floats
    owner: Ints
    limit_column: Ints
    dual: tuple[Floats, Floats] | None = None


@dataclass(frozen=True, eq=False)
class Extreme:
    """Auxiliary columns that stand for an `abs`, `max` (curvature 1) or `min` (curvature -1).

    `rows` are those that define them.
    """

    columns: slice
    curvature: int
    node: Expr
    rows: slice


@dataclass(frozen=True, eq=False)
class Written:
    """Pairs that the leader writes with `complements`: columns that stand for the one side, and the
    slacks of the other, a form for each of them."""

    columns: Family
    slack: Form


@dataclass(eq=False)
class Assembly:
    """What has been grounded so far of one problem."""

    columns: list[Family] = field(default_factory=list)
    rows: list[Rows] = field(default_factory=list)
    extremes: list[Extreme] = field(default_factory=list)
    readings: list[Readings] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    _place: dict[Family, int] = field(default_factory=dict)
    _lower: list[Floats] = field(default_factory=list)
    _upper: list[Floats] = field(default_factory=list)
    _integer: list[Bools] = field(default_factory=list)
    _owner: list[Ints] = field(default_factory=list)

    @property
    def width(self) -> int:
        return self.columns[-1].stop if self.columns else 0

    @property
    def height(self) -> int:
        return self.rows[-1].family.stop if self.rows else 0

    def add_columns(
        self,
        block: str,
        name: str,
        keys: Keys,
        owner: Ints,
        *,
        role: Role = "user",
        integer: bool = False,
        bind: tuple[str, ...] = (),
        span: Span | None = None,
    ) -> Family:
        """Free columns; `limit` narrows them."""
        family = Family(block, name, keys, self.width, role, bind, span)
        self._place[family] = len(self.columns)
        self.columns.append(family)
        self._lower.append(np.full(keys.size, -np.inf))
        self._upper.append(np.full(keys.size, np.inf))
        self._integer.append(np.full(keys.size, integer))
        self._owner.append(np.broadcast_to(owner, keys.size))
        return family

    def hand_over(self, family: Family, owner: int) -> None:
        """Give columns to another owner."""
        self._owner[self._place[family]] = np.full(family.size, owner)

    def limit(self, family: Family, lower: Floats, upper: Floats) -> None:
        at = self._place[family]
        self._lower[at], self._upper[at] = lower, upper

    def row_sides(self, rows: Ints) -> tuple[Bools, Bools]:
        """Which of these rows have a lower and which an upper side."""
        lower = _joined([part.lower for part in self.rows])
        upper = _joined([part.upper for part in self.rows])
        return np.isfinite(lower[rows]), np.isfinite(upper[rows])

    def column_limits(self, columns: Ints) -> tuple[Floats, Floats]:
        """The lower and the upper limits of these columns."""
        return _joined(self._lower)[columns], _joined(self._upper)[columns]

    def add_rows(
        self,
        block: str,
        name: str,
        keys: Keys,
        body: Form,
        lower: Floats,
        upper: Floats,
        owner: Ints,
        *,
        role: Role = "user",
        bind: tuple[str, ...] = (),
        span: Span | None = None,
        limit_column: Ints | None = None,
        dual: tuple[Floats, Floats] | None = None,
    ) -> Family:
        """Rows `lower <= body <= upper`; the body's constant moves to the limits."""
        family = Family(block, name, keys, self.height, role, bind, span)
        none = np.broadcast_to(np.int64(-1), keys.size)
        self.rows.append(
            Rows(
                family,
                body.terms,
                Products.of(*body.product_entries()),
                np.broadcast_to(_moved(lower, body.constant), keys.size),
                np.broadcast_to(_moved(upper, body.constant), keys.size),
                np.broadcast_to(owner, keys.size),
                none if limit_column is None else limit_column,
                dual,
            )
        )
        return family

    # ---- arrays ------------------------------------------------------------------------------
    def linear(
        self, cost: Floats, constant: float, sense: int, products: Products | None = None
    ) -> Linear:
        """The problem of everything collected; `products` are those of the objective."""
        return Linear(
            tuple(self.columns),
            tuple(rows.family for rows in self.rows),
            self._matrix(),
            _joined([rows.lower for rows in self.rows]),
            _joined([rows.upper for rows in self.rows]),
            _joined(self._lower),
            _joined(self._upper),
            _truths(self._integer),
            cost,
            constant,
            sense,
            (products or Products.none()).plus(self.row_products()),
        )

    def row_products(self) -> Products:
        """The products in all rows, which count in the whole problem."""
        held = [
            replace(rows.products, row=rows.products.row + rows.family.start)
            for rows in self.rows
            if len(rows.products)
        ]
        return Products.none().plus(*held)

    def _matrix(self) -> sparse.csr_array[Any]:
        terms = [(rows.family.start, term) for rows in self.rows for term in rows.terms]
        i = _places([start + term.row_index() for start, term in terms])
        j = _places([term.cols for _, term in terms])
        a = _joined([term.weights() for _, term in terms])
        matrix = matrix_of(i, j, a, (self.height, self.width))
        matrix.eliminate_zeros()
        return matrix

    def column_owner(self) -> Ints:
        return _codes(self._owner)

    def row_owner(self) -> Ints:
        return _codes([rows.owner for rows in self.rows])

    def limit_columns(self) -> Ints:
        return _codes([rows.limit_column for rows in self.rows])

    def read(self) -> Readings:
        """What the columns that stand for multipliers are."""
        parts = [Readings.none(), *self.readings]
        return Readings(*(np.concatenate(part) for part in zip(*map(_arrays, parts), strict=True)))

    def stated(self) -> tuple[Floats, Floats, Bools]:
        """`dual in` of every row: lower, upper, and whether it is stated at all."""
        nothing = (np.array(-np.inf), np.array(np.inf))
        if all(rows.dual is None for rows in self.rows):
            lower, upper = (np.broadcast_to(end, self.height) for end in nothing)
            return lower, upper, np.zeros(self.height, np.bool_)
        pairs = [(rows.dual or nothing, rows.family.size) for rows in self.rows]
        lower = _joined([np.broadcast_to(dual[0], size) for dual, size in pairs])
        upper = _joined([np.broadcast_to(dual[1], size) for dual, size in pairs])
        stated = [np.full(rows.family.size, rows.dual is not None) for rows in self.rows]
        return lower, upper, _truths(stated)

    # ---- convexity ---------------------------------------------------------------------------
    def check_convexity(self, linear: Linear, pressed: Floats) -> None:
        """Every `abs`, `max` and `min` must be pressed to its true value by each of its uses.

        `pressed` (n,) is each column's cost in its owner's objective, turned into a minimum. Where
        the leader reads a follower's objective the follower has done the pressing. Raises E0417 for
        each that is used the other way: there the linear form would not be exact.
        """
        if not self.extremes:
            return
        matrix = linear.A.tocsc()
        problems = [
            _not_convex(extreme)
            for extreme in self.extremes
            if self._misused(extreme, linear, pressed, matrix[:, extreme.columns].tocoo())
        ]
        if problems:
            raise EvdslError(problems)

    def _misused(self, extreme: Extreme, linear: Linear, pressed: Floats, part: Any) -> bool:
        """Whether an objective or a row presses the columns away from what they stand for."""
        sign, owner = extreme.curvature, self.column_owner()[extreme.columns]
        if (sign * pressed[extreme.columns] < 0).any():
            return True
        row, column = part.coords
        own, reader = owner[column], self.row_owner()[row]
        slack = sign * part.data
        away = (np.isfinite(linear.row_upper[row]) & (slack < 0)) | (
            np.isfinite(linear.row_lower[row]) & (slack > 0)
        )
        defining = (row >= extreme.rows.start) & (row < extreme.rows.stop)
        wrong = np.where(own == reader, away & ~defining, own == 0)
        return bool(wrong.any())


def _not_convex(extreme: Extreme) -> Diagnostic:
    node = extreme.node
    name = getattr(node, "function", "abs")
    shape = "convex" if extreme.curvature > 0 else "concave"
    side = "bounded from above" if extreme.curvature > 0 else "bounded from below"
    goal = "minimised" if extreme.curvature > 0 else "maximised"
    return Diagnostic(
        "E0417",
        f"`{name}` of decision variables is {shape}: it can only be {goal} or {side}",
        node.span,
        label="used the other way here, as the numbers show",
        help="turn the sign round, or model the choice with binary variables of the leader",
    )


def _arrays(readings: Readings) -> tuple[Ints, Ints, Ints, Ints]:
    return readings.column, readings.row, readings.limit, readings.side


def _moved(limit: Floats, constant: Floats | float) -> Floats:
    """`limit - constant`; where there is no limit there is none, be the constant infinite too."""
    if not np.isfinite(limit).any():
        return limit
    limit, constant = np.broadcast_arrays(np.asarray(limit, np.float64), constant)
    return np.subtract(limit, constant, out=limit.copy(), where=np.isfinite(limit))


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts).astype(np.float64, copy=False) if parts else np.empty(0)


def _codes(parts: list[Ints]) -> Ints:
    return np.concatenate(parts).astype(np.int64, copy=False) if parts else np.empty(0, np.int64)


def _places(parts: list[Ints]) -> Indices:
    nothing = np.empty(0, np.int32)
    return np.concatenate([nothing, *parts], dtype=np.int32, casting="same_kind")


def _truths(parts: list[Bools]) -> Bools:
    return np.concatenate(parts) if parts else np.empty(0, np.bool_)
