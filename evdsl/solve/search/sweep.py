"""The search of a large program: the whole, then its parts one by one, as long as it helps.

What a step of the whole gains in one place it often loses in another. A part of a few weeks takes
its gains for itself, at a cost that does not depend on what lies around it.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np

from evdsl.backends.options import SolveOptions
from evdsl.program.program import Program
from evdsl.solve.monitor import Monitor
from evdsl.solve.polish import Polished, polish
from evdsl.solve.search.limits import sides
from evdsl.solve.search.local import Part, Parts
from evdsl.solve.search.search import Search, search
from evdsl.solve.search.suited import is_suited
from evdsl.workers.workers import Workers

_LARGE = 4000
_SIZE = 1000
_SECONDS = 4.0
_SHARE_OF_WHOLE = 0.4
_POLISHED_EVERY = 8


def search_all(
    program: Program,
    starts: list[Polished],
    options: SolveOptions,
    monitor: Monitor,
    workers: Workers,
) -> tuple[Polished | None, Search | None]:
    """As `search`, but a large program is searched by parts as well, once its whole has had its
    share of the time; and the search where it may be gone on with."""
    sweep = _Sweep.of(program, starts, options, monitor)
    if sweep is None:
        whole = Search(program, starts, options, monitor, workers)
        return whole.go_on(), whole if whole.has_room else None
    limit = None if options.time_limit is None else _SHARE_OF_WHOLE * options.time_limit
    first = search(program, starts, replace(options, time_limit=limit), monitor, workers)
    best, found = first or starts[0], sweep.from_there(first or starts[0])
    while found is not None:
        best, found = found, sweep.from_there(found)
    return None if best is starts[0] else best, None


@dataclass(eq=False)
class _Sweep:
    program: Program
    parts: Parts
    options: SolveOptions
    monitor: Monitor
    end: float
    seed: int = 0

    @staticmethod
    def of(
        program: Program, starts: list[Polished], options: SolveOptions, monitor: Monitor
    ) -> _Sweep | None:
        """None where the program is not large, or has no parts."""
        if sides(program) <= _LARGE or not starts or not is_suited(program):
            return None
        end = math.inf if options.time_limit is None else time.monotonic() + options.time_limit
        sweep = _Sweep(program, Parts.of(program), options, monitor, end)
        has_parts = sweep.part(starts[0], int(program.follower_columns[0])) is not None
        return sweep if has_parts else None

    def from_there(self, best: Polished) -> Polished | None:
        """What is found where each part has had its turn, polished; None where that is nothing."""
        begun, at, turns = best, best, 0
        self.seed += 1
        random = np.random.default_rng((self.options.seed, self.seed))
        untried = np.zeros(self.program.joint.shape[1], np.bool_)
        untried[self.program.follower_columns] = True
        while untried.any() and self._left > 0:
            center = int(random.choice(np.flatnonzero(untried)))
            untried[self.parts.around(center, _SIZE // 2)] = False
            at = self._improved(at, center)
            turns += 1
            if at is not best and turns % _POLISHED_EVERY == 0:
                at = best = self._polished(at, best)
        best = best if at is best else self._polished(at, best)
        return best if best is not begun else None

    def part(self, at: Polished, center: int) -> Part | None:
        return self.parts.part(self.parts.around(center, _SIZE), at)

    def _improved(self, at: Polished, center: int) -> Polished:
        part = self.part(at, center)
        if part is None:
            return at
        seconds = min(_SECONDS, max(self._left, 0.0))
        limits = replace(self.options, time_limit=seconds, seed=self.options.seed + self.seed)
        found = search(part.program, [part.start], limits)
        return at if found is None else part.put_back(found, at)

    def _polished(self, at: Polished, best: Polished) -> Polished:
        """What came of the parts, put right; the best before where that does not hold."""
        answer = polish(self.program, at.x)
        sense = self.program.joint.sense
        if answer is None or not answer.leader_rows_hold:
            return best
        if not sense * answer.objective < sense * best.objective:
            return best
        self.monitor.found(answer)
        return answer

    @property
    def _left(self) -> float:
        return 0.0 if self.monitor.is_over else self.end - time.monotonic()
