"""From piece to piece as long as the leader gains: the dual-certificate search.

At the leader's best of a piece other multipliers may prove the same answer of the followers. Those
are taken that least hold what the leader would like to let go; the sides that they no longer hold
are free on the next piece, which contains the point, so that nothing is lost.
"""

from __future__ import annotations

import numpy as np

from evdsl.program.linear import Floats
from evdsl.solve.search.levels import Levels, Place

GAIN = 1e-7
_PATIENCE = 3
_SPREAD = 3.0
_SMALL = 1e-3


def is_better(one: Place, other: Place) -> bool:
    return one.objective < other.objective - GAIN * max(1.0, abs(other.objective))


def descend(levels: Levels, place: Place, random: np.random.Generator) -> Place | None:
    """The best place that is found from here; None where this one's piece has no answer."""
    found = levels.best_on_piece(place.duals)
    return None if found is None else descend_on(levels, found, random)


def descend_on(levels: Levels, best: Place, random: np.random.Generator) -> Place:
    """The best place that is found from the best of a piece."""
    found: Place | None
    found, idle = best, 0
    while idle < _PATIENCE and not levels.budget.is_over:
        duals = levels.proof(found.x, _prices(found, random, idle))
        found = None if duals is None else levels.best_on_piece(duals)
        if found is None:
            break
        best, idle = (found, 0) if is_better(found, best) else (best, idle + 1)
    return best


def _prices(place: Place, random: np.random.Generator, idle: int) -> Floats:
    """(q,): the first time what the leader gains by letting go; then the same, stirred."""
    price: Floats = place.wish / np.maximum(place.duals, _SMALL)
    if not idle:
        return price
    stirred: Floats = price * np.exp(random.uniform(-1, 1, len(price)) * np.log(_SPREAD))
    stirred += _SMALL * random.random(len(price))
    return stirred
