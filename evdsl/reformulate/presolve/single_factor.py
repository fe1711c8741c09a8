"""A factor that serves one row only: its pair needs no choice.

Let a continuous leader column `k` stand in one row of the whole problem, a follower's inequality,
and in no objective, and let its limits allow to make that row tight whatever the other columns
are. At any bilevel feasible point move `k` until the row is tight: the follower's feasible set
shrinks and still holds its answer, which stays optimal, and every objective and every other row
keeps its value. So only points with that row tight need to be looked at: the row becomes an
equality, and its pair disappears. With one factor an hour this removes all upper pairs.

Multipliers are not touched, so it holds for every one. Rows that are added later may hold `k`: an
extensible Kkt has no such factors. With SOS1 sets and indicators it is not done: SCIP then needs
more nodes, not fewer (72 hours with discharging: 47842, else 7570).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from evdsl.program.limits import Limits, activity
from evdsl.program.linear import Floats, Ints, without_zeros
from evdsl.reformulate.kkt import LOWER, UPPER, Kkt

SINGLE_FACTOR = "single factor"


def tightened(kkt: Kkt, factor: Ints, x: Floats) -> Floats:
    """The Program's point `x` (n,) with its factors (p,) moved until their rows are tight."""
    pairs, joint = kkt.pairs, kkt.program.joint
    tied = np.flatnonzero(factor >= 0)
    if not len(tied):
        return x
    slack = kkt.slack(x)[pairs.multiplier[tied] - joint.shape[1]]
    moved = x.copy()
    moved[factor[tied]] += pairs.side[tied] * slack / joint.A[pairs.row[tied], factor[tied]]
    return moved


def single_factors(kkt: Kkt, limits: Limits) -> Ints:
    """(p,): the leader column that can make the pair's row tight and serves it alone, else -1."""
    program, pairs = kkt.program, kkt.pairs
    if kkt.extensible:
        return np.full(len(pairs), -1)
    joint = program.joint
    matrix, (m, n) = without_zeros(joint.A), joint.shape
    serves_once = np.bincount(matrix.indices, minlength=n) == 1
    priced = (joint.cost != 0) | (abs(program.foreign_cost).sum(axis=0) != 0)
    priced[joint.products.columns] = True
    priced[program.follower_products.columns] = True
    single = (program.column_owner == 0) & serves_once & ~priced & ~joint.integer
    if not single.any():
        return np.full(len(pairs), -1)
    (row, column), value = matrix.tocoo().coords, matrix.data
    one_sided = np.isinf(joint.row_lower) | np.isinf(joint.row_upper)
    usable = np.flatnonzero(single[column])
    usable = usable[(program.row_owner[row[usable]] > 0) & one_sided[row[usable]]]
    if not len(usable):
        return np.full(len(pairs), -1)
    _, first = np.unique(row[usable], return_index=True)
    chosen = usable[first]
    its_row, its_column = row[chosen], column[chosen]
    ends = np.sort(value[chosen] * [joint.lower[its_column], joint.upper[its_column]], axis=0)
    others = sparse.csr_array((value.copy(), matrix.indices, matrix.indptr), shape=(m, n))
    others.data[chosen] = 0.0
    least, most = activity(others, limits)
    with np.errstate(invalid="ignore"):  # -inf + inf is nan, which reaches nothing
        reaches_upper = least[its_row] + ends[1] >= joint.row_upper[its_row]
        reaches_lower = most[its_row] + ends[0] <= joint.row_lower[its_row]
    at_upper, at_lower = np.full(m + 1, -1), np.full(m + 1, -1)
    at_upper[its_row[reaches_upper]] = its_column[reaches_upper]
    at_lower[its_row[reaches_lower]] = its_column[reaches_lower]
    sides = [(pairs.row >= 0) & (pairs.side == UPPER), (pairs.row >= 0) & (pairs.side == LOWER)]
    return np.select(sides, [at_upper[pairs.row], at_lower[pairs.row]], -1)
