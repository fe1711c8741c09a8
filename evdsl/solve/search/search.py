"""The whole search: rounds of independent tasks, what they gain put together after each."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

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
_LEAST_IDLE, _PATIENCE = 20, 8
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
    if not starts or not is_suited(program):
        return None
    monitor = Monitor(options, Clock()) if monitor is None else monitor
    left = math.inf if options.time_limit is None else options.time_limit
    with catch_interrupt() as interrupt:
        budget = Budget(problems, time.monotonic() + left, interrupt)
        run = _Search(program, options.seed, budget, monitor, workers or InTurn())
        return run.best_of(starts)


@dataclass(eq=False)
class _Search:
    program: Program
    seed: int
    budget: Budget
    monitor: Monitor
    workers: Workers
    rounds: int = 0
    idle: int = 0
    arrived: int = 0
    window: int = _FIRST_WINDOW
    tried: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def best_of(self, starts: list[Polished]) -> Polished | None:
        sense, best = self.program.joint.sense, None
        least = sense * starts[0].objective
        for place in self._places(starts):
            answer = polish(self.program, place.x)
            if answer is None or not answer.leader_rows_hold:
                continue
            if sense * answer.objective < least:
                best, least = answer, sense * answer.objective
                self.monitor.found(answer)
        return best

    def _places(self, starts: list[Polished]) -> Iterator[Place]:
        """Ever better places."""
        levels = Levels.of(self.program, starts[0].x, self.budget)
        begun = [levels.start(start) for start in starts]
        self.tried = np.zeros(len(begun[0].duals), np.int64)
        best = self._together(levels, begun[0], self._round("start", begun))
        yield best
        turns = Turns.of(int(linked_columns(self.program).sum()))
        while not (self._is_in_vain or self._is_over or levels.is_best(best)):
            move, before = turns.next(), self.budget.spent
            found = self._together(levels, best, self._round(move, [best] * _AT_ONCE))
            gained = is_better(found, best)
            turns.done(move, self.budget.spent - before, gained)
            self.idle += 1
            if gained:
                self.idle, self.arrived = 0, self.budget.spent
            if found is not best:
                best = found
                yield best

    def _round(self, move: Move, places: list[Place]) -> list[Outcome]:
        self.rounds += 1
        tasks = (self._task(move, place, k, len(places)) for k, place in enumerate(places))
        outcomes = self._done(tasks)
        self.budget.spend(sum(outcome.spent for outcome in outcomes))
        solved = [window for outcome in outcomes for window in outcome.solved]
        for window in solved:
            self.tried[window] += 1
        self._resize(len(solved), sum(outcome.windows for outcome in outcomes))
        return outcomes

    def _resize(self, solved: int, windows: int) -> None:
        """Larger windows where most were solved, else smaller ones."""
        if windows:
            grown = math.ceil(self.window * (_GROWTH if 2 * solved > windows else _SHRINKAGE))
            self.window = min(grown, len(self.tried))

    def _done(self, tasks: Iterator[Task]) -> list[Outcome]:
        """In the order of the tasks; where Ctrl-C ends them those that came before."""
        finished = self.workers.as_finished(explore, tasks, lambda: self.budget.interrupt.pressed)
        return [outcome for _, outcome in sorted(finished, key=lambda found: found[0])]

    def _task(self, move: Move, place: Place, part: int, parts: int) -> Task:
        left = self.budget.problems - self.budget.spent
        return Task(
            program=self.program,
            place=place,
            move=move,
            seed=(self.seed, self.rounds, part),
            problems=0.0 if self._is_over else left / parts,
            seconds=min(self.budget.seconds, self.monitor.left),
            part=(part, parts),
            size=self.window,
            nodes=int(_NODES * min(1 + self.idle / _DOUBLED, _MOST)),
            tried=self.tried,
        )

    def _together(self, levels: Levels, best: Place, outcomes: list[Outcome]) -> Place:
        """The best outcome, with what the others have changed where that gains as well."""
        found = [outcome.place for outcome in outcomes if outcome.place is not None]
        base, joint = best, self.program.joint
        for place in sorted(found, key=lambda place: place.objective):
            if is_better(place, best) and best is base:
                best = place
                continue
            nudges = Nudges.of(levels, np.random.default_rng((self.seed, self.rounds)))
            x = np.clip(best.x + place.x - base.x, joint.lower, joint.upper)
            best = nudges.try_out(x, best) or (place if is_better(place, best) else best)
        return best

    @property
    def _is_in_vain(self) -> bool:
        """Nothing was gained for long: all moves had their turns, and much longer than it took to
        arrive here."""
        is_long = self.budget.spent > _PATIENCE * self.arrived
        return self.idle >= (_LEAST_IDLE if is_long else _IDLE_ROUNDS)

    @property
    def _is_over(self) -> bool:
        return self.budget.is_over or self.monitor.is_over
