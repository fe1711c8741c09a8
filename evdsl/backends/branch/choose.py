"""What to branch on: the candidate that has raised the bound most, per unit of its breach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evdsl.backends.branch.relaxation import FREE, Decided, Relaxation, Relaxed
from evdsl.program.linear import Floats, Ints

_ZERO = 1e-8
_WHOLE = 1e-6
_LEAST = 1e-6


@dataclass(frozen=True, eq=False)
class Choice:
    """A pair (`pair` >= 0) to be decided, or a whole-number column, place `number` among them, to
    be split at `value`. `down`, `up` are the breaches: the multiplier and the slack of a pair, the
    distances to the whole numbers below and above."""

    pair: int
    number: int
    value: float
    down: float
    up: float


class History:
    """How much the bound has risen per unit of breach, by candidate and way (0 down, 1 up)."""

    def __init__(self, candidates: int) -> None:
        self._gain = np.zeros((2, candidates))
        self._count = np.zeros((2, candidates))

    def note(self, candidate: int, way: int, breach: float, gain: float) -> None:
        self._gain[way, candidate] += gain / max(breach, _LEAST)
        self._count[way, candidate] += 1

    def expected(self, candidates: Ints, way: int, breach: Floats) -> Floats:
        """What the bound will rise by; for candidates without a past the average of the others."""
        known = self._count[way] > 0
        total, count = self._gain[way, known].sum(), self._count[way, known].sum()
        average = total / count if count else 1.0
        gain, tries = self._gain[way, candidates], self._count[way, candidates]
        return np.asarray(np.where(tries > 0, gain / np.maximum(tries, 1), average) * breach)


def choose(
    relaxation: Relaxation, decided: Decided, found: Relaxed, history: History
) -> Choice | None:
    """The candidate with the largest product of expected gains; None where nothing is broken."""
    assert found.x is not None
    candidates, down, up = _breaches(relaxation, decided, found.x)
    if not len(candidates):
        return None
    gains = [
        np.maximum(history.expected(candidates, way, breach), _LEAST)
        for way, breach in ((0, down), (1, up))
    ]
    best = int(np.argmax(gains[0] * gains[1]))
    return _choice(relaxation, found.x, int(candidates[best]), float(down[best]), float(up[best]))


def choose_along(relaxation: Relaxation, decided: Decided, found: Relaxed) -> Choice | None:
    """A candidate that an unbounded node's point or direction breaks; None: neither does."""
    assert found.x is not None
    assert found.ray is not None
    at_once = choose(relaxation, decided, found, History(_size(relaxation)))
    free = np.flatnonzero(decided.state == FREE)
    multiplier = relaxation.pairs.multiplier[free]
    slack = relaxation.slacks(found.x)[free], relaxation.directions(found.ray)[free]
    dual = found.x[multiplier], found.ray[multiplier]
    grows = [np.maximum(point, 0.0) + np.maximum(step, 0.0) for point, step in (slack, dual)]
    broken = np.minimum(*grows)
    if len(free) and broken.max() > _ZERO:
        pair = int(free[np.argmax(broken)])
        return Choice(pair, -1, 0.0, 1.0, 1.0)
    return at_once


def _breaches(relaxation: Relaxation, decided: Decided, x: Floats) -> tuple[Ints, Floats, Floats]:
    """The broken candidates, pairs first, with what is in the way of either decision."""
    free = np.flatnonzero(decided.state == FREE)
    slack, dual = relaxation.slacks(x)[free], x[relaxation.pairs.multiplier[free]]
    broken = np.minimum(slack, dual) > _ZERO
    number = x[relaxation.whole]
    below = number - np.floor(number)
    split = np.flatnonzero((below > _WHOLE) & (below < 1 - _WHOLE))
    return (
        np.append(free[broken], len(relaxation.pairs) + split),
        np.append(dual[broken], below[split]),
        np.append(slack[broken], 1 - below[split]),
    )


def _choice(relaxation: Relaxation, x: Floats, candidate: int, down: float, up: float) -> Choice:
    p = len(relaxation.pairs)
    if candidate < p:
        return Choice(candidate, -1, 0.0, down, up)
    number = candidate - p
    return Choice(-1, number, float(x[relaxation.whole[number]]), down, up)


def _size(relaxation: Relaxation) -> int:
    return len(relaxation.pairs) + len(relaxation.whole)
