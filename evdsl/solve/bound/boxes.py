"""The boxes at the cuts, what arcs between them cost at least, and the cheapest way through.

A state at a cut is a hand-over: a level and a price. Its boxes cover all states that are possible;
`Table` holds for each window a lower bound from each box before it to each box behind it. The
cheapest way round, through one box at each cut, is a lower bound at any time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from evdsl.program.linear import Floats, Ints
from evdsl.solve.bound.arc import Solved

LEVEL, PRICE = 0, 1
_SAME = 1e-7
NOTHING = -1e30
"""What an arc costs at least of which nothing is known."""

Key = tuple[int, int, int]
"""An arc: its window, its box before and its box behind."""


@dataclass()
class Boxes:
    """The boxes at one cut: `lower`, `upper` (k, 2) of level and price.

    Where the prices can only have certain `values` (v,) a box reaches from one to another.
    """

    lower: Floats
    upper: Floats
    values: Floats

    def __len__(self) -> int:
        return len(self.lower)

    def split(self, box: int, side: int, at: float) -> int | None:
        """Cut a box in two; its lower half keeps its number, that of the upper half is returned.

        None where one half would hold no value: then the box is the other one.
        """
        below, above = at, at
        if side == PRICE and len(self.values):
            slack = _SAME * max(1.0, abs(at))
            inside = (self.values >= self.lower[box, side] - slack) & (
                self.values <= self.upper[box, side] + slack
            )
            lower, upper = (
                self.values[inside & (self.values <= at)],
                self.values[inside & (self.values > at)],
            )
            below = lower[-1] + slack if len(lower) else -np.inf
            above = upper[0] - slack if len(upper) else np.inf
        if below < self.lower[box, side]:
            self.lower[box, side] = max(above, self.lower[box, side])
            return None
        if above > self.upper[box, side]:
            self.upper[box, side] = min(below, self.upper[box, side])
            return None
        self.lower = np.vstack([self.lower, self.lower[box]])
        self.upper = np.vstack([self.upper, self.upper[box]])
        self.upper[box, side] = min(below, self.upper[box, side])
        self.lower[-1, side] = max(above, self.lower[-1, side])
        return len(self) - 1

    def holds(self, box: int, state: Floats, slack: Floats) -> bool:
        """Whether a box holds a state (2,)."""
        return bool(box in self.holding(state, slack))

    def holding(self, state: Floats, slack: Floats) -> Ints:
        """The boxes that hold a state (2,); nan is in every box."""
        inside = (self.lower <= state + slack) & (self.upper >= state - slack)
        return np.flatnonzero((inside | np.isnan(state)).all(axis=1))


@dataclass()
class Table:
    """`claimed` and `sure`: for each window (k, l) the least cost from each box to each.

    `sure` leaves out what a solver alone claims: that an arc is cut off. `claim` (k, l) is the
    number of the claim that an arc rests on, itself or through an arc that it was split from; -1
    where there is none. `solved` holds the answers of the arcs that are solved as they stand.
    """

    claimed: list[Floats]
    sure: list[Floats]
    claim: list[Ints]
    solved: dict[Key, Solved] = field(default_factory=dict)

    @staticmethod
    def empty(windows: int) -> Table:
        return Table(
            [np.full((1, 1), NOTHING) for _ in range(windows)],
            [np.full((1, 1), NOTHING) for _ in range(windows)],
            [np.full((1, 1), -1) for _ in range(windows)],
        )

    def raise_to(self, key: Key, bound: float, claim: int = -1) -> None:
        """An arc costs at least `bound`, or so says the `claim`."""
        w, i, j = key
        self.claimed[w][i, j] = max(self.claimed[w][i, j], bound)
        if claim >= 0:
            self.claim[w][i, j] = claim
        else:
            self.sure[w][i, j] = max(self.sure[w][i, j], bound)

    def settle(self, claim: int, window: int, bound: float) -> None:
        """What is sure of all arcs that rest on a claim: `bound`; the claim itself is dropped."""
        resting = self.claim[window] == claim
        sure, claimed = self.sure[window], self.claimed[window]
        sure[resting] = np.maximum(sure[resting], bound)
        claimed[resting] = sure[resting]
        self.claim[window][resting] = -1

    def split(self, cut: int, box: int) -> None:
        """Box `box` at a cut has become two, the second one the last: both inherit its bounds."""
        before = (cut - 1) % len(self.claimed)
        for kind in (self.claimed, self.sure, self.claim):
            kind[before] = np.hstack([kind[before], kind[before][:, [box]]])
            kind[cut] = np.vstack([kind[cut], kind[cut][[box]]])


def cheapest(costs: list[Floats]) -> tuple[float, list[int]]:
    """The least sum of one entry of each matrix (k_w, k_w+1), the last one's columns being the
    first one's rows, and the box at each cut; inf where there is no finite way."""
    W = len(costs)
    base = int(np.argmin([len(cost) for cost in costs]))
    order = [(base + w) % W for w in range(W)]
    reach = [np.where(np.eye(len(costs[base]), dtype=np.bool_), 0.0, np.inf)]
    for w in order:
        reach.append(_through(reach[-1], costs[w]))
    closed = np.diagonal(reach[-1])
    first = int(np.argmin(closed))
    boxes = [first] * W
    here = first
    for step in range(W - 1, 0, -1):
        w = order[step]
        here = int(np.argmin(reach[step][first] + costs[w][:, here]))
        boxes[w] = here
    return float(closed[first]), boxes


def _through(reach: Floats, cost: Floats) -> Floats:
    """(k, m): the least cost from each of k boxes through (k, l) and (l, m)."""
    return np.asarray((reach[:, :, None] + cost[None, :, :]).min(axis=1))
