"""Limits that every feasible point keeps: interval arithmetic over all rows of the Program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from scipy import sparse

from evdsl.program.linear import Floats, Ints, Linear

_ROUNDS = 2
_GAIN = 1e-9
_ROUNDING = 2.0**-52


@dataclass(frozen=True, eq=False)
class Limits:
    """`lower`, `upper` (n,): limits of the columns, the declared ones or sharper."""

    lower: Floats
    upper: Floats


def implied_limits(joint: Linear) -> Limits:
    """The columns' limits, sharpened twice through the rows: `c <= k C` and `k <= 1` give `c <= C`.

    Rows with products say nothing. Where the rows contradict each other the limits stay as they
    were before that showed. They are kept as long as `joint` is.
    """
    if joint not in _known:
        _known[joint] = _implied(joint)
    return _known[joint]


_known: WeakKeyDictionary[Linear, Limits] = WeakKeyDictionary()


def _implied(joint: Linear) -> Limits:
    limits, sides = Limits(joint.lower, joint.upper), _Sides.of(joint.linear_part)
    for _ in range(_ROUNDS):
        sharper = sides.sharpened(limits)
        if (sharper.lower > sharper.upper + _GAIN).any():
            return limits
        limits = sharper
    return limits


def activity(matrix: sparse.csr_array[Any], limits: Limits) -> tuple[Floats, Floats]:
    """(m,) twice: the smallest and the largest value of each row within the limits."""
    up, down = matrix.maximum(0), matrix.minimum(0)
    up.eliminate_zeros()
    down.eliminate_zeros()
    least = up @ limits.lower + down @ limits.upper
    most = up @ limits.upper + down @ limits.lower
    return least, most


@dataclass(frozen=True, eq=False)
class _Sides:
    """The finite sides of rows as `A x <= most` (k,), by the entries (e,) of `A`.

    `least_at` is where the limit of an entry's column that makes the entry least stands, among all
    lower and then all upper ones.
    """

    row: Ints
    column: Ints
    factor: Floats
    least_at: Ints
    most: Floats

    @staticmethod
    def of(joint: Linear) -> _Sides:
        above, below = np.isfinite(joint.row_upper), np.isfinite(joint.row_lower)
        parts = joint.A[np.flatnonzero(above)], joint.A[np.flatnonzero(below)]
        widths = np.concatenate([np.diff(part.indptr) for part in parts])
        row = np.repeat(np.arange(len(widths)), widths)
        column = np.concatenate([part.indices for part in parts]).astype(np.int64)
        factor = np.concatenate([parts[0].data, -parts[1].data]).astype(float, copy=False)
        most = np.concatenate([joint.row_upper[above], -joint.row_lower[below]])
        if not factor.all():
            present = np.flatnonzero(factor)
            row, column, factor = row[present], column[present], factor[present]
        return _Sides(row, column, factor, column + joint.shape[1] * (factor < 0), most)

    def sharpened(self, limits: Limits) -> Limits:
        """The limits of the columns, sharper where a row and the limits of its others say more."""
        least = np.append(limits.lower, limits.upper)[self.least_at] * self.factor
        endless = np.isinf(least)
        count = np.bincount(self.row[endless], minlength=len(self.most))
        least[endless] = 0.0
        total = np.bincount(self.row, least, minlength=len(self.most))
        rounding = _ROUNDING * np.bincount(self.row, np.abs(least), minlength=len(self.most))
        known = np.flatnonzero(count[self.row] == endless)
        row, column, factor = self.row[known], self.column[known], self.factor[known]
        rest = total[row] - least[known]
        bound = (self.most[row] - rest) / factor
        says = rounding[row] <= _GAIN * np.maximum(1.0, np.abs(rest))
        lower, upper = np.full(len(limits.lower), -np.inf), np.full(len(limits.upper), np.inf)
        below, above = np.flatnonzero(says & (factor < 0)), np.flatnonzero(says & (factor > 0))
        np.maximum.at(lower, column[below], bound[below])
        np.minimum.at(upper, column[above], bound[above])
        return Limits(_keep_gains(limits.lower, lower, +1), _keep_gains(limits.upper, upper, -1))


def _keep_gains(known: Floats, found: Floats, direction: int) -> Floats:
    """`found` where it is sharper by more than rounding, else `known`."""
    with np.errstate(invalid="ignore"):
        gain = direction * (found - known)
    better = np.isfinite(found) & (gain > _GAIN * np.maximum(1.0, np.abs(found)))
    return np.where(better, found, known)
