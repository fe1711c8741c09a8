"""Whether a cyclic chain can have the multiplier 0 throughout: a question to its numbers.

At λ = 0 every leaf with a cost stands at the limit that its cost pushes it to: with positive prices
nothing is charged and everything is discharged. The sum of the balances, weighted so that the links
cancel but for the closing one, then often cannot hold, whatever the leader decides; and the vertex
λ = 0 goes with no answer.
"""

from __future__ import annotations

import numpy as np

from evdsl.reformulate.chain import Chain
from evdsl.reformulate.kkt import Kkt
from evdsl.reformulate.limits import Limits
from evdsl.reformulate.net import Net

_NOISE = 1e-12
_MARGIN = 1e-7


def zero_is_impossible(kkt: Kkt, net: Net, chain: Chain, limits: Limits) -> bool:
    """Whether interval arithmetic refutes every answer with λ = 0 on the whole cycle."""
    joint = kkt.program.joint
    cost, leaf = net.cost[chain.leaf], chain.leaf
    pushed_down, pushed_up = leaf[cost > 0], leaf[cost < 0]
    if (net.reduced_upper[pushed_down] == 0).any() or (net.reduced_lower[pushed_up] == 0).any():
        return True
    with np.errstate(over="ignore"):
        weight = np.cumprod(np.append(1.0, chain.ratio))
    if not np.isfinite(weight).all():
        return False
    rows = net.rows[chain.order]
    total = weight @ joint.A[rows]
    total[np.abs(total) <= _NOISE * np.abs(weight).max()] = 0.0
    lower, upper = limits.lower.copy(), limits.upper.copy()
    stands_at_most = np.full(len(net.columns), -np.inf)
    np.maximum.at(stands_at_most, net.column[net.limits(+1)], net.highest[net.limits(+1)])
    stands_at_least = np.full(len(net.columns), np.inf)
    np.minimum.at(stands_at_least, net.column[net.limits(-1)], net.lowest[net.limits(-1)])
    down, up = net.columns[pushed_down], net.columns[pushed_up]
    upper[down] = np.fmin(upper[down], stands_at_most[pushed_down])
    lower[up] = np.fmax(lower[up], stands_at_least[pushed_up])
    present = total != 0
    terms = np.sort([total[present] * lower[present], total[present] * upper[present]], axis=0)
    least, most = terms.sum(axis=1)
    right = float(weight @ joint.row_lower[rows])
    margin = _MARGIN * max(1.0, abs(right), float(np.abs(weight * joint.row_lower[rows]).sum()))
    return bool(least > right + margin or most < right - margin)
