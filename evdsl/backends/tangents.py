"""A convex quadratic objective on HiGHS' linear solver: tangents, refined where it ends.

HiGHS takes no quadratic objective beside whole numbers. Each round solves the linear problem over
the tangents known so far (epigraph.py): its bound holds, and its point is one of the problem, whose
true objective is an incumbent. Tangents at that point make the next round better.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from evdsl.backends import highs
from evdsl.backends.epigraph import Epigraph, epigraph, with_rows
from evdsl.backends.options import Event, SolveOptions, Watch
from evdsl.program.linear import Floats
from evdsl.program.mip import Answer, Mip

_ROUNDS = 100
_FINER = 0.5
_ABSOLUTE_GAP = 5e-7


def solve(mip: Mip, options: SolveOptions, watch: Watch | None = None) -> Answer:
    """Solve a single level whose objective's products are convex; ValueError where they are not."""
    flat = epigraph(mip.linear)
    if flat is None:
        raise ValueError("the objective is not convex")
    return _Rounds(mip, flat, options, watch).run()


class _Rounds:
    def __init__(
        self, mip: Mip, flat: Epigraph, options: SolveOptions, watch: Watch | None
    ) -> None:
        self._mip, self._flat, self._options, self._watch = mip, flat, options, watch
        self._linear = flat.linear
        self._sense = mip.linear.sense
        self._started = time.monotonic()
        self._best: Floats | None = None
        self._value, self._bound = np.inf, -np.inf
        self._nodes = 0
        if mip.start is not None and not np.isnan(mip.start).any():
            self._accept(mip.start)
            self._refine(mip.start)

    def run(self) -> Answer:
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
            self._refine(point)
        return self._answer("")

    def _problem(self) -> Mip:
        start = None if self._best is None else self._flat.at(self._best)
        return Mip(self._linear, start=start)

    def _limits(self) -> SolveOptions:
        finer = replace(self._options, gap=_FINER * self._options.gap)
        if self._options.time_limit is None:
            return finer
        left = self._options.time_limit - (time.monotonic() - self._started)
        return replace(finer, time_limit=max(left, 0.1))

    def _accept(self, x: Floats) -> None:
        value = self._sense * self._mip.linear.objective(x)
        if value < self._value:
            self._best, self._value = x, value

    def _refine(self, x: Floats) -> None:
        value = self._flat.squares.forms @ x
        every = np.arange(len(value))
        self._linear = with_rows(self._linear, *self._flat.tangents(every, value))

    def _met(self) -> bool:
        allowed = max(self._options.gap * abs(self._value), _ABSOLUTE_GAP)
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
        if self._watch is not None:
            seconds = time.monotonic() - self._started
            bound = self._sense * max(self._sense * event.bound, self._bound)
            incumbent = self._sense * self._value if self._best is not None else event.incumbent
            self._watch(Event(seconds, incumbent, bound, self._nodes + event.nodes))
