"""Each component solved as a task of its own, with a fair share of the time and of the gap."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from evdsl.backends.options import Event, Watch, allowed_gap
from evdsl.program.program import Program
from evdsl.reformulate.kkt import kkt
from evdsl.solve.bilevel import Solved, solve_bilevel
from evdsl.solve.clock import Clock
from evdsl.solve.components.find import Component
from evdsl.solve.components.join import answer_of, joined
from evdsl.solve.components.told import Teller, Told
from evdsl.solve.judge import judge_starts, with_bound
from evdsl.solve.monitor import Monitor
from evdsl.solve.plan import Plan, plan, refuse_unknown_families
from evdsl.solve.polish import Polished
from evdsl.solve.route import Request, pairs_of
from evdsl.solve.start import best_first, first_points
from evdsl.workers.workers import InTurn, Workers


@dataclass(frozen=True, eq=False)
class Task:
    """One component as it is handed to a worker; the options hold its share of time and gap."""

    program: Program
    known: list[Polished]
    request: Request


@dataclass(frozen=True, eq=False)
class Done:
    """What comes back: `timings` are the seconds of each stage, `log` the solver's own log."""

    solved: Solved
    timings: Mapping[str, float]
    log: str


def ways(parts: tuple[Component, ...], known: Sequence[Polished], request: Request) -> list[Plan]:
    """The way that each component goes, from points that need no search."""
    found = []
    for part in parts:
        asked = _asked(part.program, request)
        monitor = Monitor(asked.options, Clock())
        starts = first_points(part.program, _of(part, known), asked, monitor)
        found.append(plan(part.program, asked, starts[0].x if starts else None))
    return found


def solve_components(
    program: Program,
    parts: tuple[Component, ...],
    known: Sequence[Polished],
    request: Request,
    monitor: Monitor,
    workers: Workers,
) -> Solved:
    """The verdict on the whole: a single component is solved here, several as tasks.

    Raises EvdslError where one cannot go the way requested.
    """
    if len(parts) == 1:
        return solve_bilevel(program, known, request, monitor, workers)
    if request.methods:
        refuse_unknown_families(kkt(program), request.methods)
    each = [_of(part, known) for part in parts]
    run = _Run(program, parts, each, request, monitor, workers)
    run.solve(dict.fromkeys(range(len(parts)), request.options.gap))
    run.solve(run.too_far())
    return joined(program, parts, run.all(), request.options.gap)


def solve_task(task: Task, watch: Watch | None = None) -> Done:
    """A component with a monitor of its own, wherever that is."""
    with _logged(_asked(task.program, task.request)) as (request, log):
        monitor = Monitor(request.options, Clock(), watch)
        monitor.begins(task.program)
        monitor.tells(Teller(monitor))
        with monitor.catching():
            solved = solve_bilevel(task.program, task.known, request, monitor, InTurn())
        text = log.read_text(errors="replace") if log.exists() else ""
    timings = {name: spent for name, spent in monitor.clock.timings.items() if name != "total"}
    return Done(solved, timings, text)


