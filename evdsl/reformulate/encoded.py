"""What an encoding gives: a problem for a solver, and the way into it from a bilevel point."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evdsl.program.linear import Bools, Family, Floats, Indices, Ints, Linear
from evdsl.program.mip import Mip, Pairs
from evdsl.program.program import Multipliers
from evdsl.reformulate.kkt import EQUAL, Kkt, derived, widened
from evdsl.reformulate.tally import Tally


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
        parts: Iterable[sparse.csr_array[Any]],
        lower: Floats,
        upper: Floats,
    ) -> None:
        """Rows of these families, part by part, over the columns that there are, or over the first
        of them."""
        self.rows.extend(families)
        self._matrices.extend(parts)
        self._limits.append((lower, upper))

    def linear(
        self,
        *,
        lower: Sequence[Floats],
        upper: Sequence[Floats],
        row_lower: Floats,
        row_upper: Floats,
    ) -> Linear:
        """The whole, with these limits in place of the base's own; those of columns in parts."""
        base, added = self.base, self.width - self.base.shape[1]
        return Linear(
            columns=(*base.columns, *self.columns),
            rows=(*base.rows, *self.rows),
            A=self._matrix(),
            row_lower=np.concatenate([row_lower, *(low for low, _ in self._limits)]),
            row_upper=np.concatenate([row_upper, *(high for _, high in self._limits)]),
            lower=np.concatenate([*lower, np.zeros(added)]),
            upper=np.concatenate([*upper, *self._upper]),
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
    if not held.any():
        return linear
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


def with_sides(
    joint: Linear, pairs: Pairs, column: Ints, value: Floats
) -> list[sparse.csr_array[Any]]:
    """The rows and then the columns of the `pairs` as rows with one more entry each: `value` in
    `column` (k,), which lies behind those of `joint`."""
    k = int(np.count_nonzero(pairs.row >= 0))
    return [
        _with_entries(joint.A, pairs.row[:k], column[:k], value[:k]),
        rows_of_two(pairs.column[k:], column[k:], value[k:]),
    ]


def _with_entries(
    matrix: sparse.csr_array[Any], rows: Ints, column: Ints, value: Floats
) -> sparse.csr_array[Any]:
    """These `rows` of a matrix, each with one more entry behind its own."""
    start = matrix.indptr[rows]
    width = matrix.indptr[rows + 1] - start + 1
    indptr = np.zeros(len(rows) + 1, matrix.indptr.dtype)
    np.cumsum(width, out=indptr[1:])
    source = np.repeat(start - indptr[:-1], width)
    source += np.arange(indptr[-1], dtype=source.dtype)
    indices, data = _any_behind(matrix.indices, source), _any_behind(matrix.data, source)
    indices[indptr[1:] - 1], data[indptr[1:] - 1] = column, value
    return _rows(data, indices, indptr)


def _any_behind(values: NDArray[Any], places: Ints) -> NDArray[Any]:
    """Those at these places; no matter which behind the last one."""
    return values.take(places, mode="clip") if len(values) else np.zeros(len(places), values.dtype)


def rows_of_two(first: Ints, second: Ints, value: Floats) -> sparse.csr_array[Any]:
    """Rows `x[first] + value x[second]`; each second column lies behind the first."""
    k = len(first)
    indices, data = np.empty((k, 2), np.int32), np.ones((k, 2))
    indices[:, 0], indices[:, 1], data[:, 1] = first, second, value
    return _rows(data.ravel(), indices.ravel(), np.arange(0, 2 * k + 1, 2, dtype=np.int32))


def _rows(data: Floats, indices: Indices, indptr: Indices) -> sparse.csr_array[Any]:
    return sparse.csr_array(
        (data, indices, indptr), shape=(len(indptr) - 1, int(indices.max(initial=-1)) + 1)
    )
