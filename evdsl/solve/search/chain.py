"""One task of a search: from a place to a better one, on its own.

Each task hangs on what it is given alone, so that it may run anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from evdsl.backends.interrupt import catch_interrupt
from evdsl.backends.options import SolveOptions
from evdsl.program.linear import Floats, Ints
from evdsl.program.program import Program
from evdsl.solve.search.budget import Budget
from evdsl.solve.search.descent import descend, is_better
from evdsl.solve.search.kick import kick
from evdsl.solve.search.levels import Levels, Place
from evdsl.solve.search.nudge import Nudges
from evdsl.solve.search.windows import Windows

Move = Literal["start", "kick", "nudge", "shake", "window"]

_KICKS = 2
_OVER = 0.8
_SHAKES = 80
_SHAKEN = 7.0
_SHAKEN_AT_ONCE = 8
_AROUND = 12
_SCATTERED = 0.3
_WINDOWED = 80
_SPREAD = (0.7, 1.3)
_NARROW, _WIDE = 5.0, 0.5
_GAP = 1e-3
_LEAST_CHANCE = 2.0
_TRIED = 0.1


@dataclass(frozen=True, eq=False)
class Task:
    """A `move` from a place; at most so many problems and seconds are spent on it.

    `part` says which part of how many, of the leader's columns or of the pairs; `size` is about a
    window's number of pairs, `nodes` the most that are spent on one, and `tried` (q,) how often a
    multiplier was in one that was solved.
    """

    program: Program
    place: Place
    move: Move
    seed: tuple[int, ...]
    problems: float
    seconds: float
    tried: Ints
    part: tuple[int, int] = (0, 1)
    size: int = 0
    nodes: int = 0


@dataclass(frozen=True, eq=False)
class Outcome:
    """The best `place` that was found, None where none is better than the one to begin with.

    `spent` are the problems solved, `windows` how many were freed, and `solved` which multipliers
    (places in q) were in each of those that were solved to the end.
    """

    place: Place | None
    spent: int
    windows: int = 0
    solved: tuple[Ints, ...] = ()


def explore(task: Task) -> Outcome:
    """Do what a task says; Ctrl-C ends it with what it has found."""
    with catch_interrupt() as interrupt:
        budget = Budget(task.problems, time.monotonic() + task.seconds, interrupt)
        levels = Levels.of(task.program, task.place.x, budget)
        return _Chain(task, levels, np.random.default_rng(task.seed)).run()


@dataclass(frozen=True, eq=False)
class _Chain:
    task: Task
    levels: Levels
    random: np.random.Generator

    def run(self) -> Outcome:
        if self.task.move == "window":
            return self._window()
        moves = {
            "start": self._start,
            "kick": self._kick,
            "nudge": self._nudge,
            "shake": self._shake,
        }
        return self._outcome(moves[self.task.move]())

    def _outcome(self, place: Place | None) -> Outcome:
        better = place is not None and is_better(place, self.task.place)
        return Outcome(place if better else None, self.levels.budget.spent)

    def _start(self) -> Place | None:
        return descend(self.levels, self.task.place, self.random)

    def _kick(self) -> Place:
        best, idle = self.task.place, 0
        while idle < _KICKS and not self.levels.budget.is_over:
            kicked = kick(self.levels, best, self.random)
            found = None if kicked is None else descend(self.levels, kicked, self.random)
            idle += 1
            if found is not None and is_better(found, best):
                best, idle = found, 0
        return best

    def _nudge(self) -> Place:
        nudges = Nudges.of(self.levels, self.random, _OVER)
        part, parts = self.task.part
        columns: Ints = np.array_split(np.arange(len(nudges.columns)), parts)[part]
        begun = self.levels.best_on_piece(self.task.place.duals)
        return nudges.descend(begun or self.task.place, columns)

    def _shake(self) -> Place:
        """A few columns anywhere in this task's part, then nudges of those that are near them; and
        so on."""
        nudges, best = Nudges.of(self.levels, self.random), self.task.place
        among = self._region(len(nudges.columns), nudges.nearest)
        budget = self.levels.budget
        while len(among) and budget.spent < _SHAKES and not budget.is_over:
            moved = list[tuple[Place, Ints]]()
            for _ in range(_SHAKEN_AT_ONCE):
                which = self._drawn(nudges, among)
                shaken = None if budget.is_over else nudges.shaken(best, which)
                if shaken is not None and _are_apart(shaken, best):
                    moved.append((shaken, which))
            if not moved:
                continue
            place, which = min(moved, key=lambda one: one[0].objective)
            around = np.concatenate([nudges.nearest(int(k))[:_AROUND] for k in which])
            found = nudges.descend(place, np.unique(around), best)
            best = found if is_better(found, best) else best
        return best

    def _region(self, count: int, nearest: Callable[[int], Ints]) -> Ints:
        """Of so many columns or pairs this task's part, which lies together: what the tasks of a
        round gain in different places can be put together."""
        if not count:
            return np.arange(0)
        part, parts = self.task.part
        anchor = np.random.default_rng(self.task.seed[:-1]).integers(count)
        return np.array_split(nearest(int(anchor)), parts)[part]

    def _drawn(self, nudges: Nudges, among: Ints) -> Ints:
        """A few columns, rather fewer than more, near one of these or anywhere among them."""
        size = min(int(_SHAKEN ** self.random.random()), len(among))
        if self.random.random() < _SCATTERED:
            return self.random.choice(among, size, replace=False)
        return nudges.nearest(int(self.random.choice(among)))[:size]

    def _window(self) -> Outcome:
        """Windows around pairs of this task's part, one by one, each from the best so far; narrow
        ones until each pair was in one, then also some that all else may follow, and where each was
        in two those alone."""
        windows, levels, best = Windows.of(self.levels), self.levels, self.task.place
        duals, tried = windows.multiplier - levels.joint.shape[1], self.task.tried.copy()
        among = self._region(len(duals), windows.nearest)
        count, solved = 0, list[Ints]()
        while len(among) and levels.budget.spent < _WINDOWED and not levels.budget.is_over:
            center = self._center(best.wish[duals[among]], tried[duals[among]])
            size = max(int(self.task.size * self.random.uniform(*_SPREAD)), 1)
            window = windows.around(int(among[center]), size)
            is_wide = self.random.random() < _WIDE * tried[duals].min()
            width = np.inf if is_wide else _NARROW
            answer, place = windows.improve(best, window, width, self._limits())
            found = descend(levels.at(place.x), place, self.random)
            best = found if found is not None and is_better(found, best) else best
            count += 1
            if answer.status == "optimal":
                solved.append(duals[window])
                tried[duals[window]] += 1
        return replace(self._outcome(best), windows=count, solved=tuple(solved))

    def _center(self, wish: Floats, tried: Ints) -> int:
        """One of these pairs, rather one that the leader would like to let go and that was in few
        windows so far."""
        share = wish / (wish.sum() or 1.0) + _LEAST_CHANCE / len(wish)
        share *= _TRIED ** (tried - tried.min())
        return int(self.random.choice(len(wish), p=share / share.sum()))

    def _limits(self) -> SolveOptions:
        limit = None if np.isinf(self.task.seconds) else self.levels.budget.seconds
        return SolveOptions(
            time_limit=limit,
            gap=_GAP,
            seed=int(self.random.integers(2**31)),
            extra={
                "limits/nodes": self.task.nodes,
                "separating/maxroundsroot": 0,
                "separating/maxrounds": 0,
                "heuristics/alns/freq": -1,
            },
        )


def _are_apart(one: Place, other: Place) -> bool:
    return is_better(one, other) or is_better(other, one)
