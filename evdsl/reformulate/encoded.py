"""What an encoding gives: a problem for a solver, and the way into it from a bilevel point."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field, replace
from typing import Any

import numpy as np
from scipy import sparse

from evdsl.program.linear import Bools, Family, Floats, Ints, Linear
from evdsl.program.mip import Mip
from evdsl.program.program import Multipliers
from evdsl.reformulate.kkt import EQUAL, Kkt, derived, pick, unit_rows, widened
from evdsl.reformulate.tally import Tally
from evdsl.source.records import dataclass


@dataclass(frozen=True)
class Provenance:
    """How many of the bounds in use are proved, stated by the user, and assumed."""

    proved: int = 0
    stated: int = 0
    assumed: int = 0


@dataclass(frozen=True, eq=False)
class Encoded:
    """A single level with its pairs encoded.

    The Mip's first n columns are the Program's, so `x[:n]` of an answer is a point of the Program.
    `lift(x, multipliers)` is a complete start: from a point (n,) of the Program's columns and its
    followers' multipliers. Where the encoding ties a factor to its row (single_factor.py) it is
    moved. `tally` says what the presolve has done.
    """

    mip: Mip
    provenance: Provenance
    lift: Callable[[Floats, Multipliers], Floats]
    tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True, eq=False)
class Piece:
    """What a method has added: `start(x, values)` are the values of its columns at a point (n,) and
    its multipliers (q,); the rest is for the Mip."""

    start: Callable[[Floats, Floats], Floats]
    sos1: Ints = field(default_factory=lambda: np.empty((0, 2), np.int64))
    apart: Ints = field(default_factory=lambda: np.empty((0, 2), np.int64))
    indicators: Ints = field(default_factory=lambda: np.empty((0, 2), np.int64))


@dataclass()
class Extension:
    """Columns and rows that are added to a Linear, in order, a family at a time."""

    base: Linear
    columns: list[Family] = field(default_factory=list)
    rows: list[Family] = field(default_factory=list)
    _upper: list[Floats] = field(default_factory=list)
    _integer: list[Bools] = field(default_factory=list)
    _matrices: list[sparse.csr_array[Any]] = field(default_factory=list)
    _limits: list[tuple[Floats, Floats]] = field(default_factory=list)

    @property
    def width(self) -> int:
        return self.columns[-1].stop if self.columns else self.base.shape[1]

    @property
    def height(self) -> int:
        return self.rows[-1].stop if self.rows else self.base.shape[0]

    def add_columns(self, families: Iterable[Family], upper: float, integer: bool) -> None:
        """Columns from 0 to `upper`."""
        for family in families:
            self.columns.append(family)
            self._upper.append(np.full(family.size, upper))
            self._integer.append(np.full(family.size, integer))

    def add_rows(
        self,
        families: Iterable[Family],
        matrix: sparse.csr_array[Any],
        lower: Floats,
        upper: Floats,
    ) -> None:
        """Rows of these families over the columns that there are, or over the first of them."""
        self.rows.extend(families)
        self._matrices.append(matrix)
        self._limits.append((lower, upper))

    def linear(
        self, *, lower: Floats, upper: Floats, row_lower: Floats, row_upper: Floats
    ) -> Linear:
        """The whole, with these limits in place of the base's own."""
        base, added = self.base, self.width - self.base.shape[1]
        return Linear(
            columns=(*base.columns, *self.columns),
            rows=(*base.rows, *self.rows),
            A=self._matrix(),
            row_lower=np.concatenate([row_lower, *(low for low, _ in self._limits)]),
            row_upper=np.concatenate([row_upper, *(high for _, high in self._limits)]),
            lower=np.concatenate([lower, np.zeros(added)]),
            upper=np.concatenate([upper, *self._upper]),
            integer=np.concatenate([base.integer, *self._integer]),
            cost=np.concatenate([base.cost, np.zeros(added)]),
            constant=base.constant,
            sense=base.sense,
            products=base.products,
        )

    def _matrix(self) -> sparse.csr_array[Any]:
        parts = [widened(part, self.width) for part in (self.base.A, *self._matrices)]
        return parts[0] if len(parts) == 1 else sparse.csr_array(sparse.vstack(parts, format="csr"))


def pair_families(kkt: Kkt, chosen: Bools, word: str, start: int) -> list[Family]:
    """Families over the `chosen` pairs (p,): `c.upper.dual` gives `c.upper.tight` for `tight`."""
    n = kkt.program.joint.shape[1]
    picked = np.zeros(len(kkt.duals), np.bool_)
    picked[np.flatnonzero(kkt.duals.side != EQUAL)[chosen]] = True
    families = []
    for family in kkt.multiplier_families:
        mask = picked[family.start - n : family.stop - n]
        if mask.any():
            name = f"{family.name.removesuffix('.dual')}.{word}"
            families.append(derived(family, name, mask, start, "encoding"))
            start += int(mask.sum())
    return families


def chosen_mask(kkt: Kkt, chosen: Ints) -> Bools:
    """(p,): where a pair is among the `chosen`."""
    mask = np.zeros(len(kkt.pairs), np.bool_)
    mask[chosen] = True
    return mask


def with_sides_held(kkt: Kkt, held: Bools) -> Linear:
    """The single level with the sides of the `held` pairs (p,) as equalities."""
    linear, pairs = kkt.linear, kkt.pairs
    limits = {
        name: getattr(linear, name).copy() for name in ("lower", "upper", "row_lower", "row_upper")
    }
    for place, low, high in (
        (pairs.row, limits["row_lower"], limits["row_upper"]),
        (pairs.column, limits["lower"], limits["upper"]),
    ):
        at_upper = place[held & (place >= 0) & (pairs.side > 0)]
        at_lower = place[held & (place >= 0) & (pairs.side < 0)]
        low[at_upper] = high[at_upper]
        high[at_lower] = low[at_lower]
    return replace(linear, **limits)


def side_rows(kkt: Kkt, chosen: Ints) -> sparse.csr_array[Any]:
    """(k, n): the rows or columns of the `chosen` pairs, which are in their order, as rows."""
    joint, pairs = kkt.program.joint, kkt.pairs
    row, column = pairs.row[chosen], pairs.column[chosen]
    parts = [joint.A[row[row >= 0]], unit_rows(column[column >= 0], joint.shape[1])]
    return sparse.csr_array(sparse.vstack(parts, format="csr"))


def with_entries(
    matrix: sparse.csr_array[Any], column: Ints, value: Floats
) -> sparse.csr_array[Any]:
    """Each row with one more entry, whose column lies behind those of the others."""
    k, size = matrix.shape[0], matrix.nnz + matrix.shape[0]
    indptr = matrix.indptr + np.arange(k + 1)
    kept = np.ones(size, np.bool_)
    kept[indptr[1:] - 1] = False
    indices, data = np.empty(size, np.int32), np.empty(size)
    indices[kept], data[kept] = matrix.indices, matrix.data
    indices[~kept], data[~kept] = column, value
    return sparse.csr_array((data, indices, indptr), shape=(k, int(column.max(initial=-1)) + 1))


def side_limits(kkt: Kkt, chosen: Ints) -> Floats:
    """The limit that each chosen pair's side stands at when it is tight."""
    joint, pairs = kkt.program.joint, kkt.pairs
    row, column = pairs.row[chosen], pairs.column[chosen]
    lower = pick(joint.row_lower, row) + pick(joint.lower, column)
    upper = pick(joint.row_upper, row) + pick(joint.upper, column)
    return np.where(pairs.side[chosen] < 0, lower, upper)
