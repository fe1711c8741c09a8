"""The whole search: rounds of independent tasks, what they gain put together after each."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import numpy as np

from evdsl.backends.interrupt import catch_interrupt
from evdsl.backends.options import SolveOptions
from evdsl.program.linear import Ints
from evdsl.program.program import Program
from evdsl.solve.clock import Clock
from evdsl.solve.followers import linked_columns
from evdsl.solve.monitor import Monitor
from evdsl.solve.polish import Polished, polish
from evdsl.solve.search.budget import Budget
from evdsl.solve.search.chain import Move, Outcome, Task, explore
from evdsl.solve.search.descent import is_better
from evdsl.solve.search.levels import Levels, Place
from evdsl.solve.search.nudge import Nudges
from evdsl.solve.search.suited import is_suited
from evdsl.solve.search.turns import Turns
from evdsl.workers.workers import InTurn, Workers

_AT_ONCE = 2
_IDLE_ROUNDS = 120
_LEAST_IDLE, _PATIENCE = 6, 4
_FIRST_WINDOW = 40
_NODES, _DOUBLED, _MOST = 250, 5, 4
_GROWTH, _SHRINKAGE = 1.15, 0.7


def search(
    program: Program,
    starts: list[Polished],
    options: SolveOptions,
    monitor: Monitor | None = None,
    workers: Workers | None = None,
    problems: float = math.inf,
) -> Polished | None:
    """A bilevel answer that is better than all `starts`, the best first; None where none is found.

    It ends by itself where no move gains anything or could, after so many linear and quadratic
    `problems`, at the options' time limit, on Ctrl-C, and where the `monitor` says that all is
    over. It returns the same with the same options and any `workers`, but where a time limit or
    Ctrl-C ends it. Nothing is tried where the program is not of a suited class (suited.py) or there
    is no start.
    """
    monitor = Monitor(options, Clock()) if monitor is None else monitor
    return Search(program, starts, options, monitor, workers or InTurn(), problems).go_on()


class Search:
    """A search of one program, which can be gone on with: see `search`. `had` are its seconds."""

    def __init__(
        self,
        program: Program,
        starts: list[Polished],
        options: SolveOptions,
        monitor: Monitor,
        workers: Workers,
        problems: float = math.inf,
    ) -> None:
        self.had = 0.0
        self._program, self._starts, self._seed = program, starts, options.seed
        self._monitor, self._workers = monitor, workers
        self._limit = math.inf if options.time_limit is None else options.time_limit
        self._budget = Budget(problems)
        self._turns = Turns.of(int(linked_columns(program).sum()))
        self._levels: Levels | None = None
        self._best: Place | None = None
        self._rounds = self._idle = self._idle_before = 0
        self._arrived = self._spent_before = 0
        self._window = _FIRST_WINDOW
        self._tried: Ints = np.zeros(0, np.int64)
        self._may_gain = bool(starts) and is_suited(program)

    @property
    def has_room(self) -> bool:
        """Whether it may go on and might gain."""
        return self._may_gain and self.had < self._limit and not self._is_spent

    def go_on(self, seconds: float = math.inf) -> Polished | None:
        """For so long at most, else until it is in vain: the first time as `search`, later until
        nothing is gained though it has cost as much again as all before, or for 120 rounds. It goes
        on from the best answer that the monitor knows; None where it finds none that is better."""
        if not self.has_room:
            return None
        began = time.monotonic()
        with catch_interrupt() as interrupt:
            self._budget.interrupt = interrupt
            self._budget.end = began + min(seconds, self._limit - self.had)
            found = self._better()
        self.had += time.monotonic() - began
        return found

    def _better(self) -> Polished | None:
        sense, found = self._program.joint.sense, None
        known = self._starts[0] if self._monitor.best is None else self._monitor.best
        least = sense * known.objective
        for place in self._places():
            self._best = place
            answer = polish(self._program, place.x)
            if answer is None or not answer.leader_rows_hold:
                continue
            if sense * answer.objective < least:
                found, least = answer, sense * answer.objective
                self._monitor.found(answer)
        return found

    def _places(self) -> Iterator[Place]:
        """Ever better places."""
        levels = self._levels = self._levels or self._begun()
        self._idle_before, self._spent_before = self._idle, self._budget.spent
        best = self._first(levels)
        yield best
        while self._may_gain and not (self._is_in_vain or self._is_over):
            self._monitor.goes_on()
            move, before = self._turns.next(), self._budget.spent
            found = self._together(levels, best, self._round(move, [best] * _AT_ONCE))
            gained = is_better(found, best)
            self._turns.done(move, self._budget.spent - before, gained)
            self._idle += 1
            if gained:
                self._arrive()
            if found is not best:
                best = found
                self._may_gain = not levels.is_best(best)
                yield best

    def _begun(self) -> Levels:
        levels = Levels.of(self._program, self._starts[0].x, self._budget)
        self._tried = np.zeros(len(levels.single.duals), np.int64)
        return levels

    def _first(self, levels: Levels) -> Place:
        """From where to go: what comes of the starts, or what is best since then."""
        best, known = self._best, self._monitor.best
        if best is None:
            begun = [levels.start(start) for start in self._starts]
            best = self._together(levels, begun[0], self._round("start", begun))
        elif known is not None and is_better(levels.start(known), best):
            best = levels.start(known)
            self._arrive()
        self._may_gain = not levels.is_best(best)
        return best

    def _arrive(self) -> None:
        self._idle = self._idle_before = 0
        self._arrived = self._budget.spent

    def _round(self, move: Move, places: list[Place]) -> list[Outcome]:
        self._rounds += 1
        tasks = (self._task(move, place, k, len(places)) for k, place in enumerate(places))
        outcomes = self._done(tasks)
        self._budget.spend(sum(outcome.spent for outcome in outcomes))
        solved = [window for outcome in outcomes for window in outcome.solved]
        for window in solved:
            self._tried[window] += 1
        self._resize(len(solved), sum(outcome.windows for outcome in outcomes))
        return outcomes

    def _resize(self, solved: int, windows: int) -> None:
        """Larger windows where most were solved, else smaller ones."""
        if windows:
            grown = math.ceil(self._window * (_GROWTH if 2 * solved > windows else _SHRINKAGE))
            self._window = min(grown, len(self._tried))

    def _done(self, tasks: Iterator[Task]) -> list[Outcome]:
        """In the order of the tasks; where Ctrl-C ends them those that came before."""
        finished = self._workers.as_finished(explore, tasks, lambda: self._budget.interrupt.pressed)
        return [outcome for _, outcome in sorted(finished, key=lambda found: found[0])]

    def _task(self, move: Move, place: Place, part: int, parts: int) -> Task:
        left = self._budget.problems - self._budget.spent
        return Task(
            program=self._program,
            place=place,
            move=move,
            seed=(self._seed, self._rounds, part),
            problems=0.0 if self._is_over else left / parts,
            seconds=min(self._budget.seconds, self._monitor.left),
            part=(part, parts),
            size=self._window,
            nodes=int(_NODES * min(1 + self._idle / _DOUBLED, _MOST)),
            tried=self._tried,
        )

    def _together(self, levels: Levels, best: Place, outcomes: list[Outcome]) -> Place:
        """The best outcome, with what the others have changed where that gains as well."""
        found = [outcome.place for outcome in outcomes if outcome.place is not None]
        base, joint = best, self._program.joint
        for place in sorted(found, key=lambda place: place.objective):
            if is_better(place, best) and best is base:
                best = place
                continue
            nudges = Nudges.of(levels, np.random.default_rng((self._seed, self._rounds)))
            x = np.clip(best.x + place.x - base.x, joint.lower, joint.upper)
            best = nudges.try_out(x, best) or (place if is_better(place, best) else best)
        return best

    @property
    def _is_in_vain(self) -> bool:
        """Nothing was gained for long: all moves had their turns, and much longer than it took to
        arrive here."""
        enough = max(_PATIENCE * self._arrived, 2 * self._spent_before)
        least = _LEAST_IDLE if self._budget.spent > enough else _IDLE_ROUNDS
        return self._idle - self._idle_before >= least

    @property
    def _is_spent(self) -> bool:
        return self._budget.spent >= self._budget.problems

    @property
    def _is_over(self) -> bool:
        return self._budget.is_over or self._monitor.is_over
