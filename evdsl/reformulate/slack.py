"""Slacks of the pairs: as columns, and their bounds over all points that meet every row."""

from __future__ import annotations

import numpy as np

from evdsl.program.limits import Limits, activity
from evdsl.program.linear import Bools, Floats, Ints
from evdsl.program.lp import LpSolver
from evdsl.reformulate.encoded import (
    Extension,
    chosen_mask,
    pair_families,
    side_entries,
    side_limits,
)
from evdsl.reformulate.kkt import LOWER, Kkt, pick

_NOISE = 1e-9


def add_slacks(extension: Extension, kkt: Kkt, chosen: Ints) -> Ints:
    """Columns for the slacks of the `chosen` pairs, with the rows that make them so."""
    mask, index = chosen_mask(kkt, chosen), np.arange(len(chosen))
    slack = extension.width + index
    extension.add_columns(
        pair_families(kkt, mask, "slack", extension.width), upper=np.inf, integer=False
    )
    limit, at_lower = side_limits(kkt, chosen), kkt.pairs.side[chosen] < 0
    extension.add_rows(
        pair_families(kkt, mask, "slack", extension.height),
        [side_entries(kkt, chosen), (index, slack, np.where(at_lower, -1.0, 1.0))],
        limit,
        limit,
    )
    return slack


def slacks_at(kkt: Kkt, chosen: Ints, x: Floats) -> Floats:
    """The slacks of the `chosen` pairs at a point (n,)."""
    return np.maximum(kkt.slack(x)[kkt.pair_dual[chosen]], 0.0)


def interval_slack(kkt: Kkt, limits: Limits) -> Floats:
    """(p,): the largest slack by interval arithmetic, infinite where that says nothing.

    Where it is 0 the side is always tight, and its multiplier free.
    """
    pairs, joint = kkt.pairs, kkt.program.joint
    least, most = activity(joint.A, limits)
    low = pick(least, pairs.row) + pick(limits.lower, pairs.column)
    high = pick(most, pairs.row) + pick(limits.upper, pairs.column)
    at_lower = pick(joint.row_lower, pairs.row) + pick(joint.lower, pairs.column)
    at_upper = pick(joint.row_upper, pairs.row) + pick(joint.upper, pairs.column)
    largest = np.where(pairs.side == LOWER, high - at_lower, at_upper - low)
    return np.where(largest > _NOISE, largest, 0.0)


def relaxed_slack(kkt: Kkt, slack: Floats, wanted: Bools) -> Floats:
    """`slack` (p,) with the largest slack over the joint relaxation, by LP, where `wanted`.

    Infinite where that is unbounded; 0 where the relaxation has no point at all.
    """
    joint, pairs = kkt.program.joint, kkt.pairs
    result = slack.copy()
    solver = None
    for k in np.flatnonzero(wanted):
        solver = solver or LpSolver(joint.linear_part)
        row, column, lower = pairs.row[k], pairs.column[k], pairs.side[k] == LOWER
        if row >= 0:
            cost = joint.A[[row]].toarray()[0]
            limit = joint.row_lower[row] if lower else joint.row_upper[row]
        else:
            cost = np.zeros(joint.shape[1])
            cost[column] = 1.0
            limit = joint.lower[column] if lower else joint.upper[column]
        answer = solver.solve(cost=cost, sense=-1 if lower else 1)
        if answer.status == "infeasible":
            return np.where(wanted, 0.0, slack)
        if answer.status == "optimal":
            result[k] = abs(answer.objective - limit)
    return result
