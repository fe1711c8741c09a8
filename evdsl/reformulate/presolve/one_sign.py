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

from evdsl.program.linear import Bools
from evdsl.reformulate.kkt import EQUAL
from evdsl.reformulate.presolve.rule import Given, Rule

_APART = 1e-6
_NOISE = 1e-10


def _of_pairs(given: Given, lower: Bools, upper: Bools) -> Bools:
    """(p,): the pairs that are lower limits of `lower` columns (F,) or upper limits of `upper`."""
    lower, upper = np.append(lower, False), np.append(upper, False)
    return np.where(given.is_lower, lower[given.limited], upper[given.limited])


def _without_price(given: Given) -> Bools:
    least, largest = given.reduced.T
    return _of_pairs(given, lower=-largest >= -_NOISE, upper=least >= -_NOISE)


def _held_by_price(given: Given) -> Bools:
    least, largest = given.reduced.T
    return _of_pairs(
        given,
        lower=_alone(given, +1) & (least > _APART),
        upper=_alone(given, -1) & (-largest > _APART),
    )


def _alone(given: Given, direction: int) -> Bools:
    """(F,): the columns with one lower (+1) or one upper (-1) limit."""
    net = given.net
    kind = (net.column >= 0) & ((net.side == EQUAL) | (direction * net.gain > 0))
    return np.asarray(np.bincount(net.column[kind], minlength=len(net.columns)) == 1)


without_price = Rule("without price", "zero", _without_price)
held_by_price = Rule("held by price", "tight", _held_by_price, imposed=True)
