"""Of the sides of one row, and of the limits of one column, at most one has a positive multiplier.

*Normalisation* (net.py): multipliers of two sides of one row are the positive and the negative part
of one number, and one limit of a column carries its reduced cost. In terms of binaries that allow a
multiplier: `z⁺ + z⁻ <= 1`. Holds in net form, not for every multiplier.
"""

from __future__ import annotations

import numpy as np

from evdsl.program.linear import Bools
from evdsl.reformulate.kkt import Kkt
from evdsl.reformulate.net import Net
from evdsl.reformulate.presolve.sets import Sets


def exclusive(kkt: Kkt, net: Net, choice: Bools) -> Sets:
    """The sets of two or more among the pairs with a `choice` (p,)."""
    pair = np.flatnonzero(choice & (net.group[kkt.pair_dual] >= 0))
    groups, member, size = np.unique(
        net.group[kkt.pair_dual[pair]], return_inverse=True, return_counts=True
    )
    several = size > 1
    place = np.cumsum(several) - 1
    groups = groups[several]
    of_row = groups < len(net.rows)
    row = np.where(of_row, np.append(net.rows, 0)[np.where(of_row, groups, -1)], -1)
    column = np.where(of_row, -1, net.columns[np.where(of_row, 0, groups - len(net.rows))])
    inside = several[member]
    return Sets(row, column, place[member[inside]], pair[inside])
