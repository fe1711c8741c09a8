"""What is known so far of one solve: every stage tells it, and it tells whoever watches."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from evdsl.backends.interrupt import Interrupt, catch_interrupt
from evdsl.backends.options import Event, SolveOptions, Watch, allowed_gap
from evdsl.program.program import Program
from evdsl.solve.clock import Clock
from evdsl.solve.polish import Polished


class Monitor:
    """Of a whole solve.

    `best` is the best certified answer so far, `bound` what no answer can beat, as far as proved,
    and nan before there is one.
    """

    def __init__(self, options: SolveOptions, clock: Clock, watch: Watch | None = None) -> None:
        self.options, self.clock = options, clock
        self.best: Polished | None = None
        self.bound = math.nan
        self._watch = watch
        self._interrupt = Interrupt()
        self._sense = 1
        self._doing, self._nodes = "preparing the model", 0

    def begins(self, program: Program) -> None:
        """What is told from now on is about this program."""
        self._sense = program.joint.sense

    @contextmanager
    def catching(self) -> Iterator[None]:
        """Within it Ctrl-C ends the solve with what is best; where nothing is found yet, and the
        second time, it raises KeyboardInterrupt."""
        with catch_interrupt(self._press) as self._interrupt:
            yield

    def doing(self, what: str) -> None:
        """From now on this is what is being done: a few words in the present participle."""
        self._doing, self._nodes = what, 0
        self._tell()

    def found(self, answer: Polished) -> None:
        """A bilevel answer, better or not."""
        if self.best is None or self._sense * (answer.objective - self.best.objective) < 0:
            self.best = answer
            self._tell()

    def proved(self, bound: float) -> None:
        """A bound that holds for the whole problem, better or not."""
        if not self._sense * (bound - self.bound) <= 0:
            self.bound = bound
            self._tell()

    @property
    def gap_is_met(self) -> bool:
        """Whether no answer can be better than the best by more than the options allow."""
        if self.best is None or not math.isfinite(self.bound):
            return False
        value = self.best.objective
        return abs(value - self.bound) <= allowed_gap(self.options.gap, value)

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C was pressed: what is best is to be returned soon."""
        return self._interrupt.pressed

    @property
    def left(self) -> float:
        """Seconds to the time limit, 0 at least; inf without a limit."""
        limit = self.options.time_limit
        return math.inf if limit is None else max(limit - self.clock.total, 0.0)

    @property
    def is_over(self) -> bool:
        """Whether every stage has to end: interrupted, at the time limit, or done."""
        return self.interrupted or not self.left or self.gap_is_met

    def of_solver(self) -> Watch | None:
        """Takes the events of a solver that works on the whole problem."""
        return None if self._watch is None else self._hear

    def _press(self) -> None:
        if self.best is None or self._interrupt.presses > 1:
            raise KeyboardInterrupt

    def _hear(self, event: Event) -> None:
        self._nodes = event.nodes
        self._tell(event.incumbent, event.bound)

    def _tell(self, incumbent: float | None = None, bound: float = math.nan) -> None:
        if self._watch is None:
            return
        best = None if self.best is None else self.best.objective
        values = [value for value in (best, incumbent) if value is not None]
        bounds = [value for value in (self.bound, bound) if not math.isnan(value)]
        lower, upper = (min, max) if self._sense > 0 else (max, min)
        self._watch(
            Event(
                seconds=self.clock.total,
                incumbent=lower(values) if values else None,
                bound=upper(bounds) if bounds else -self._sense * math.inf,
                nodes=self._nodes,
                doing=self._doing,
            )
        )
