"""What is known so far of one solve: every stage tells it, and it tells whoever watches."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias, TypeVar

from evdsl.backends.interrupt import Interrupt, catch_interrupt
from evdsl.backends.options import Event, SolveOptions, Watch, allowed_gap
from evdsl.program.linear import Floats
from evdsl.program.program import Program
from evdsl.solve.clock import Clock
from evdsl.solve.polish import Polished

T = TypeVar("T")
Answered: TypeAlias = Callable[[Floats], Polished | None]

_PAUSE = 0.1
_REST = 9.0


class _Left(Exception):
    """Work that need not be done is left."""


class Monitor:
    """Of a whole solve.

    `best` is the best certified answer so far, `bound` what no answer can beat, as far as proved,
    and nan before there is one.
    """

    def __init__(self, options: SolveOptions, clock: Clock, watch: Watch | None = None) -> None:
        self.options, self.clock = options, clock
        self.best: Polished | None = None
        self.bound = math.nan
        self._watches = [] if watch is None else [watch]
        self._interrupt = Interrupt()
        self._sense, self._has_begun = 1, False
        self._doing, self._detail, self._nodes = "", "", 0
        self._of_solver: tuple[float | None, float] = (None, math.nan)
        self._answered: Answered | None = None
        self._point: Floats | None = None
        self._next = self._next_point = 0.0
        self._may_leave = False
        self._is_settled = False

    def tells(self, watch: Watch) -> None:
        """From now on this one is told as well."""
        self._watches.append(watch)

    def begins(self, program: Program) -> None:
        """What is told from now on is about this program."""
        self._sense, self._has_begun = program.joint.sense, True

    @contextmanager
    def catching(self) -> Iterator[None]:
        """Within it Ctrl-C ends the solve with what is best; where there is nothing to return yet,
        and the second time, it raises KeyboardInterrupt."""
        with catch_interrupt(self._press, self._pressed_within) as self._interrupt:
            yield

    def unless_interrupted(self, work: Callable[[], T]) -> T | None:
        """What `work` gives; None where Ctrl-C has ended the solve or does so meanwhile: the work
        is then left where it stands."""
        if self.interrupted:
            return None
        self._may_leave = True
        try:
            return work()
        except _Left:
            return None
        finally:
            self._may_leave = False

    def doing(self, what: str, detail: str = "") -> None:
        """From now on this is what is being done: a few words in the present participle, and which
        part of it, such as `3 of 60`; details alone are told at most ten times a second."""
        is_new = what != self._doing
        self._doing, self._detail = what, detail
        if is_new:
            self._nodes = 0
            self._next = self.clock.total
        self.goes_on()

    def goes_on(self) -> None:
        """The same is still being done; told at most ten times a second."""
        if self.clock.total >= self._next:
            self._next = self.clock.total + _PAUSE
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

    def settled(self) -> None:
        """There is something to return from now on, be it that there is no answer."""
        self._is_settled = True

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
    def insists(self) -> bool:
        """Whether Ctrl-C was pressed again."""
        return self._interrupt.presses > 1

    @property
    def left(self) -> float:
        """Seconds to the time limit, 0 at least; inf without a limit."""
        limit = self.options.time_limit
        return math.inf if limit is None else max(limit - self.clock.total, 0.0)

    @property
    def is_over(self) -> bool:
        """Whether every stage has to end: interrupted, at the time limit, or done."""
        return self.interrupted or not self.left or self.gap_is_met

    def answers_points_by(self, answered: Answered) -> None:
        """From now on `answered` makes a bilevel answer of a point that a solver finds on its way:
        a tenth of its time may go there."""
        self._answered = answered

    def of_solver(self) -> Watch | None:
        """Takes the events of a solver that works on the whole problem; None where nobody is
        told."""
        self._of_solver, self._point = (None, math.nan), None
        return self._hear if self._watches else None

    @property
    def _has_nothing(self) -> bool:
        return self.best is None and not self._is_settled

    def _press(self) -> None:
        if self._has_nothing:
            raise KeyboardInterrupt
        self._pressed_within()

    def _pressed_within(self) -> None:
        """A solver that is asked to end gives back what it has, which may be the first answer."""
        if self.insists or (self._may_leave and self._has_nothing):
            raise KeyboardInterrupt
        if self._may_leave:
            raise _Left

    def _hear(self, event: Event) -> None:
        self._nodes = event.nodes
        self._of_solver = (event.incumbent, event.bound)
        self._point = self._point if event.x is None else event.x
        if self._point is not None and self.clock.total >= self._next_point:
            self._answer(self._point)
        self._tell()

    def _answer(self, point: Floats) -> None:
        started, self._point = self.clock.total, None
        found = None if self._answered is None else self._answered(point)
        self._next_point = self.clock.total + _REST * (self.clock.total - started)
        if found is not None:
            self.found(found)

    def _tell(self) -> None:
        incumbent, bound = self._of_solver
        best = None if self.best is None else self.best.objective
        values = [value for value in (best, incumbent) if value is not None]
        bounds = [value for value in (self.bound, bound) if not math.isnan(value)]
        lower, upper = (min, max) if self._sense > 0 else (max, min)
        unknown = -self._sense * math.inf if self._has_begun else math.nan
        event = Event(
            seconds=self.clock.total,
            incumbent=lower(values) if values else None,
            bound=upper(bounds) if bounds else unknown,
            nodes=self._nodes,
            doing=self._doing,
            detail=self._detail,
        )
        for watch in self._watches:
            watch(event)