@dataclass(eq=False)
class _Run:
    """`known` of each component; `solved` so far, what those have `told` that began, and the bound
    that was proved `before`."""

    program: Program
    parts: tuple[Component, ...]
    known: list[list[Polished]]
    request: Request
    monitor: Monitor
    workers: Workers
    solved: dict[int, Solved] = field(default_factory=dict)
    told: dict[int, Told] = field(default_factory=dict)
    before: float = field(init=False)

    def __post_init__(self) -> None:
        self.before = self.monitor.bound

    def solve(self, gaps: Mapping[int, float]) -> None:
        """Some components, each to a gap; those that are left when Ctrl-C comes keep what they
        have, or have told where they had not been solved before."""
        numbers = list(gaps)
        here = isinstance(self.workers, InTurn)
        function = partial(solve_task, watch=self._hear) if here else solve_task

        def hear(place: int, told: Told) -> None:
            self.told[numbers[place]] = told
            self._join()

        finished = self.workers.as_finished(
            function, self._tasks(gaps), lambda: self._is_over, hear
        )
        self._tell()
        try:
            for place, done in finished:
                self._note(numbers[place], done)
        except KeyboardInterrupt:
            if self.monitor.best is None or self.monitor.insists:
                raise

    @property
    def _is_over(self) -> bool:
        """Whether Ctrl-C has come, or the best answer meets what was proved `before`. What parts
        prove meanwhile ends no other, so that each comes to the same whoever works."""
        best = self.monitor.best
        if best is None or not math.isfinite(self.before):
            return self.monitor.interrupted
        allowed = allowed_gap(self.request.options.gap, best.objective)
        return self.monitor.interrupted or abs(best.objective - self.before) <= allowed

    def too_far(self) -> dict[int, float]:
        """The components whose bounds keep the sum from meeting the gap, with the gap for each.

        Each may be off by an equal share of what is allowed: where objectives cancel out, a gap
        relative to each of them is too wide.
        """
        found = [self.solved[k].verdict for k in range(len(self.parts)) if k in self.solved]
        points = [verdict.found for verdict in found if verdict.status == "optimal"]
        if len(points) < len(self.parts) or self.monitor.is_over:
            return {}
        values = [
            part.program.joint.objective(point.x)
            for part, point in zip(self.parts, points, strict=True)
            if point is not None
        ]
        distances = [abs(value - v.bound) for value, v in zip(values, found, strict=True)]
        allowed = allowed_gap(self.request.options.gap, sum(values))
        if abs(sum(values) - sum(verdict.bound for verdict in found)) <= allowed:
            return {}
        share = allowed / len(values)
        return {
            k: share / abs(value)
            for k, (value, distance) in enumerate(zip(values, distances, strict=True))
            if distance > share and value
        }

    def all(self) -> list[Solved]:
        """Every component's verdict; of what has not been solved what is known so far."""
        return [self.solved.get(k) or self._unsolved(k) for k in range(len(self.parts))]

    def _tasks(self, gaps: Mapping[int, float]) -> Iterator[Task]:
        """Each takes, when it begins, an equal share of the time that is left."""
        for begun, (k, gap) in enumerate(gaps.items()):
            options = replace(self.request.options, gap=gap)
            if options.time_limit is not None:
                at_once = self.workers.count / (len(gaps) - begun)
                left = self.monitor.left * min(at_once, 1.0)
                options = replace(options, time_limit=left).after(0.0)
            request = replace(self.asked, options=options)
            yield Task(self.parts[k].program, self._begun(k), request)

    @property
    def asked(self) -> Request:
        """The request without what is read and written here."""
        return replace(self.request, data={}, params={}, start=None, keep=None, resume=None)

    def _note(self, number: int, done: Done) -> None:
        self.monitor.clock.add(done.timings)
        log = self.request.options.log
        if log is not None and done.log:
            with log.open("a") as file:
                file.write(f"component {number + 1} of {len(self.parts)}\n{done.log}\n")
        before = self.solved.get(number)
        if before is None or done.solved.verdict.status == "optimal":
            self.solved[number] = done.solved
        self._tell()
        self._join()

    def _join(self) -> None:
        """Tell the monitor what the best of all components are together, and their bounds."""
        bound = sum(self._bound(k) for k in range(len(self.parts)))
        if math.isfinite(bound):
            self.monitor.proved(bound)
        answers = [self._answer(k) for k in range(len(self.parts))]
        points = [answer for answer in answers if answer is not None]
        if len(points) == len(answers):
            self.monitor.found(answer_of(self.program, self.parts, points))

    def _bound(self, number: int) -> float:
        """What is proved of a component without any claim; nan where nothing is."""
        solved, told = self.solved.get(number), self.told.get(number)
        if solved is None:
            return math.nan if told is None else told.bound
        is_sure = not (solved.bounds.stated or solved.bounds.assumed)
        return solved.verdict.bound if is_sure and solved.verdict.status != "error" else math.nan

    def _answer(self, number: int) -> Polished | None:
        """The best that is known of a component."""
        return next(iter(self._begun(number)), None)

    def _begun(self, number: int) -> list[Polished]:
        """What is known of a component, the best first: its own answer where it has one."""
        part, solved, told = self.parts[number], self.solved.get(number), self.told.get(number)
        found = None if solved is None else solved.verdict.found
        best = None if told is None else told.best
        if found is not None:
            value = part.program.joint.objective(found.x)
            best = Polished(found.x, found.multipliers, value, True)
        return self.known[number] if best is None else [best, *self.known[number]]

    def _unsolved(self, number: int) -> Solved:
        program, told = self.parts[number].program, self.told.get(number)
        verdict = judge_starts(program, self._begun(number))
        if told is not None:
            verdict = with_bound(verdict, program, told.bound, self.request.options.gap)
        return Solved(verdict, "", "", 0)

    def _tell(self) -> None:
        done = f"{len(self.solved)} of {len(self.parts)}"
        self.monitor.doing("solving independent parts", done)

    def _hear(self, event: Event) -> None:
        number = min(len(self.solved) + 1, len(self.parts))
        self.monitor.doing(
            "solving independent parts", f"{number} of {len(self.parts)}: {event.told}"
        )


def _of(part: Component, known: Sequence[Polished]) -> list[Polished]:
    return best_first(part.program, [part.answer(answer) for answer in known])


def _asked(program: Program, request: Request) -> Request:
    """The request without methods for families that have no pairs in this component."""
    if not request.methods:
        return request
    level = kkt(program)
    own = {name: way for name, way in request.methods.items() if pairs_of(level, name).any()}
    return replace(request, methods=own)


@contextmanager
def _logged(request: Request) -> Iterator[tuple[Request, Path]]:
    """The request with the solver's log in a file of its own, where it is wanted."""
    with TemporaryDirectory() as folder:
        log = Path(folder) / "solver.log"
        wanted = request.options.log is not None
        options = replace(request.options, log=log if wanted else None)
        yield replace(request, options=options), log
