"""Limits of the columns by which followers express `abs`, `max` and `min`."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from evdsl.program.limits import Limits, activity
from evdsl.program.linear import Family, Ints, Linear
from evdsl.program.program import Program


def at_their_values(program: Program, limits: Limits) -> Limits:
    """`limits` with the followers' auxiliary columns within what they can stand for.

    Moved to its true value such a column keeps every row, objective and pair: its defining rows
    press it that way, its other uses allow it (E0417 refuses what does not), and a multiplier that
    is positive on one of those uses makes a defining row tight. So no answer of users' variables is
    lost.
    """
    for family in program.joint.columns:
        if family.role == "auxiliary" and program.column_owner[family.slice].all():
            limits = _at_its_values(program.joint, limits, family)
    return limits


def _at_its_values(joint: Linear, limits: Limits, bend: Family) -> Limits:
    rows = _defining_rows(joint, bend)
    if not len(rows):
        return limits
    entries = joint.A[rows].tocoo()
    (row, column), factor = entries.coords, entries.data
    own = (column >= bend.start) & (column < bend.stop)
    rest = sparse.csr_array((factor[~own], (row[~own], column[~own])), shape=entries.shape)
    least, most = activity(rest, limits)
    lower, upper = limits.lower.copy(), limits.upper.copy()
    at, row_lower, row_upper = bend.slice, joint.row_lower[rows], joint.row_upper[rows]
    if np.isfinite(row_lower).all():
        highest = np.full(len(upper), -np.inf)
        np.maximum.at(highest, column[own], (row_lower - least)[row[own]])
        upper[at] = np.minimum(upper[at], highest[at])
    else:
        own &= np.isfinite(row_upper)[row]
        lowest = np.full(len(lower), np.inf)
        np.minimum.at(lowest, column[own], row_upper[row[own]] - most[row[own]])
        lower[at] = np.maximum(lower[at], lowest[at])
    return Limits(lower, upper)


def _defining_rows(joint: Linear, bend: Family) -> Ints:
    own = [
        np.arange(rows.start, rows.stop)
        for rows in joint.rows
        if rows.role == "auxiliary"
        and (rows.block, rows.name.rpartition(".")[0]) == (bend.block, bend.name)
    ]
    return np.concatenate([np.empty(0, np.int64), *own])
