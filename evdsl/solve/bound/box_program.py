"""The box program: the cheapest way through boxes of hand-overs, refined where it disagrees.

Every bilevel answer has a level and a price at each cut and so lies in one box there; its parts are
points of the arcs between these. So the cheapest way round costs no more than the best answer,
whatever the boxes. Arcs are solved lazily, on the cheapest way only, and boxes are split there
where what one window hands on is not what the next one is handed. The halves inherit the bounds.

*Cutting off.* With v the cost of the cheapest way before any of its arcs is solved again and C that
of one of its arcs, every way through this arc costs at least v - C besides. So where the arc costs
U - (v - C) or more no way through it is better than U, and no more than that need be known of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np

from evdsl.program.linear import Floats
from evdsl.solve.bound.arc import Arc, Solved, Solver
from evdsl.solve.bound.boxes import NOTHING, PRICE, Boxes, Key, Table, cheapest
from evdsl.solve.bound.chained import Chained

_NODES = 20_000
_MARGIN = 1e-3
_INSIDE = 1e-6
_AGREED = 1e-5
_PRICES_FIRST = 0.01
_CLAIMED = 1e-7
_NARROWER = 0.99


def enough_of(most: float, value: float, cost: float) -> float:
    """What is enough to know of an arc of `cost` on a cheapest way of cost `value`: from there on
    no way through it costs less than `most`."""
    return most - (value - cost)


@dataclass(frozen=True, eq=False)
class Claim:
    """That the arc `arc` of window `window` was cut off by `solver` at `bound`."""

    window: int
    arc: Arc
    bound: float
    solver: Solver


@dataclass()
class BoxProgram:
    """`price` (W, 2) is paid for a unit of level and of price that is handed on at each cut, and
    is got back for what is handed there: nothing in all where both agree. `absolute` says how
    exactly arcs are solved."""

    chained: Chained
    price: Floats
    absolute: float
    seed: int
    boxes: list[Boxes] = field(init=False)
    table: Table = field(init=False)
    claims: list[Claim] = field(default_factory=list)
    failed: int = 0
    confirmed: int = 0
    refuted: int = 0

    def __post_init__(self) -> None:
        lower, upper = self.chained.lower, self.chained.upper
        self.boxes = [
            Boxes(low[None], high[None], values)
            for low, high, values in zip(lower, upper, self.chained.values, strict=True)
        ]
        self.table = Table.empty(len(self.boxes))
        self._span = np.where(np.isfinite(upper - lower), np.maximum(upper - lower, 1e-9), 1.0)

    @property
    def count(self) -> int:
        return sum(len(boxes) for boxes in self.boxes)

    def claimed(self) -> tuple[float, list[Key]]:
        """What the solvers say that every way costs, and the arcs of the cheapest one."""
        value, boxes = cheapest(self.table.claimed)
        return value, self._keys(boxes)

    def sure(self) -> tuple[float, list[Key]]:
        """What every way costs by what has been confirmed."""
        value, boxes = cheapest(self.table.sure)
        return value, self._keys(boxes)

    def _keys(self, boxes: list[int]) -> list[Key]:
        W = len(boxes)
        return [(w, boxes[w], boxes[(w + 1) % W]) for w in range(W)]

    def task(self, key: Key, enough: float, until: float) -> Arc:
        w, i, j = key
        v = (w + 1) % len(self.boxes)
        before, behind = self.boxes[w], self.boxes[v]
        return Arc(
            parts=self.chained.parts[w],
            lower=np.append(before.lower[i], behind.lower[j]),
            upper=np.append(before.upper[i], behind.upper[j]),
            price=np.append(-self.price[w], self.price[v]),
            enough=enough,
            absolute=self.absolute,
            nodes=_NODES,
            until=until,
            seed=self.seed,
        )

    def open_arcs(self, keys: list[Key], value: float, most: float) -> list[tuple[Key, float]]:
        """The unsolved arcs of the cheapest way, of cost `value`, and what is enough of each."""
        table = self.table
        costs = [table.claimed[w][i, j] for w, i, j in keys]
        return [
            (key, np.inf if cost <= NOTHING / 2 else enough_of(most, value, cost))
            for key, cost in zip(keys, costs, strict=True)
            if key not in table.solved
        ]

    def next_arcs(self, count: int, most: float) -> list[tuple[Key, float]]:
        """About `count` arcs to solve at once, and what is enough of each: the open ones of the
        cheapest way, then of the cheapest without these, and so on. Ways between that are solved
        have a box split, unless it is one of the chosen arcs'.

        What is enough follows from the cheapest way of all, which bounds every other.
        """
        value, keys = self.claimed()
        chosen = dict(self.open_arcs(keys, value, most))
        while len(chosen) < count:
            cost, boxes = cheapest(self._without(chosen))
            if cost >= most:
                break
            keys = self._keys(boxes)
            more = self.open_arcs(keys, value, most)
            if not more and not self.refine(keys, {at for key in chosen for at in self._ends(key)}):
                break
            chosen.update(more)
        return list(chosen.items())

    def _without(self, chosen: Collection[Key]) -> list[Floats]:
        """What every arc costs, these ones more than any."""
        costs = [cost.copy() for cost in self.table.claimed]
        for w, i, j in chosen:
            costs[w][i, j] = np.inf
        return costs

    def _ends(self, key: Key) -> tuple[tuple[int, int], tuple[int, int]]:
        """The cut and the box that an arc begins in, and those that it ends in."""
        w, i, j = key
        return (w, i), ((w + 1) % len(self.boxes), j)

    def learn(self, key: Key, arc: Arc, answer: Solved) -> None:
        """Take the answer to an arc in."""
        self.failed += answer.failed
        self.table.solved[key] = answer
        if answer.bound == -np.inf:
            return
        off = answer.bound >= arc.enough or np.isinf(answer.bound)
        claim = -1
        if off:
            claim = len(self.claims)
            self.claims.append(Claim(key[0], arc, answer.bound, answer.solver))
        self.table.raise_to(key, answer.bound, claim)

    def hands(self, keys: list[Key]) -> Floats:
        """(W, 4): the hand-overs of the arcs' best points, nan where there is no point."""
        parts = self.chained.parts
        found = [self.table.solved[key].hand(parts[key[0]]) for key in keys]
        return np.stack([np.full(4, np.nan) if hand is None else hand for hand in found])

    def apart(self, keys: list[Key]) -> Floats:
        """(W, 2): how far level and price that a window hands on are from what the next one is
        handed, in parts of their ranges; inf where a window has no point."""
        hands = self.hands(keys)
        handed, given = hands[:, :2], np.roll(hands[:, 2:], 1, axis=0)
        apart = np.abs(handed - given) / self._span
        apart[self.chained.hand < 0] = 0.0
        return np.where(np.isnan(apart), np.inf, apart)

    def agrees(self, keys: list[Key]) -> bool:
        return bool(self.apart(keys).max() < _AGREED)

    def refine(self, keys: list[Key], held: Collection[tuple[int, int]] = ()) -> bool:
        """Split a box of a way whose arcs are solved, at the cut where it disagrees most; False
        where it agrees everywhere. Boxes at cuts that are `held` stay as they are."""
        hands, apart = self.hands(keys), self.apart(keys)
        for cut in np.argsort(-apart.max(axis=1), kind="stable").tolist():
            here, box = apart[cut], keys[cut][1]
            if here.max() < _AGREED:
                return False
            if (cut, box) in held:
                continue
            if np.isinf(here).any():
                split = self._halve(cut, box)
            else:
                side = PRICE if here[PRICE] > _PRICES_FIRST else int(np.argmax(here))
                middle = float(hands[cut, side] + hands[cut - 1, 2 + side]) / 2
                split = self._split(cut, box, side, middle)
            if split:
                return True
        return False

    def _halve(self, cut: int, box: int) -> bool:
        width = (self.boxes[cut].upper[box] - self.boxes[cut].lower[box]) / self._span[cut]
        side = int(np.argmax(width))
        if not np.isfinite(width).all() or width[side] < _AGREED:
            return False
        middle = float((self.boxes[cut].lower[box, side] + self.boxes[cut].upper[box, side]) / 2)
        return self._split(cut, box, side, middle)

    def _split(self, cut: int, box: int, side: int, at: float) -> bool:
        """Cut a box in two, or narrow it to its values; False where it stays as good as it is.

        An arc's answer stays that of the half that holds its hand-over.
        """
        boxes, table = self.boxes[cut], self.table
        if not boxes.lower[box, side] < at < boxes.upper[box, side]:
            return False
        width = boxes.upper[box, side] - boxes.lower[box, side]
        new = boxes.split(box, side, at)
        if new is None and boxes.upper[box, side] - boxes.lower[box, side] > _NARROWER * width:
            return False
        halves = [box] if new is None else [box, new]
        if new is not None:
            table.split(cut, box)
        before = (cut - 1) % len(self.boxes)
        for key in [key for key in table.solved if box in self._at(cut, key)]:
            w, i, j = key
            answer = table.solved.pop(key)
            hand = answer.hand(self.chained.parts[w])
            if hand is None:
                continue
            if w == cut and i == box:
                i = self._half(cut, halves, hand[:2])
            if w == before and j == box:
                j = self._half(cut, halves, hand[2:])
            if i >= 0 and j >= 0:
                table.solved[w, i, j] = answer
        return True

    def _at(self, cut: int, key: Key) -> set[int]:
        """The boxes at a cut that an arc begins or ends in."""
        w, i, j = key
        here = {i} if w == cut else set()
        return here | ({j} if w == (cut - 1) % len(self.boxes) else set())

    def _half(self, cut: int, halves: list[int], state: Floats) -> int:
        """Which of the boxes holds a state, -1 where none does."""
        slack = _INSIDE * self._span[cut]
        return next((b for b in halves if self.boxes[cut].holds(b, state, slack)), -1)

    def unconfirmed(self, keys: list[Key]) -> list[int]:
        """The claims that the arcs of a way rest on."""
        table = self.table
        resting = [int(table.claim[w][i, j]) for w, i, j in keys]
        return [claim for claim in dict.fromkeys(resting) if claim >= 0]

    def check(self, claim: int, until: float) -> Arc:
        """The arc of a claim for the other solver, which has to say the same."""
        said = self.claims[claim]
        other: Solver = "highs" if said.solver == "scip" else "scip"
        enough = min(said.bound, said.arc.enough)
        return replace(said.arc, solvers=(other,), enough=enough, until=until)

    def judge(self, claim: int, arc: Arc, answer: Solved) -> None:
        """Settle a claim by what the other solver says."""
        said = self.claims[claim]
        self.failed += answer.failed
        bound = NOTHING if answer.failed else min(answer.bound, said.bound)
        if bound >= arc.enough - _CLAIMED * max(1.0, abs(bound)):
            self.confirmed += 1
        elif answer.done:
            self.refuted += 1
        self.table.settle(claim, said.window, bound)

    def holding(self, states: Floats) -> float:
        """The least cost of a way through boxes that hold the states (W, 2)."""
        kept = [
            boxes.holding(state, _INSIDE * span)
            for boxes, state, span in zip(self.boxes, states, self._span, strict=True)
        ]
        W = len(kept)
        if any(not len(here) for here in kept):
            return -np.inf
        costs = [self.table.claimed[w][np.ix_(kept[w], kept[(w + 1) % W])] for w in range(W)]
        return cheapest(costs)[0]
