"""What of the pairs needs no choice, from the primal side alone.

* A side whose slack is 0 at every feasible point (no charging power in that hour) leaves its
  multiplier free.
* *A factor that serves one row only.* Let a continuous leader column `k` stand in one row of the
  whole problem, a follower's inequality, and in no objective, and let its limits allow to make that
  row tight whatever the other columns are. At any bilevel feasible point move `k` until the row is
  tight: the follower's feasible set shrinks and still holds its answer, which stays optimal, and
  every objective and every other row keeps its value. So only points with that row tight need
  to be looked at: the row becomes an equality and its pair needs no choice. With one factor an
  hour this removes all upper pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evdsl.program.program import Bools, Floats, Ints
from evdsl.reformulate.kkt import LOWER, UPPER, Kkt, pick
from evdsl.reformulate.limits import Limits, activity, implied_limits


@dataclass(frozen=True, eq=False)
class Presolved:
    """Per pair (p,): `slack` is the largest slack by interval arithmetic, infinite where it says
    nothing; `factor` the leader column that makes the pair's row tight, else -1."""

    limits: Limits
    slack: Floats
    factor: Ints

    @property
    def open(self) -> Bools:
        """The pairs in which a choice remains between slack and multiplier."""
        return (self.slack > 0) & (self.factor < 0)

    def tightened(self, kkt: Kkt, x: Floats) -> Floats:
        """The Program's point `x` (n,) with its factors moved until their rows are tight."""
        pairs, joint = kkt.pairs, kkt.program.joint
        tied = np.flatnonzero(self.factor >= 0)
        if not len(tied):
            return x
        slack = kkt.slack(x)[pairs.multiplier[tied] - joint.shape[1]]
        moved = x.copy()
        factor = joint.A[pairs.row[tied], self.factor[tied]]
        moved[self.factor[tied]] += pairs.side[tied] * slack / factor
        return moved


def presolve(kkt: Kkt) -> Presolved:
    limits = implied_limits(kkt.program.joint)
    nowhere = np.full(len(kkt.pairs), -1)
    factors = nowhere if kkt.extensible else _single_factors(kkt, limits)
    return Presolved(limits, _largest_slack(kkt, limits), factors)


def _largest_slack(kkt: Kkt, limits: Limits) -> Floats:
    pairs, joint = kkt.pairs, kkt.program.joint
    least, most = activity(joint.A, limits)
    low = pick(least, pairs.row) + pick(limits.lower, pairs.column)
    high = pick(most, pairs.row) + pick(limits.upper, pairs.column)
    at_lower = pick(joint.row_lower, pairs.row) + pick(joint.lower, pairs.column)
    at_upper = pick(joint.row_upper, pairs.row) + pick(joint.upper, pairs.column)
    return np.maximum(np.where(pairs.side == LOWER, high - at_lower, at_upper - low), 0.0)


def _single_factors(kkt: Kkt, limits: Limits) -> Ints:
    """For each pair the leader column that can always make its row tight and serves it alone."""
    program, pairs = kkt.program, kkt.pairs
    joint = program.joint
    matrix = joint.A.copy()
    matrix.eliminate_zeros()
    entries = matrix.tocoo()
    row, column, factor = entries.coords[0], entries.coords[1], entries.data
    m, n = joint.shape
    serves_once = np.bincount(column, minlength=n) == 1
    priced = (joint.cost != 0) | (abs(program.leader_cost).sum(axis=0) != 0)
    single = (program.column_owner == 0) & serves_once & ~priced & ~joint.integer
    one_sided = np.isinf(joint.row_lower) | np.isinf(joint.row_upper)
    usable = np.flatnonzero(single[column] & (program.row_owner[row] > 0) & one_sided[row])
    _, first = np.unique(row[usable], return_index=True)
    chosen = usable[first]
    chosen_row, chosen_column, chosen_factor = row[chosen], column[chosen], factor[chosen]
    kept = np.ones(len(row), np.bool_)
    kept[chosen] = False
    entries.data = np.where(kept, factor, 0.0)
    least, most = activity(entries.tocsr(), limits)
    ends = np.sort(
        [chosen_factor * joint.lower[chosen_column], chosen_factor * joint.upper[chosen_column]],
        axis=0,
    )
    reaches_upper = least[chosen_row] + ends[1] >= joint.row_upper[chosen_row]
    reaches_lower = most[chosen_row] + ends[0] <= joint.row_lower[chosen_row]
    at_upper, at_lower = np.full(m + 1, -1), np.full(m + 1, -1)
    at_upper[chosen_row[reaches_upper]] = chosen_column[reaches_upper]
    at_lower[chosen_row[reaches_lower]] = chosen_column[reaches_lower]
    sides = [(pairs.row >= 0) & (pairs.side == UPPER), (pairs.row >= 0) & (pairs.side == LOWER)]
    return np.select(sides, [at_upper[pairs.row], at_lower[pairs.row]], -1)
