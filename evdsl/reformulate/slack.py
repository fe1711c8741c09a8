"""Slacks of the pairs: as columns, and their bounds over all points that meet every row."""

from __future__ import annotations

import numpy as np

from evdsl.program.limits import Limits, activity
from evdsl.program.linear import Bools, Floats, Ints, Linear
from evdsl.program.lp import LpSolver
from evdsl.reformulate.encoded import (
    Extension,
    chosen_mask,
    pair_families,
    with_sides,
)
from evdsl.reformulate.kkt import LOWER, Kkt, of_sides
from evdsl.reformulate.relaxation import relaxation

_NOISE = 1e-9


def add_slacks(extension: Extension, kkt: Kkt, chosen: Ints) -> Ints:
    """Columns for the slacks of the `chosen` pairs, with the rows that make them so."""
    mask = chosen_mask(kkt, chosen)
    slack = extension.width + np.arange(len(chosen))
    extension.add_columns(
        pair_families(kkt, mask, "slack", extension.width), upper=np.inf, integer=False
    )
    joint, pairs = kkt.program.joint, kkt.pairs.take(chosen)
    limit, at_lower = kkt.limit[kkt.pair_dual[chosen]], pairs.side < 0
    extension.add_rows(
        pair_families(kkt, mask, "slack", extension.height),
        with_sides(joint, pairs, slack, np.where(at_lower, -1.0, 1.0)),
        limit,
        limit,
    )
    return slack


def slacks_at(kkt: Kkt, chosen: Ints, x: Floats) -> Floats:
    """The slacks of the `chosen` pairs at a point (n,)."""
    return np.maximum(kkt.slack(x)[kkt.pair_dual[chosen]], 0.0)


def interval_slack(kkt: Kkt, limits: Limits) -> Floats:
    """(p, 2): the least and the largest slack by interval arithmetic, infinite where that says
    nothing. Where the latter is 0 the side is always tight, and its multiplier free."""
    pairs, joint = kkt.pairs, kkt.program.joint
    least, most = activity(joint.A, limits)
    low = of_sides(pairs, least, limits.lower)
    high = of_sides(pairs, most, limits.upper)
    limit, below = kkt.limit[kkt.pair_dual], pairs.side == LOWER
    with np.errstate(invalid="ignore"):  # inf - inf is nan, which says nothing
        least = np.fmax(np.where(below, low - limit, limit - high), 0.0)
    largest = np.where(below, high - limit, limit - low)
    largest[largest <= _NOISE] = 0.0
    return np.stack([least, largest]).T


def relaxed_slack(
    kkt: Kkt, slack: Floats, wanted: Bools, incumbent: Floats | None = None
) -> Floats:
    """`slack` (p,) or, where `wanted` and less, the largest one over the relaxation, by LP.

    With an `incumbent` (n,) over those of its points that are no worse. Infinite where that is
    unbounded; 0 where the relaxation has no point at all.
    """
    if not wanted.any():
        return slack
    pairs, linear = kkt.pairs, relaxation(kkt.program.joint, incumbent)
    solver, result = LpSolver(linear), slack.copy()
    for k in np.flatnonzero(wanted):
        lower = bool(pairs.side[k] == LOWER)
        cost, limit = _side(linear, int(pairs.row[k]), int(pairs.column[k]), lower)
        answer = solver.solve(cost=cost, sense=-1 if lower else 1)
        if answer.status == "infeasible" and incumbent is not None:
            return relaxed_slack(kkt, slack, wanted)
        if answer.status == "infeasible":
            return np.where(wanted, 0.0, slack)
        if answer.status == "optimal":
            result[k] = min(slack[k], abs(answer.objective - limit))
    return result


def _side(linear: Linear, row: int, column: int, lower: bool) -> tuple[Floats, float]:
    """What a side limits, as a cost (n,), and its limit."""
    if row >= 0:
        limits = linear.row_lower if lower else linear.row_upper
        return linear.A[[row]].toarray()[0], float(limits[row])
    cost = np.zeros(linear.shape[1])
    cost[column] = 1.0
    limits = linear.lower if lower else linear.upper
    return cost, float(limits[column])
