"""The whole search: descents, kicks as long as they help, then windows."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

import numpy as np

from evdsl.backends.options import SolveOptions
from evdsl.program.linear import Bools
from evdsl.program.program import Program
from evdsl.solve.clock import Clock
from evdsl.solve.monitor import Monitor
from evdsl.solve.polish import Polished, polish
from evdsl.solve.search.descent import GAIN, descend, is_better
from evdsl.solve.search.kick import kick
from evdsl.solve.search.levels import Levels, Place
from evdsl.solve.search.suited import is_suited
from evdsl.solve.search.windows import Windows

_KICKS = 12
_MORE_KICKS = 3
_FIRST_WINDOW = 60
_GROWTH = 1.5
_SHARE_OF_WINDOW = 0.15
_GAP = 1e-3
_NODES = 200


def search(
    program: Program, starts: list[Polished], options: SolveOptions, monitor: Monitor | None = None
) -> Polished | None:
    """A bilevel answer that is better than all `starts`, the best first; None where none is found.

    It ends by itself where neither kicks nor a round of windows gain anything, at the options' time
    limit, and where the `monitor` says that all is over. With the same options it returns the
    same, but where a limit ends a step.
    Nothing is tried where the program is not of a suited class (suited.py) or there is no start.
    """
    if not starts or not is_suited(program):
        return None
    levels = Levels.of(program, starts[0])
    random = np.random.default_rng(options.seed)
    monitor = Monitor(options, Clock()) if monitor is None else monitor
    run = _Run(levels, options, random, time.monotonic(), monitor)
    places = list(run.places([levels.start(start) for start in levels.alike(starts)]))
    answer = polish(program, places[-1].x) if places else None
    if answer is None or not answer.leader_rows_hold:
        return None
    sense = program.joint.sense
    return answer if sense * answer.objective < sense * starts[0].objective else None


@dataclass(frozen=True, eq=False)
class _Run:
    levels: Levels
    options: SolveOptions
    random: np.random.Generator
    started: float
    monitor: Monitor

    def places(self, starts: list[Place]) -> Iterator[Place]:
        """Ever better places, the best of the starts first."""
        best = starts[0]
        for start in starts:
            found = descend(self.levels, start, self.random)
            if found is not None and found.objective < best.objective + GAIN * abs(best.objective):
                best = found
                yield best
        best = yield from self._by_kicks(best, _KICKS)
        yield from self._by_windows(best)

    def _by_kicks(self, best: Place, patience: int) -> Generator[Place, None, Place]:
        """Ever better places, until so many kicks have not helped; returns the best."""
        idle = 0
        while idle < patience and self._left > 0:
            kicked = kick(self.levels, best, self.random)
            found = None if kicked is None else descend(self.levels, kicked, self.random)
            idle += 1
            if found is not None and is_better(found, best):
                best, idle = found, 0
                yield best
        return best

    def _by_windows(self, best: Place) -> Iterator[Place]:
        windows = Windows.of(self.levels)
        pairs = len(windows.pairs)
        size, largest, untried = min(_FIRST_WINDOW, pairs), pairs, np.ones(pairs, np.bool_)
        while untried.any() and size and self._left > 0:
            window = windows.around(self._center(windows, best, untried), size)
            answer, duals = windows.improve(best, window, self._limits())
            solved = answer.status == "optimal"
            if solved:
                untried[window if size == pairs else window[: size // 2]] = False
            place = None if duals is None else replace(best, duals=duals)
            found = None if place is None else descend(self.levels, place, self.random)
            if found is not None:
                windows.seen.append(found.x)
            if found is not None and is_better(found, best):
                best = found
                untried[:] = size < pairs or not solved
                yield best
                best = yield from self._by_kicks(best, _MORE_KICKS)
            elif solved:
                size = min(int(size * _GROWTH), largest)
            else:
                size = largest = int(size / _GROWTH)

    def _center(self, windows: Windows, place: Place, untried: Bools) -> int:
        """One of the untried pairs, rather one that the leader would like to let go."""
        dual = windows.pairs.multiplier - self.levels.joint.shape[1]
        wish = place.wish[dual] * untried
        share = wish / wish.sum() if wish.any() else untried / untried.sum()
        return int(self.random.choice(len(untried), p=share))

    @property
    def _left(self) -> float:
        limit = self.options.time_limit
        if self.monitor.is_over:
            return 0.0
        return np.inf if limit is None else limit - (time.monotonic() - self.started)

    def _limits(self) -> SolveOptions:
        limit = self.options.time_limit
        seconds = None if limit is None else min(self._left, _SHARE_OF_WINDOW * limit)
        extra = {"mip_max_nodes": _NODES}
        return replace(self.options, time_limit=seconds, gap=_GAP, extra=extra, log=None)
