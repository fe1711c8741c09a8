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
    group = net.group[kkt.pair_dual]
    pair = np.flatnonzero(choice & (group >= 0))
    group = group[pair]
    several = np.bincount(group, minlength=len(net.rows) + len(net.columns)) > 1
    inside = several[group]
    place, sets = np.cumsum(several) - 1, np.flatnonzero(several)
    of_row = int(np.searchsorted(sets, len(net.rows)))
    row, column = np.full(len(sets), -1), np.full(len(sets), -1)
    row[:of_row] = net.rows[sets[:of_row]]
    column[of_row:] = net.columns[sets[of_row:] - len(net.rows)]
    return Sets(row, column, place[group[inside]], pair[inside])
