"""Columns whose reduced cost has one sign.

The reduced cost `r = c - A'λ` of a follower's column lies in an interval that follows from the
signs of the λ, and in a storage chain from their closed form (chain.py). *Where `r >= 0`
throughout, the multipliers of the column's upper limits are zero. Where `r > 0` throughout and the
column has one lower limit, that limit is tight at every answer.* In net form a reduced cost is
carried by the limit of its sign, which gives the first; a positive multiplier makes its side tight,
which gives the second. With the signs exchanged likewise. ∎

The intervals hold at a vertex of the dual polyhedron, and every answer is complementary to every
optimal multiplier: so all answers are kept, not all multipliers. A reduced cost that may be 0 (the
dearest hour of a store) decides the multiplier only.
"""

from __future__ import annotations

import numpy as np

from evdsl.program.linear import Bools, Floats
from evdsl.reformulate.kkt import EQUAL
from evdsl.reformulate.presolve.rule import Given, Rule

_APART = 1e-6
_NOISE = 1e-10


def _of_pairs(given: Given, direction: int) -> tuple[Bools, Floats]:
    """(p,): the pairs of lower (+1) or upper (-1) limits, and the least value of their `r` or
    `-r`."""
    net, dual = given.net, given.kkt.pair_dual
    least = given.reduced[:, 0] if direction > 0 else -given.reduced[:, 1]
    own = (net.column[dual] >= 0) & (direction * net.gain[dual] > 0)
    return own, np.append(least, -np.inf)[net.column[dual]]


def _without_price(given: Given) -> Bools:
    found = np.zeros(len(given.kkt.pairs), np.bool_)
    for direction in (+1, -1):
        own, _ = _of_pairs(given, -direction)
        _, least = _of_pairs(given, direction)
        found |= own & (least >= -_NOISE)
    return found


def _held_by_price(given: Given) -> Bools:
    found = np.zeros(len(given.kkt.pairs), np.bool_)
    net = given.net
    for direction in (+1, -1):
        own, least = _of_pairs(given, direction)
        kind = (net.column >= 0) & ((net.side == EQUAL) | (direction * net.gain > 0))
        limits = np.bincount(net.column[kind], minlength=len(net.columns) + 1)
        alone = limits[net.column[given.kkt.pair_dual]] == 1
        found |= own & alone & (least > _APART)
    return found


without_price = Rule("without price", "zero", _without_price)
held_by_price = Rule("held by price", "tight", _held_by_price, imposed=True)
