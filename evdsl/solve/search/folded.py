"""A smaller linear problem with the same answers.

A column without a cost that stands in one row only widens that row by its own limits; and a row
that is left with one column only limits that column. Both hold whatever other columns are.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from evdsl.program.linear import Bools, Floats, Ints, Linear


def folded(linear: Linear, at: Floats, read: Bools, untouched: Bools) -> tuple[Linear, Ints]:
    """The problem without columns that only widen a row and without rows that only limit a column;
    and which columns (k,) are left.

    Those that are `read` (n,) are left, and so are those `untouched` (n,), whose limits stay as
    well. The point `at` (n,), which is feasible, remains so however limits are rounded.
    """
    m, n = linear.shape
    row, column, coef = sparse.find(linear.A)
    once = np.bincount(column, minlength=n) == 1
    widens = once & (linear.cost == 0) & ~(linear.integer | read | untouched)
    own = widens[column]
    ends = _ends(coef[own] * linear.lower[column[own]], coef[own] * linear.upper[column[own]])
    row_lower = linear.row_lower - np.bincount(row[own], ends[1], minlength=m)
    row_upper = linear.row_upper - np.bincount(row[own], ends[0], minlength=m)

    single = np.bincount(row[~own], minlength=m) == 1
    limit = ~own & single[row] & ~untouched[column]
    where, moved = row[limit], column[limit]
    ends = _ends(row_lower[where] / coef[limit], row_upper[where] / coef[limit])
    lower, upper = linear.lower.copy(), linear.upper.copy()
    np.maximum.at(lower, moved, ends[0])
    np.minimum.at(upper, moved, ends[1])

    says = np.isfinite(row_lower) | np.isfinite(row_upper)
    says[where] = False
    smaller = replace(
        linear,
        row_lower=row_lower,
        row_upper=row_upper,
        lower=np.minimum(lower, at),
        upper=np.maximum(upper, at),
    )
    columns = np.flatnonzero(~widens)
    return smaller.cut(np.flatnonzero(says), columns), columns


def _ends(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """The lower and the upper ones."""
    return np.minimum(first, second), np.maximum(first, second)
