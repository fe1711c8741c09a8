"""Limits that every feasible point keeps: interval arithmetic over all rows of the Program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from scipy import sparse

from evdsl.program.linear import Bools, Floats, Ints, Linear, without_zeros

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
    (m, n), lower, upper = matrix.shape, limits.lower, limits.upper
    matrix = without_zeros(matrix)
    least_at = np.where(matrix.data > 0, matrix.indices, matrix.indices + n)
    ends = sparse.csr_array((matrix.data, least_at, matrix.indptr), shape=(m, 2 * n))
    return ends @ np.append(lower, upper), ends @ np.append(upper, lower)


def _sharpened(joint: Linear, limits: Limits) -> Limits:
    """The limits of the columns, sharper where a row and the limits of its others say more.

    So many rows at once that what is in hand stays near the processor.
    """
    m, n = joint.shape
    ends = np.append(-limits.lower, limits.upper)
    sharper, endless = ends.copy(), np.isinf(ends)
    known = np.where(endless, 0.0, ends)
    for start in range(0, m, _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        for entries, most in _sides(joint, rows):
            bound = _bounds(entries, most, known, endless)
            before = ends[entries.bounded]
            less = np.flatnonzero(bound < before)
            place, bound, before = entries.bounded[less], bound[less], before[less]
            gains = before - bound > _GAIN * np.maximum(1.0, np.abs(bound))
            np.minimum.at(sharper, place[gains], bound[gains])
    return Limits(-sharper[:n], sharper[n:])


@dataclass(frozen=True, eq=False)
class _Entries:
    """The entries (e,) of rows and their `size`. An `end` is a limit of a column j, `-x <= end` at
    j and `x <= end` at n + j: each entry is least at its end `least`, and its row gives the end
    `bounded` a bound."""

    row: Ints
    size: Floats
    least: Ints
    bounded: Ints


def _sides(joint: Linear, rows: slice) -> Iterator[tuple[_Entries, Floats]]:
    """Rows as `A x <= most` (k,), first by their upper and then by their lower sides."""
    indptr = joint.A.indptr[rows.start : rows.stop + 1]
    inside = slice(indptr[0], indptr[-1])
    factor = joint.A.data[inside].astype(float, copy=False)
    column = joint.A.indices[inside].astype(np.int64)
    row = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    if not factor.all():
        present = np.flatnonzero(factor)
        row, column, factor = row[present], column[present], factor[present]
    size, n = np.abs(factor), joint.shape[1]
    behind = n * (factor < 0)
    lower, upper = column + behind, column + (n - behind)
    row_lower, row_upper = joint.row_lower[rows], joint.row_upper[rows]
    if (row_upper < np.inf).any():
        yield _Entries(row, size, lower, upper), row_upper
    if (row_lower > -np.inf).any():
        yield _Entries(row, size, upper, lower), -row_lower


def _bounds(entries: _Entries, most: Floats, known: Floats, endless: Bools) -> Floats:
    """(e,): the bound that `A x <= most` and the ends of its row's other entries give each entry.

    Ends that are `endless` are 0 in `known`. Infinite where others are endless, and where rounding
    beside much larger parts leaves little of it.
    """
    row, k = entries.row, len(most)
    part, without = known[entries.least] * entries.size, endless[entries.least]
    total = np.bincount(row, part, minlength=k)
    rest = part - total[row]  # the least of the others
    bound = (most[row] - rest) / entries.size
    if without.any():
        bound[np.bincount(row, without, minlength=k)[row] != without] = np.inf
    if _ROUNDING * np.abs(part).sum() > _GAIN:
        rounding = _ROUNDING * np.bincount(row, np.abs(part), minlength=k)
        bound[rounding[row] > _GAIN * np.maximum(1.0, np.abs(rest))] = np.inf
    return bound
