"""Limits that every feasible point keeps: interval arithmetic over all rows of the Program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from scipy import sparse

from evdsl.program.linear import Floats, Ints, Linear
from evdsl.source.records import dataclass

_ROUNDS = 2
_GAIN = 1e-9
_ROUNDING = 2.0**-52
_AT_ONCE = 16384


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
    limits, rows = Limits(joint.lower, joint.upper), joint.linear_part
    for _ in range(_ROUNDS):
        sharper = _sharpened(rows, limits)
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


def _sharpened(joint: Linear, limits: Limits) -> Limits:
    """The limits of the columns, sharper where a row and the limits of its others say more.

    So many rows at once that what is in hand stays near the processor.
    """
    (m, n), ends = joint.shape, np.append(limits.lower, limits.upper)
    lower, upper = np.full(n, -np.inf), np.full(n, np.inf)
    for start in range(0, m, _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        for entries, most in _sides(joint.A[rows], joint.row_lower[rows], joint.row_upper[rows]):
            said, bound = _bounds(entries, most, ends)
            column, positive = entries.column[said], entries.factor[said] > 0
            np.minimum.at(upper, column[positive], bound[positive])
            np.maximum.at(lower, column[~positive], bound[~positive])
    return Limits(_keep_gains(limits.lower, lower, +1), _keep_gains(limits.upper, upper, -1))


@dataclass(frozen=True, eq=False)
class _Entries:
    """The entries (e,) of rows; `least_at` is where the limit of its column that makes an entry
    least stands, among all lower and then all upper ones."""

    row: Ints
    column: Ints
    factor: Floats
    least_at: Ints


def _sides(
    matrix: sparse.csr_array[Any], row_lower: Floats, row_upper: Floats
) -> Iterator[tuple[_Entries, Floats]]:
    """Rows as `A x <= most` (k,), first by their upper and then by their lower sides."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    column, factor = matrix.indices.astype(np.int64), matrix.data.astype(float, copy=False)
    if not factor.all():
        present = np.flatnonzero(factor)
        row, column, factor = row[present], column[present], factor[present]
    for turned, most in ((factor, row_upper), (-factor, -row_lower)):
        if (most < np.inf).any():
            least_at = column + matrix.shape[1] * (turned < 0)
            yield _Entries(row, column, turned, least_at), most


def _bounds(entries: _Entries, most: Floats, ends: Floats) -> tuple[Ints, Floats]:
    """Entries whose columns are bounded by `A x <= most` and the `ends` of their rows' others, and
    that bound: from above where the entry is positive.

    Where rounding beside much larger parts leaves little of it nothing is said.
    """
    row, size, least = entries.row, len(most), ends[entries.least_at] * entries.factor
    endless = np.isinf(least)
    count = np.bincount(row[endless], minlength=size)
    least[endless] = 0.0
    total = np.bincount(row, least, minlength=size)
    rounding = _ROUNDING * np.bincount(row, np.abs(least), minlength=size)
    count[most == np.inf] = 2
    known = np.flatnonzero(count[row] == endless)
    row = row[known]
    rest = total[row] - least[known]
    if rounding.max(initial=0.0) > _GAIN:
        says = rounding[row] <= _GAIN * np.maximum(1.0, np.abs(rest))
        row, rest, known = row[says], rest[says], known[says]
    return known, (most[row] - rest) / entries.factor[known]


def _keep_gains(known: Floats, found: Floats, direction: int) -> Floats:
    """`found` where it is sharper by more than rounding, else `known`."""
    with np.errstate(invalid="ignore"):
        gain = direction * (found - known)
    better = np.isfinite(found) & (gain > _GAIN * np.maximum(1.0, np.abs(found)))
    return np.where(better, found, known)
