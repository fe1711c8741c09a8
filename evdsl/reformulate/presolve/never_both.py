"""Two columns that only one row links cannot both stand between their limits.

Let columns i and j stand in no other row that has a λ than this one, with costs `c` and
coefficients `g`, and anchors `t_i = c_i / g_i < t_j = c_j / g_j`. The reduced costs are
`r_i = g_i (t_i - λ)` and `r_j = g_j (t_j - λ)`.

*Each λ is above t_i or below t_j. In the first case r_i has the sign of `-g_i`, in the second r_j
that of `g_j`: one limit of that kind has a positive multiplier, and is tight.* ∎

It says: of two ways to exchange with one row at different prices, only one is used in part. For a
storage with charging (`g = -ηC`, cost `p`: anchor `-p / ηC`) and discharging (`g = 1 / ηD`, cost
`-p`: anchor `-ηD p`) in the balance row `s - a s' - ηC c + d / ηD = ...`:

* `p > 0` and `ηC ηD < 1`: the anchors differ, and c or d is at its lower limit: never charge and
  discharge at once;
* `p < 0`: their order is the other one, and c or d is at its *upper* limit: to burn energy pays, so
  all that may be charged or discharged is;
* `p = 0`, or no losses: the anchors are equal. Then λ may equal both, and nothing is said.

Where marginal costs move (a tariff, a square) the anchors are intervals, which must be apart by
more than rounding. Holds for every λ; as a statement on single limits it needs the net form, in
which one limit of a column carries its reduced cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evdsl.program.joins import match, ranges
from evdsl.program.linear import Bools, Ints
from evdsl.reformulate.kkt import EQUAL, Kkt
from evdsl.reformulate.net import Net
from evdsl.reformulate.presolve.sets import Sets

_APART = 1e-6


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Columns (k,) with the next larger anchor in a row, as places in `Net.columns`: `first`, whose
    limits of the kind `above` (+1 lower, -1 upper) hold it where λ is above its anchor, and
    `second`, whose limits of the kind `below` hold it where λ is below. `row` is in `Net.rows`."""

    row: Ints
    first: Ints
    above: Ints
    second: Ints
    below: Ints


def neighbours(net: Net) -> Neighbours:
    by_column = net.by_column
    leaf = np.flatnonzero(np.diff(by_column.indptr) == 1)
    entry = by_column.indptr[leaf]
    row, gain = by_column.indices[entry].astype(np.int64), by_column.data[entry]
    ends = net.costs[leaf].T / gain
    low, high = np.minimum(*ends), np.maximum(*ends)
    key = np.empty(len(row), np.complex128)  # numpy sorts by the real part, then by the other
    key.real, key.imag = row, low
    order = np.argsort(key, kind="stable")
    row, gain, low, high, leaf = row[order], gain[order], low[order], high[order], leaf[order]
    scale = np.maximum(1.0, np.abs(low[1:]))
    apart = (row[1:] == row[:-1]) & (low[1:] - high[:-1] > _APART * scale)
    first = np.flatnonzero(apart)
    second = first + 1
    side = np.where(gain > 0, 1, -1)
    return Neighbours(row[first], leaf[first], -side[first], leaf[second], side[second])


@dataclass(frozen=True, eq=False)
class NeverBoth:
    """`sets`: in each a multiplier is positive. `apart` (e, 2): of two quantities at most one is
    positive, the slack of pair k as `k`, its multiplier as `p + k`."""

    sets: Sets
    apart: Ints


def never_both(kkt: Kkt, net: Net, choice: Bools, zero: Bools) -> NeverBoth:
    """What is left of it for the pairs with a `choice` (p,), where the multipliers `zero` (q,) are.

    Nothing is said of a set that holds a multiplier which is free.
    """
    found = neighbours(net)
    sides = _Sides(kkt, net, choice, zero)
    known = sides.complete(found.first, found.above) & sides.complete(found.second, found.below)
    k = np.flatnonzero(known)
    one, its_pair = sides.pairs(found.first[k], found.above[k])
    other, other_pair = sides.pairs(found.second[k], found.below[k])
    sets = Sets(
        row=net.rows[found.row[k]],
        column=np.full(len(k), -1),
        member=np.concatenate([one, other]),
        pair=np.concatenate([its_pair, other_pair]),
    )
    low, low_sign = sides.signs_of(found.first, found.above)
    high, high_sign = sides.signs_of(found.second, found.below)
    a, b = match(low, high)
    return NeverBoth(sets, np.stack([low_sign[a], high_sign[b]], axis=1))


class _Sides:
    """The pairs with a choice by the column and the kind (+1 lower, -1 upper) of their limits."""

    def __init__(self, kkt: Kkt, net: Net, choice: Bools, zero: Bools) -> None:
        size, dual = len(net.columns), kkt.pair_dual
        self._p = len(dual)
        chosen = np.flatnonzero(choice & (net.column[dual] >= 0))
        key = _key(net.column[dual[chosen]], np.where(net.gain[dual[chosen]] > 0, 1, -1))
        self._pair = chosen[np.argsort(key, kind="stable")]
        self._start = np.append(0, np.cumsum(np.bincount(key, minlength=2 * size)))
        switched = np.zeros(len(kkt.duals), np.bool_)
        switched[dual[choice]] = True
        self._complete = np.ones(2 * size, np.bool_)
        free = (net.column >= 0) & ~switched & ~zero
        for side in (1, -1):
            own = free & ((side * net.gain > 0) | (kkt.duals.side == EQUAL))
            self._complete[_key(net.column[own], np.full(int(own.sum()), side))] = False

    def complete(self, column: Ints, kind: Ints) -> Bools:
        """Whether no limit of that kind without a choice can have a positive multiplier."""
        return np.asarray(self._complete[_key(column, kind)])

    def pairs(self, column: Ints, kind: Ints) -> tuple[Ints, Ints]:
        """Which pairs are limits of that kind: places in `column` and pairs."""
        key = _key(column, kind)
        return ranges(self._start[key], self._start[key + 1], self._pair)

    def signs_of(self, column: Ints, held: Ints) -> tuple[Ints, Ints]:
        """What is positive only where λ does not hold the column at its limits of the kind `held`:
        the slack of such a limit, if there is but one, and the multipliers of the other kind."""
        place, slack = self.pairs(column, held)
        alone = (np.bincount(place, minlength=len(column)) == 1) & self.complete(column, held)
        others, multiplier = self.pairs(column, -held)
        kept = alone[place]
        return (
            np.concatenate([place[kept], others]),
            np.concatenate([slack[kept], self._p + multiplier]),
        )


def _key(column: Ints, kind: Ints) -> Ints:
    return 2 * column + (kind > 0)
