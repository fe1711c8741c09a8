"""Products with a whole number of the leader's as linear rows: exact, with proven limits.

A product `z v` of a binary `z` and a column `v` with `L <= v <= U` is a column `w` with the rows
`w <= U z`, `w >= L z`, `w <= v - L (1 - z)`, `w >= v - U (1 - z)` (G. P. McCormick, Mathematical
Programming 10, 1976). A whole number `z` in `[l, u]` is `l + Σ 2^k b_k` with binaries `b_k`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from evdsl.program.convexity import squares
from evdsl.program.keys import scalar
from evdsl.program.limits import Limits, implied_limits
from evdsl.program.linear import Bools, Family, Floats, Linear
from evdsl.program.program import Multipliers
from evdsl.reformulate.encoded import Encoded

_MOST_BITS = 10


def with_linear_products(encoded: Encoded) -> Encoded:
    """`encoded` with columns for the products that have a whole number and a limited column.

    Products of an objective that are convex as they are stay.
    """
    linear = encoded.mip.linear
    wanted = _wanted(linear)
    if not wanted.any():
        return encoded
    added = _Added(linear, implied_limits(linear))
    kept = [*np.flatnonzero(~wanted)]
    for k in np.flatnonzero(wanted).tolist():
        if not added.product(k):
            kept.append(k)
    if len(kept) == len(linear.products):
        return encoded
    left = linear.products.where(np.isin(np.arange(len(linear.products)), kept))

    def lift(x: Floats, multipliers: Multipliers) -> Floats:
        return added.values(encoded.lift(x, multipliers))

    size = encoded.mip.size
    mip = replace(
        encoded.mip,
        linear=replace(added.linear(), products=left),
        size=None if size is None else added.sizes(size),
    )
    return replace(encoded, mip=mip, lift=lift)


def _wanted(linear: Linear) -> Bools:
    """(e,): products with a whole number in rows, and in an objective that is not convex."""
    terms = linear.products
    of_objective = terms.of_objective.scaled(linear.sense)
    hard = terms.row >= 0
    if len(of_objective) and squares(of_objective, linear.shape[1]) is None:
        hard |= terms.row < 0
    return np.asarray(hard & (linear.integer[terms.first] | linear.integer[terms.second]))


@dataclass()
class _Added:
    """Columns and rows that are added to `base`, one at a time."""

    base: Linear
    limits: Limits
    columns: list[Family] = field(default_factory=list)
    rows: list[Family] = field(default_factory=list)
    _lower: list[float] = field(default_factory=list)
    _upper: list[float] = field(default_factory=list)
    _integer: list[bool] = field(default_factory=list)
    _of_row: list[tuple[dict[int, float], float, float]] = field(default_factory=list)
    _replaced: list[tuple[int, dict[int, float]]] = field(default_factory=list)
    _bits: dict[int, list[int]] = field(default_factory=dict)
    _makes: list[tuple[int, int, int]] = field(default_factory=list)
    _made: dict[tuple[int, int], int] = field(default_factory=dict)

    @property
    def width(self) -> int:
        return self.base.shape[1] + len(self.columns)

    def product(self, k: int) -> bool:
        """Replace product `k` by a sum of columns; False where a limit is missing."""
        terms = self.base.products
        one, other = int(terms.first[k]), int(terms.second[k])
        ways = [(one, other), (other, one)]
        for whole, column in ways:
            if self.base.integer[whole] and self._is_limited(whole, column):
                coef = float(terms.coef[k])
                parts = {column: coef * self._least(whole)}
                for power, bit in enumerate(self._bits_of(whole)):
                    product = self._product(bit, column)
                    parts[product] = parts.get(product, 0.0) + coef * 2.0**power
                self._replaced.append((int(terms.row[k]), parts))
                return True
        return False

    def _least(self, whole: int) -> float:
        return 0.0 if self._is_binary(whole) else float(np.ceil(self.limits.lower[whole]))

    def _is_binary(self, whole: int) -> bool:
        return bool(self.limits.lower[whole] >= 0 and self.limits.upper[whole] <= 1)

    def _is_limited(self, whole: int, column: int) -> bool:
        lower, upper = self.limits.lower, self.limits.upper
        known = np.isfinite([lower[whole], upper[whole], lower[column], upper[column]]).all()
        return bool(known) and upper[whole] - lower[whole] < 2**_MOST_BITS

    def _bits_of(self, whole: int) -> list[int]:
        """The binaries that make a whole number; a binary makes itself."""
        if self._is_binary(whole):
            return [whole]
        if whole not in self._bits:
            least = self._least(whole)
            span = int(np.floor(self.limits.upper[whole]) - least)
            name = self.base.column_name(whole)
            bits = [self._column(f"{name}.bit", 0.0, 1.0, True) for _ in range(span.bit_length())]
            parts = {bit: -(2.0**power) for power, bit in enumerate(bits)}
            self._row(f"{name}.bits", {whole: 1.0, **parts}, least, least)
            self._bits[whole] = bits
        return self._bits[whole]

    def _product(self, bit: int, column: int) -> int:
        if bit == column:
            return bit
        key = (min(bit, column), max(bit, column))
        if key not in self._made:
            low, high = float(self.limits.lower[column]), float(self.limits.upper[column])
            name = f"{self.base.column_name(column)}.times"
            w = self._column(name, min(low, 0.0), max(high, 0.0), False)
            inf = np.inf
            self._row(name, {w: 1.0, bit: -high}, -inf, 0.0)
            self._row(name, {w: 1.0, bit: -low}, 0.0, inf)
            self._row(name, {w: 1.0, column: -1.0, bit: -low}, -inf, -low)
            self._row(name, {w: 1.0, column: -1.0, bit: -high}, -high, inf)
            self._made[key] = w
            self._makes.append((w, bit, column))
        return self._made[key]

    def _column(self, name: str, lower: float, upper: float, integer: bool) -> int:
        column = self.width
        self.columns.append(Family("", name, scalar(), column, role="encoding"))
        self._lower.append(lower)
        self._upper.append(upper)
        self._integer.append(integer)
        return column

    def _row(self, name: str, entries: dict[int, float], lower: float, upper: float) -> None:
        row = self.base.shape[0] + len(self.rows)
        self.rows.append(Family("", name, scalar(), row, role="encoding"))
        self._of_row.append((entries, lower, upper))

    def values(self, x: Floats) -> Floats:
        """The values of all columns where those of `base` are `x`."""
        whole = np.append(x, np.zeros(len(self.columns)))
        for number, bits in self._bits.items():
            rest = round(float(x[number]) - self._least(number))
            for power, bit in enumerate(bits):
                whole[bit] = (rest >> power) & 1
        for w, bit, column in self._makes:
            whole[w] = whole[bit] * whole[column]
        return whole

    def sizes(self, size: Floats) -> Floats:
        """`Mip.size` of all columns: a product is as large as its column."""
        whole = np.append(size, np.ones(len(self.columns)))
        for w, _, column in self._makes:
            whole[w] = whole[column]
        return whole

    def linear(self) -> Linear:
        base, (m, _) = self.base, self.base.shape
        old = base.A.tocoo()
        row: list[int] = old.coords[0].tolist()
        column: list[int] = old.coords[1].tolist()
        value: list[float] = old.data.tolist()
        cost = np.append(base.cost, np.zeros(len(self.columns)))
        for k, (entries, _, _) in enumerate(self._of_row):
            for j, coef in entries.items():
                row.append(m + k)
                column.append(j)
                value.append(coef)
        for target, parts in self._replaced:
            for j, coef in parts.items():
                if target < 0:
                    cost[j] += coef
                else:
                    row.append(target)
                    column.append(j)
                    value.append(coef)
        return Linear(
            columns=(*base.columns, *self.columns),
            rows=(*base.rows, *self.rows),
            A=sparse.csr_array((value, (row, column)), shape=(m + len(self.rows), self.width)),
            row_lower=np.append(base.row_lower, [low for _, low, _ in self._of_row]),
            row_upper=np.append(base.row_upper, [high for _, _, high in self._of_row]),
            lower=np.append(base.lower, self._lower),
            upper=np.append(base.upper, self._upper),
            integer=np.append(base.integer, np.array(self._integer, np.bool_)),
            cost=cost,
            constant=base.constant,
            sense=base.sense,
        )
