"""Whether a cyclic chain can have the multiplier 0 throughout: a question to its numbers.

At λ = 0 every leaf with a cost stands at the limit that its cost pushes it to: with positive prices
nothing is charged and everything is discharged. The sum of the balances, weighted so that the links
cancel but for the closing one, then often cannot hold, whatever the leader decides; and the vertex
λ = 0 goes with no answer.
"""

from __future__ import annotations

import numpy as np

from evdsl.program.limits import Limits
from evdsl.reformulate.chain import Chain
from evdsl.reformulate.kkt import Kkt
from evdsl.reformulate.net import Net

_NOISE = 1e-12
_MARGIN = 1e-7


def zero_is_impossible(kkt: Kkt, net: Net, chain: Chain, limits: Limits) -> bool:
    """Whether interval arithmetic refutes every answer with λ = 0 on the whole cycle."""
    joint = kkt.program.joint
    costs, leaf = net.costs[chain.leaf], chain.leaf
    pushed_down, pushed_up = leaf[costs[:, 0] > 0], leaf[costs[:, 1] < 0]
    if (net.reduced_upper[pushed_down] == 0).any() or (net.reduced_lower[pushed_up] == 0).any():
        return True
    with np.errstate(over="ignore"):
        weight = np.cumprod(np.append(1.0, chain.ratio))
    if not np.isfinite(weight).all():
        return False
    rows = net.rows[chain.order]
    entries = joint.A[rows].tocoo()
    columns, place = np.unique(entries.coords[1], return_inverse=True)
    parts = weight[entries.coords[0]] * entries.data
    total = np.bincount(place, parts)
    present = np.abs(total) > _NOISE * np.bincount(place, np.abs(parts))
    lower, upper = limits.lower[columns], limits.upper[columns]
    down = np.searchsorted(columns, net.columns[pushed_down])
    up = np.searchsorted(columns, net.columns[pushed_up])
    upper[down] = np.fmin(upper[down], net.highest_lower[pushed_down])
    lower[up] = np.fmax(lower[up], net.lowest_upper[pushed_up])
    total, lower, upper = total[present], lower[present], upper[present]
    one, other = total * lower, total * upper
    least, most = np.minimum(one, other).sum(), np.maximum(one, other).sum()
    right = float(weight @ joint.row_lower[rows])
    margin = _MARGIN * max(1.0, abs(right), float(np.abs(weight * joint.row_lower[rows]).sum()))
    return bool(least > right + margin or most < right - margin)
