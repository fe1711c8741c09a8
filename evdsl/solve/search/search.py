"""The whole search: descents, kicks as long as they help, then windows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from evdsl.backends.options import SolveOptions
from evdsl.program.linear import Bools
from evdsl.program.program import Program
from evdsl.solve.polish import Polished, polish
from evdsl.solve.search.descent import descend, is_better
from evdsl.solve.search.kick import kick
from evdsl.solve.search.levels import Levels, Place
from evdsl.solve.search.suited import is_suited
from evdsl.solve.search.windows import Windows

_KICKS = 8
_FIRST_WINDOW = 60
_SMALLEST_WINDOW = 16
_GROWTH = 1.5
_SHARE_OF_WINDOW = 0.15
_GAP = 1e-3
_NODES = 200


def search(program: Program, start: Polished, options: SolveOptions) -> Polished:
    """A bilevel answer that is no worse than `start`, within the options' time limit.

    It ends by itself where neither kicks nor a round of windows gain anything. With the same
    options and seed it returns the same, but where the time limit ends a step. Where the program is
    not of a suited class (suited.py) `start` is returned.
    """
    if not is_suited(program):
        return start
    levels = Levels.of(program, start)
    run = _Run(levels, options, np.random.default_rng(options.seed), time.monotonic())
    best = levels.start(start)
    for found in run.places(best):
        best = found
    answer = polish(program, best.x)
    sense = program.joint.sense
    if answer is None or not answer.leader_rows_hold:
        return start
    return answer if sense * answer.objective < sense * start.objective else start


@dataclass(frozen=True, eq=False)
class _Run:
    levels: Levels
    options: SolveOptions
    random: np.random.Generator
    started: float

    def places(self, start: Place) -> Iterator[Place]:
        """Ever better places."""
        best = start
        for find in (self._first, self._by_kicks, self._by_windows):
            for best in find(best):
                yield best

    def _first(self, best: Place) -> Iterator[Place]:
        found = descend(self.levels, best, self.random)
        if found is not None and found.objective <= best.objective + abs(best.objective) * 1e-6:
            yield found

    def _by_kicks(self, best: Place) -> Iterator[Place]:
        idle = 0
        while idle < _KICKS and self._left > 0:
            kicked = kick(self.levels, best, self.random)
            found = None if kicked is None else descend(self.levels, kicked, self.random)
            idle += 1
            if found is not None and is_better(found, best):
                best, idle = found, 0
                yield best

    def _by_windows(self, best: Place) -> Iterator[Place]:
        windows = Windows.of(self.levels)
        pairs, idle = len(windows.pairs), 0
        size, largest = min(_FIRST_WINDOW, pairs), pairs
        untried = np.ones(pairs, np.bool_)
        while untried.any() and self._left > 0:
            center = self._center(windows, best, untried)
            window = windows.around(center, size)
            answer, duals = windows.improve(best, window, self._limits())
            if answer.message == "interrupted":
                raise KeyboardInterrupt
            found = None if duals is None else descend(self.levels, replace(best, duals=duals), self.random)
            untried[window[: size // 2]] = False
            if found is not None and is_better(found, best):
                best, untried[:] = found, True
                yield best
            elif answer.status == "optimal":
                size = min(int(size * _GROWTH), largest)
            else:
                size = largest = max(int(size / _GROWTH), _SMALLEST_WINDOW)

    def _center(self, windows: Windows, place: Place, untried: Bools) -> int:
        """One of the untried pairs, rather one that the leader would like to let go."""
        dual = windows.pairs.multiplier - self.levels.joint.shape[1]
        wish = place.wish[dual] * untried
        share = wish / wish.sum() if wish.any() else untried / untried.sum()
        return int(self.random.choice(len(untried), p=share))

    @property
    def _left(self) -> float:
        limit = self.options.time_limit
        return np.inf if limit is None else limit - (time.monotonic() - self.started)

    def _limits(self) -> SolveOptions:
        limit = self.options.time_limit
        seconds = None if limit is None else min(self._left, _SHARE_OF_WINDOW * limit)
        extra = {"mip_max_nodes": _NODES}
        return replace(self.options, time_limit=seconds, gap=_GAP, extra=extra, log=None)
