"""The encoded single level cut into windows along a chain.

Two neighbours share the *hand-over*: the link at the cut, a level, and the multiplier of the row
behind it, its price. Each is a column of both windows here, and so is a column of the leader that
serves rows of several windows. That the copies need not agree, and that rows are left out which no
window holds all columns of, makes the windows' sum a relaxation. Each column's cost stands in one
window only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from evdsl.backends.scip_fill import Written
from evdsl.program.linear import Bools, Floats, Ints
from evdsl.program.mip import Mip
from evdsl.solve.bound.places import Places


@dataclass(frozen=True, eq=False)
class Part:
    """One window as a problem: a minimum over `columns` (k,) of the whole, its rows `rows`.

    `hand` (4,) are the places among them of the level and the price that it is handed and of those
    that it hands on; -1 at the ends of a chain.
    """

    mip: Mip
    columns: Ints
    rows: Ints
    hand: Ints

    @cached_property
    def written(self) -> Written:
        """What all of its arcs are filled from where SCIP solves them."""
        return Written(self.mip)


def windows(mip: Mip, places: Places, prices: Ints, starts: Ints) -> list[Part]:
    """The windows of `mip`, whose columns begin with the Program's and the multipliers.

    `prices` (T,) are the columns of the chain's multipliers, `starts` (W,) the windows' first
    positions. `mip` is a minimum.
    """
    return _Cutter(mip, places, prices, starts).parts()


class _Cutter:
    def __init__(self, mip: Mip, places: Places, prices: Ints, starts: Ints) -> None:
        self._mip, self._places, self._prices, self._starts = mip, places, prices, starts
        entries = mip.linear.A.tocoo()
        kept = entries.data != 0
        self._row = entries.coords[0][kept].astype(np.int64)
        self._column = entries.coords[1][kept].astype(np.int64)
        self._home = self._homes()

    def parts(self) -> list[Part]:
        W, n, links = len(self._starts), self._mip.linear.shape[1], self._places.links
        foreign = np.zeros((W, n), np.bool_)
        hands = np.full((W, 4), -1)
        for w, start in enumerate(self._starts.tolist()):
            link = int(links[start - 1])
            if link < 0:
                continue
            foreign[w, link] = True
            foreign[w - 1, self._prices[start]] = True
            hands[w, :2] = link, self._prices[start]
            hands[w - 1, 2:] = link, self._prices[start]
        local = self._home >= 0
        present = foreign.copy()
        present[self._home[local], np.flatnonzero(local)] = True
        inside = self._rows_inside(present, local)
        for w in range(W):
            served = inside[w][self._row] & ~local[self._column]
            present[w, self._column[served]] = True
        self._place_idle(present)
        inside |= self._leaders_rows(present, local)
        owner = np.where(local, self._home, np.argmax(present, axis=0))
        term = self._terms(present)
        return [
            self._part(w, np.flatnonzero(present[w]), np.flatnonzero(inside[w]), owner, term, hand)
            for w, hand in enumerate(hands)
        ]

    def _homes(self) -> Ints:
        """(n,): the window that each column belongs to, -1 for the leader's."""
        n, known = self._mip.linear.shape[1], self._places.column
        position = np.append(known, np.full(n - len(known), -1))
        of_row = np.full(self._mip.linear.shape[0], -1)
        np.maximum.at(of_row, self._row, position[self._column])
        new = self._column >= len(known)
        np.maximum.at(position, self._column[new], of_row[self._row[new]])
        return np.where(position >= 0, self._window(position), -1)

    def _window(self, position: Ints) -> Ints:
        """The window of each position; before the first start the last one's."""
        return (np.searchsorted(self._starts, position, "right") - 1) % len(self._starts)

    def _rows_inside(self, present: Bools, local: Bools) -> Bools:
        """(W, m): the window of each row with local columns: its own, or one with them all."""
        W, m = len(self._starts), self._mip.linear.shape[0]
        of_local = local[self._column]
        row, column = self._row[of_local], self._column[of_local]
        total = np.bincount(row, minlength=m)
        inside = np.stack(
            [np.bincount(row, present[w, column], minlength=m) == total for w in range(W)]
        )
        inside &= total > 0
        known = np.flatnonzero(self._places.row >= 0)
        own = np.zeros((W, len(known)), np.bool_)
        own[self._window(self._places.row[known]), np.arange(len(known))] = True
        inside[:, known] &= own
        first = np.argmax(inside, axis=0)
        alone = np.zeros_like(inside)
        alone[first, np.arange(m)] = inside.any(axis=0)
        return alone

    def _place_idle(self, present: Bools) -> None:
        """Columns that serve no row of any window stand in the first one."""
        present[0, ~present.any(axis=0)] = True

    def _leaders_rows(self, present: Bools, local: Bools) -> Bools:
        """(W, m): the rows over the leader's columns alone, in each window that holds these."""
        m = self._mip.linear.shape[0]
        total = np.bincount(self._row, minlength=m)
        has_local = np.bincount(self._row, local[self._column], minlength=m) > 0
        held = np.stack(
            [np.bincount(self._row, here[self._column], minlength=m) == total for here in present]
        )
        return np.asarray(held & ~has_local & (total > 0))

    def _terms(self, present: Bools) -> Ints:
        """The window of each product: its first column's own, or the first that holds both columns;
        -1 where none does."""
        terms = self._mip.linear.products
        home = self._home[terms.first]
        both = present[:, terms.first] & present[:, terms.second]
        at_home = np.flatnonzero(home >= 0)
        window = np.where(both.any(axis=0), np.argmax(both, axis=0), -1)
        prefer = both[home[at_home], at_home]
        window[at_home[prefer]] = home[at_home[prefer]]
        return window

    def _part(self, w: int, columns: Ints, rows: Ints, owner: Ints, term: Ints, hand: Ints) -> Part:
        """Window `w`; `owner` (n,) are the windows that pay for the columns, `term` those of the
        products."""
        mip, linear = self._mip, self._mip.linear
        place = np.full(linear.shape[1] + 1, -1)
        place[columns] = np.arange(len(columns))
        mine = linear.products.where(term == w)
        cut = replace(
            linear.cut(rows, columns),
            cost=np.where(owner[columns] == w, linear.cost[columns], 0.0),
            products=replace(mine, first=place[mine.first], second=place[mine.second]),
        )
        sets = mip.sos1[(self._home[mip.sos1] == w).all(axis=1)]
        return Part(Mip(cut, sos1=place[sets]), columns, rows, place[hand])


def held_products(mip: Mip, parts: list[Part]) -> bool:
    """Whether each product of the objective stands in a window."""
    return sum(len(part.mip.linear.products) for part in parts) == len(mip.linear.products)


def point_of(parts: list[Part], values: list[Floats], n: int) -> Floats:
    """(n,): the windows' values of the first n columns; the mean where several hold one."""
    columns = np.concatenate([part.columns for part in parts])
    first = columns < n
    count = np.bincount(columns[first], minlength=n)
    total = np.bincount(columns[first], np.concatenate(values)[first], minlength=n)
    return np.asarray(total / np.maximum(count, 1))
