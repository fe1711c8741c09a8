"""A bound for the leader's optimum where the follower is one chain: windows, then boxes.

With one box at each cut the cheapest way is the *window bound*: the sum of the windows solved
alone. From there the box program refines it. Beside what the solver says stands what is confirmed:
where it cut an arc off, the other solver has to say the same before that counts.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from evdsl.backends.options import allowed_gap
from evdsl.program.linear import Floats
from evdsl.program.program import Program
from evdsl.solve.bound.arc import Arc, Solved, solve_arc
from evdsl.solve.bound.box_program import BoxProgram
from evdsl.solve.bound.boxes import NOTHING, Key
from evdsl.solve.bound.chained import Chained, chained
from evdsl.solve.bound.prices import worth
from evdsl.solve.bound.window import point_of
from evdsl.solve.monitor import Monitor
from evdsl.solve.polish import Polished, polish
from evdsl.workers.workers import Workers

ROWS = 24
_RACE = 4
_AT_ONCE = 8
_SHARE = 0.2
_STITCH = 2
_LAG = 5e-3
_BEYOND = 1e-3
_WRONG = 1e-6


@dataclass(frozen=True, eq=False)
class Bounded:
    """`value` is what no answer can beat, in the leader's objective: the best bound of which every
    cut-off is confirmed by a second solver; `window` is the window bound.

    `claimed` is what the first solver alone would have it. `found` is the best answer met on the
    way if it beats the one given. `arcs` were solved in all, `confirmed` and `refuted` of their
    cut-offs were looked at again; `failed` solvers gave up on an arc. `boxes` counts them at all
    cuts, `windows` the windows.
    """

    value: float
    claimed: float
    window: float
    found: Polished | None
    windows: int
    boxes: int
    arcs: int
    confirmed: int
    refuted: int
    failed: int


def bound(
    program: Program,
    incumbent: Polished,
    monitor: Monitor,
    workers: Workers,
    rows: int = ROWS,
    arcs: int | None = None,
) -> Bounded | None:
    """Bound the leader's optimum until the monitor's gap is met or its time is over.

    Windows have about `rows` rows of the follower; no more than about `arcs` arcs are solved, and
    with that limit alone the result is the same with any workers. None where the method does not
    apply (see `chained`), where nothing was proved in time, or where a bound was found to be wrong.
    """
    known = chained(program, rows)
    if known is None:
        return None
    made = Bounding(known, incumbent, monitor, workers, np.inf if arcs is None else arcs)
    made.go_on()
    return made.result()


class Bounding:
    """Bounds of one program, which can be gone on with: see `bound`."""

    def __init__(
        self,
        known: Chained,
        incumbent: Polished,
        monitor: Monitor,
        workers: Workers,
        arcs: float = np.inf,
    ) -> None:
        self._known, self._monitor, self._workers, self._budget = known, monitor, workers, arcs
        self._best, self._given = incumbent, incumbent
        self._states = known.states(incumbent)
        self._window = self._proved = -np.inf
        self._arcs = self._stitched = 0
        self._wrong = False
        self._end = np.inf
        self._boxes: BoxProgram | None = None

    def go_on(self, seconds: float = np.inf) -> bool:
        """A step at least, and then for so long; the first time until it is known with which
        prices. Arcs that have begun are solved to their end. Whether there is anything left then.
        """
        self._end = self._monitor.clock.total + seconds
        if self._monitor.best is not None:
            self._take(self._monitor.best)
        boxes = self._boxes = self._boxes or self._raced()
        left = True
        while left and not (self._over or self._met(boxes.sure()[0])):
            left = self._step(boxes) or self._confirm(boxes, 0.0)
            self._tell(boxes)
            if self._is_late:
                break
        self._confirm(boxes, 0.0)
        self._tell(boxes)
        return left and not self._wrong

    def result(self) -> Bounded | None:
        return None if self._boxes is None else self._bounded(self._boxes)

    def _take(self, answer: Polished) -> None:
        if self._known.cost(answer.objective) < self._cost:
            self._best, self._states = answer, self._known.states(answer)

    def _raced(self) -> BoxProgram:
        """The better start: with no prices at the cuts, or with those of the incumbent."""
        first = self._started(np.zeros((len(self._known.parts), 2)))
        self._window = first.sure()[0]
        prices = worth(self._known, self._best)
        if prices is None or not prices.any() or self._over or self._met(self._window):
            return first
        second = self._started(prices)
        for _ in range(_RACE):
            for boxes in (first, second):
                self._step(boxes)
        return max(first, second, key=lambda boxes: boxes.claimed()[0])

    def _started(self, prices: Floats) -> BoxProgram:
        W = len(self._known.parts)
        absolute = _SHARE * allowed_gap(self._monitor.options.gap, self._cost) / W
        boxes = BoxProgram(self._known, prices, absolute, self._monitor.options.seed)
        self._step(boxes)
        self._tell(boxes)
        return boxes

    def _step(self, boxes: BoxProgram) -> bool:
        """Solve open arcs of the cheapest ways, or split a box; whether there was any."""
        self._monitor.goes_on()
        value, keys = boxes.claimed()
        if self._met(value):
            return False
        if not boxes.open_arcs(keys, value, self._most):
            if self._arcs >= self._stitched + _STITCH * len(keys) or boxes.agrees(keys):
                self._stitch(boxes, keys)
            return boxes.refine(keys)
        arcs = boxes.next_arcs(_AT_ONCE, self._most)
        tasks = [boxes.task(key, enough, self._until) for key, enough in arcs]
        self._arcs += len(tasks)
        for place, answer in self._in_time(tasks):
            boxes.learn(arcs[place][0], tasks[place], answer)
        self._confirm(boxes, _LAG * abs(self._cost))
        return True

    def _confirm(self, boxes: BoxProgram, lag: float) -> bool:
        """Have the cut-offs confirmed that keep what is sure behind; whether there were any."""
        any_left = False
        while boxes.claimed()[0] - boxes.sure()[0] > lag and self._has_time and not self._is_late:
            claims = boxes.unconfirmed(boxes.sure()[1])
            if not claims:
                break
            any_left = True
            tasks = [boxes.check(claim, self._until) for claim in claims]
            for place, answer in self._in_time(tasks):
                boxes.judge(claims[place], tasks[place], answer)
        return any_left

    def _in_time(self, tasks: list[Arc]) -> list[tuple[int, Solved]]:
        """The answers to those that are solved before the time is over, with their places."""
        finished = self._workers.as_finished(solve_arc, tasks, lambda: not self._has_time)
        return sorted(finished, key=lambda one: one[0])

    def _stitch(self, boxes: BoxProgram, keys: list[Key]) -> None:
        """Try the leader's decision of a way: the followers answer to it."""
        self._stitched = self._arcs
        solved = [boxes.table.solved.get(key) for key in keys]
        parts, values = [], []
        for key, answer in zip(keys, solved, strict=True):
            if answer is None or answer.x is None:
                return
            parts.append(self._known.parts[key[0]][answer.solver])
            values.append(answer.x)
        x = point_of(parts, values, len(self._known.size)) * self._known.size
        found = polish(self._known.program, x)
        if found is None or not found.leader_rows_hold:
            return
        self._monitor.found(found)
        self._take(found)

    def _tell(self, boxes: BoxProgram) -> None:
        """Pass a better bound on that holds for the best answer too."""
        value = boxes.sure()[0]
        if value <= max(self._proved, NOTHING / 2):
            return
        if boxes.holding(self._states) > self._cost + _WRONG * max(1.0, abs(self._cost)):
            self._wrong = True
            return
        self._proved = value
        self._monitor.proved(self._known.objective(min(value, self._cost)))

    def _bounded(self, boxes: BoxProgram) -> Bounded | None:
        if self._wrong or self._proved < NOTHING / 2:
            return None
        objective, cost = self._known.objective, self._cost
        return Bounded(
            value=objective(min(self._proved, cost)),
            claimed=objective(min(boxes.claimed()[0], cost)),
            window=objective(self._window),
            found=None if self._best is self._given else self._best,
            windows=len(self._known.parts),
            boxes=boxes.count,
            arcs=self._arcs,
            confirmed=boxes.confirmed,
            refuted=boxes.refuted,
            failed=boxes.failed,
        )

    def _met(self, value: float) -> bool:
        """Whether a bound is as near to the best answer as the options allow."""
        return self._cost - value <= allowed_gap(self._monitor.options.gap, self._cost)

    @property
    def _cost(self) -> float:
        return self._known.cost(self._best.objective)

    @property
    def _most(self) -> float:
        """Up to here bounds are looked for: a little beyond the best answer, so that a wrong one
        shows."""
        return self._cost + _BEYOND * max(1.0, abs(self._cost))

    @property
    def _until(self) -> float:
        """When the time is over, by the clock that all workers have."""
        return time.time() + self._monitor.left

    @property
    def _has_time(self) -> bool:
        return not self._monitor.is_over

    @property
    def _is_late(self) -> bool:
        """Whether the turn is over."""
        return self._monitor.clock.total >= self._end

    @property
    def _over(self) -> bool:
        return self._arcs >= self._budget or self._wrong or self._monitor.is_over
