"""Limits that another limit of the same column makes idle.

Rows with one follower column are limits of that column, like its own (net.py). *Where no decision
puts a lower limit above the least value that another lower limit of the same column takes, its
multiplier can be zero; likewise upper limits.* If it is tight the other one is tight as well, and
takes over its part of the reduced cost, which has the same sign. ∎

So `c >= k * 0` beside `c >= 0` costs nothing. Two limits of which either may be the sharper one
stay. A multiplier in which both limits have a part is lost.
"""

from __future__ import annotations

import numpy as np

from evdsl.program.linear import Bools
from evdsl.reformulate.kkt import EQUAL
from evdsl.reformulate.net import Net
from evdsl.reformulate.presolve.rule import Given, Rule


def weaker(net: Net) -> Bools:
    """(q,): the multipliers of limits that another limit makes idle."""
    found = np.zeros(len(net.side), np.bool_)
    for direction in (+1, -1):
        own = (net.column >= 0) & (net.side != EQUAL) & (direction * net.gain > 0)
        limit = np.flatnonzero(own)
        several = np.bincount(net.column[limit], minlength=len(net.columns)) > 1
        limit = limit[several[net.column[limit]]]
        ends = np.stack([net.lowest[limit], net.highest[limit]], axis=1)
        least, most = ends.T if direction > 0 else -ends[:, ::-1].T
        sharpest = np.lexsort((limit, -np.nan_to_num(least, nan=-np.inf), net.column[limit]))
        _, first = np.unique(net.column[limit][sharpest], return_index=True)
        keeper = np.full(len(net.columns), -1)
        keeper[net.column[limit[sharpest[first]]]] = sharpest[first]
        other = keeper[net.column[limit]]
        found[limit] = (other != np.arange(len(limit))) & (most <= least[other])
    return found


def _decides(given: Given) -> Bools:
    """Those that the net form has no place for: rows without follower columns, second equalities
    and weaker limits."""
    return np.asarray(given.net.group[given.kkt.pair_dual] < 0)


weaker_limit = Rule("weaker limit", "zero", _decides)
