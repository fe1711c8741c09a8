"""A convex quadratic objective on HiGHS' linear solver: tangents, refined where it ends.

HiGHS takes no quadratic objective beside whole numbers. Each round solves the linear problem over
the tangents known so far (epigraph.py): its bound holds. With its whole numbers fixed the rest is
continuous, and linear programs with ever more tangents give the best point there, an incumbent. The
tangents make the next round better; those of the continuous relaxation stand at the beginning.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from evdsl.backends import highs
from evdsl.backends.branch.relaxation import Decided, Relaxation
from evdsl.backends.interrupt import catch_interrupt
from evdsl.backends.options import Event, SolveOptions, Watch, allowed_gap
from evdsl.program.epigraph import Epigraph, epigraph
from evdsl.program.linear import Floats
from evdsl.program.mip import Answer, Mip, Pairs

_ROUNDS = 100
_FINER = 0.5
_ACCURACY = 0.1
_SURE = 0.9


def solve(mip: Mip, options: SolveOptions, watch: Watch | None = None) -> Answer:
    """Solve a single level whose objective's products are convex; ValueError where they are not.

    Ctrl-C ends the rounds, and what they have found is returned.
    """
    flat = epigraph(mip.linear)
    if flat is None:
        raise ValueError("the objective is not convex")
    rounds = _Rounds(mip, flat, options, watch)
    with catch_interrupt() as interrupt:
        return rounds.run(lambda: interrupt.pressed)


class _Rounds:
    def __init__(
        self, mip: Mip, flat: Epigraph, options: SolveOptions, watch: Watch | None
    ) -> None:
        self._mip, self._flat, self._options, self._watch = mip, flat, options, watch
        self._sense = mip.linear.sense
        self._started = time.monotonic()
        limit = options.time_limit
        end = np.inf if limit is None else self._started + limit
        self._relaxation = Relaxation(flat, Pairs.none(), options.seed, end)
        self._best: Floats | None = None
        self._value, self._bound = np.inf, -np.inf
        self._nodes = 0
        if mip.start is not None and not np.isnan(mip.start).any():
            self._accept(mip.start)
            self._settle(mip.start)

    def run(self, stopped: Callable[[], bool]) -> Answer:
        self._settle(None)
        for _ in range(_ROUNDS):
            found = highs.solve(self._problem(), self._limits(), self._watched)
            self._nodes += found.nodes
            if found.status in ("infeasible", "unbounded", "error") or found.x is None:
                return self._without_more(found)
            if np.isfinite(found.bound):
                self._bound = max(self._bound, self._sense * found.bound)
            point = found.x[: self._flat.first]
            self._accept(point)
            if self._met() or found.status != "optimal":
                break
            self._settle(point)
            if self._met() or stopped():
                break
        return self._answer("interrupted" if stopped() else "")

    def _problem(self) -> Mip:
        start = None if self._best is None else self._flat.at(self._best)
        return Mip(self._relaxation.linear, start=start)

    def _limits(self) -> SolveOptions:
        finer = replace(self._options, gap=_FINER * self._options.gap)
        return finer.after(time.monotonic() - self._started)

    def _accept(self, x: Floats) -> None:
        value = self._sense * self._mip.linear.objective(x)
        if value < self._value:
            self._best, self._value = x, value
            self._tell(self._bound, self._nodes, x)

    def _settle(self, x: Floats | None) -> None:
        """Add the tangents that tell the best point with the whole numbers of `x`, or relaxed."""
        linear, whole = self._mip.linear, self._relaxation.whole
        lower, upper = linear.lower[whole], linear.upper[whole]
        if x is not None:
            lower = upper = np.round(x[whole])
        known = [abs(value) for value in (self._bound, self._value) if np.isfinite(value)]
        accuracy = _ACCURACY * allowed_gap(self._options.gap, min(known, default=1.0))
        decided = Decided(np.empty(0, np.int64), lower, upper)
        found = self._relaxation.solve(decided, np.inf, np.inf, accuracy, thorough=True)
        if found.x is not None and found.status == "optimal" and x is not None:
            self._accept(found.x[: self._flat.first])

    def _met(self) -> bool:
        allowed = _SURE * allowed_gap(self._options.gap, self._value)
        return bool(self._value - self._bound <= allowed)

    def _without_more(self, found: Answer) -> Answer:
        if self._best is None or found.status == "error":
            return replace(found, nodes=self._nodes, seconds=time.monotonic() - self._started)
        return self._answer(found.message)

    def _answer(self, message: str) -> Answer:
        assert self._best is not None
        return Answer(
            status="optimal" if self._met() else "feasible",
            x=self._best,
            objective=self._sense * self._value,
            bound=self._sense * self._bound,
            nodes=self._nodes,
            seconds=time.monotonic() - self._started,
            message=message,
        )

    def _watched(self, event: Event) -> None:
        x = None if event.x is None else event.x[: self._flat.first]
        self._tell(max(self._sense * event.bound, self._bound), self._nodes + event.nodes, x)

    def _tell(self, bound: float, nodes: int, x: Floats | None) -> None:
        if self._watch is not None:
            seconds = time.monotonic() - self._started
            incumbent = self._sense * self._value if self._best is not None else None
            self._watch(Event(seconds, incumbent, self._sense * bound, nodes, x=x))
