"""Small steps of a few of the leader's columns: coordinate descent over what the followers read.

After each step the followers' answer says on which piece the leader stands now, and the step counts
for as much as the best of that piece.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evdsl.program.linear import Bools, Floats, Ints
from evdsl.solve.followers import linked_columns
from evdsl.solve.search.cell import Cell
from evdsl.solve.search.descent import descend_on, is_better
from evdsl.solve.search.levels import Levels, Place
from evdsl.solve.search.near import Near

_SMALLEST = -1.5
_TOGETHER = 0.3
_NEIGHBOURS = 8
_DRAWS = 3
_FARTHEST = 30.0
_BEYOND = 1e-3


@dataclass(frozen=True, eq=False)
class Nudges:
    """Steps of the `columns` (k,) of a leader: those that followers read, and whole numbers.

    `over` is the share of those that lead just over the edge of a piece. They find what is next to
    it, however narrow; the others, of any size, lead away from where those would stay.
    """

    levels: Levels
    columns: Ints
    random: np.random.Generator
    over: float

    @staticmethod
    def of(levels: Levels, random: np.random.Generator, over: float = 0.0) -> Nudges:
        program = levels.program
        whole = program.joint.integer & (program.column_owner == 0)
        free = program.joint.lower < program.joint.upper
        columns = np.flatnonzero((linked_columns(program) | whole) & free)
        return Nudges(levels, columns, random, over)

    def descend(self, place: Place, among: Ints, known: Place | None = None) -> Place:
        """Steps from here, one or two of the columns `among` (places in `columns`) at a time, until
        each has been tried in vain.

        Where another place is `known` half of them will do, as long as the steps lead to nothing
        better; and they end where they come back to it.
        """
        idle, order, cell = 0, list[int](), Cell.of(self.levels, place)
        while idle < self._patience(place, len(among), known) and not self.levels.budget.is_over:
            order = order or self.random.permutation(among).tolist()
            which = [order.pop()]
            if self.random.random() < _TOGETHER:
                which.append(int(self.random.choice(self.nearest(which[0])[:_NEIGHBOURS])))
            x = self._step_out(cell, which)
            found = None if x is None else self.try_out(x, place)
            if found is None:
                idle += 1
            else:
                place, idle, cell = found, 0, Cell.of(self.levels, found)
        return place

    def _patience(self, place: Place, columns: int, known: Place | None) -> float:
        if known is None or is_better(place, known):
            return columns
        return columns / 2 if is_better(known, place) else 0

    def shaken(self, place: Place, which: Ints) -> Place | None:
        """The best of the piece where these columns are anywhere within their limits."""
        columns = self.columns[which]
        span, x = self._span[which], place.x.copy()
        lower = np.where(np.isfinite(self._lower[which]), self._lower[which], x[columns] - span)
        upper = np.where(np.isfinite(self._upper[which]), self._upper[which], x[columns] + span)
        x[columns] = self.random.uniform(lower, upper)
        answer = self.levels.answer(self._rounded(x))
        return None if answer is None else self.levels.at(answer.x).best_on_piece(answer.duals)

    def try_out(self, x: Floats, place: Place) -> Place | None:
        """What a descent finds from the leader's decision in `x` (n,), if better than the place."""
        answer = self.levels.answer(x)
        if answer is None:
            return None
        found = self.levels.at(answer.x).best_on_piece(answer.duals, place.objective)
        if found is None or not found.objective < place.objective:
            return None
        found = descend_on(self.levels.at(found.x), found, self.random)
        return found if is_better(found, place) else None

    def nearest(self, which: int) -> Ints:
        """(k,): all columns, those first that are near one of them."""
        if which not in self._near_by:
            distance = self._near.of_column(int(self.columns[which]))
            reached = self._near.to_columns(distance, self.columns)
            reached[which] = -1.0
            self._near_by[which] = np.argsort(reached, kind="stable")
        return self._near_by[which]

    def _step_out(self, cell: Cell, which: list[int]) -> Floats | None:
        """A step of these columns that leaves the piece; None where it seems that none does."""
        for _ in range(_DRAWS):
            step = self._step(which)
            reach, most = cell.reach(step), self._most(cell.x, step)
            if not reach < most:
                continue
            x = self._within(cell.x + self._size(step, reach, most) * step)
            if cell.reach(x - cell.x) < 1.0:
                return x
        return None

    def _size(self, step: Floats, reach: float, most: float) -> float:
        """How often a step is taken that leaves the piece after `reach` of them."""
        if self.random.random() < self.over:
            by = np.abs(step[self.columns])
            return min(reach + float((self._least[by > 0] / by[by > 0]).min()), most)
        farthest = min(most / reach, _FARTHEST) if reach >= 1.0 else 1.0
        return float(max(reach, 1.0) * farthest ** self.random.random())

    def _step(self, which: list[int]) -> Floats:
        """(n,): of random sizes and ways."""
        step = np.zeros(self.levels.program.joint.shape[1])
        for k in which:
            size = float(10 ** self.random.uniform(_SMALLEST, 0.0) * self._span[k])
            size = max(size, 1.0) if self._whole[k] else size
            step[self.columns[k]] = size if self.random.random() < 0.5 else -size
        return step

    def _most(self, x: Floats, step: Floats) -> float:
        """How often a step may be taken until none of its columns can move on, if ever."""
        moved = np.flatnonzero(step)
        joint, by = self.levels.program.joint, step[moved]
        end = np.where(by > 0, joint.upper[moved], joint.lower[moved])
        return float(((end - x[moved]) / by).max())

    def _within(self, x: Floats) -> Floats:
        joint = self.levels.program.joint
        return np.clip(self._rounded(x), joint.lower, joint.upper)

    def _rounded(self, x: Floats) -> Floats:
        return np.where(self.levels.program.joint.integer, np.round(x), x)

    @cached_property
    def _near_by(self) -> dict[int, Ints]:
        return {}

    @cached_property
    def _near(self) -> Near:
        return Near(self.levels.program)

    @cached_property
    def _lower(self) -> Floats:
        return self.levels.program.joint.lower[self.columns]

    @cached_property
    def _upper(self) -> Floats:
        return self.levels.program.joint.upper[self.columns]

    @cached_property
    def _whole(self) -> Bools:
        return self.levels.program.joint.integer[self.columns]

    @cached_property
    def _least(self) -> Floats:
        """(k,): how far over an edge is certainly beyond it."""
        return np.where(self._whole, 1.0, _BEYOND * self._span)

    @cached_property
    def _span(self) -> Floats:
        """(k,): between each column's limits; where there are none as much as its values, or 1."""
        span = self._upper - self._lower
        known = np.concatenate([self._lower, self._upper])
        usual = float(np.abs(known[np.isfinite(known)]).max(initial=1.0))
        return np.where(np.isfinite(span), span, usual)
