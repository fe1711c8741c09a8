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
    m, n = joint.shape
    row = np.repeat(np.arange(m), np.diff(joint.A.indptr))
    column, factor = joint.A.indices.astype(np.int64), joint.A.data.astype(float, copy=False)
    present = factor != 0
    if not present.all():
        row, column, factor = row[present], column[present], factor[present]
    at_lower, at_upper = limits.lower[column] * factor, limits.upper[column] * factor
    at_least = np.where(factor > 0, at_lower, at_upper)
    at_most = np.where(factor > 0, at_upper, at_lower)
    rest_least = _rest(row, at_least, m)
    rest_most = _rest(row, at_most, m)
    high = (joint.row_upper[row] - rest_least) / factor
    low = (joint.row_lower[row] - rest_most) / factor
    upper = np.where(factor > 0, high, low)
    lower = np.where(factor > 0, low, high)
    return Limits(
        _keep_gains(limits.lower, _extreme(np.maximum, column, lower, -np.inf, n), +1),
        _keep_gains(limits.upper, _extreme(np.minimum, column, upper, np.inf, n), -1),
    )


def _rest(row: Ints, part: Floats, m: int) -> Floats:
    """For each entry the sum of the other parts of its row, infinite where one of them is.

    It is nan, which says nothing, where rounding beside much larger parts leaves little of it.
    """
    infinite = np.isinf(part)
    finite = np.where(infinite, 0.0, part)
    rest = np.asarray(np.bincount(row, finite, minlength=m)[row] - finite, np.float64)
    rounding = _ROUNDING * np.bincount(row, np.abs(finite), minlength=m)
    risky = np.flatnonzero((rounding > _GAIN)[row])
    lost = rounding[row[risky]] > _GAIN * np.maximum(1.0, np.abs(rest[risky]))
    rest[risky[lost]] = np.nan
    endless = np.flatnonzero(infinite)
    if not len(endless):
        return rest
    of_row = row[endless]
    count = np.bincount(of_row, minlength=m)[row] - infinite
    sign = np.bincount(of_row, np.sign(part[endless]), minlength=m)
    return np.where(count > 0, np.copysign(np.inf, sign)[row], rest)


def _extreme(choose: np.ufunc, column: Ints, values: Floats, nothing: float, n: int) -> Floats:
    result = np.full(n, nothing)
    choose.at(result, column, np.where(np.isnan(values), nothing, values))
    return result


def _keep_gains(known: Floats, found: Floats, direction: int) -> Floats:
    """`found` where it is sharper by more than rounding, else `known`."""
    with np.errstate(invalid="ignore"):
        gain = direction * (found - known)
    better = np.isfinite(found) & (gain > _GAIN * np.maximum(1.0, np.abs(found)))
    return np.where(better, found, known)
