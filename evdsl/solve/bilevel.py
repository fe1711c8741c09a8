"""One Program solved, from what is known of it to a verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from evdsl.program.linear import Floats
from evdsl.program.program import Program
from evdsl.reformulate.encoded import Provenance
from evdsl.reformulate.tally import Tally
from evdsl.solve.bound.bound import Bounding
from evdsl.solve.elastic import explain_missed, least_miss, missed_rows
from evdsl.solve.judge import Candidate, Verdict, judge, judge_starts, with_bound
from evdsl.solve.monitor import Monitor
from evdsl.solve.part import NAMED
from evdsl.solve.plan import Plan, plan
from evdsl.solve.polish import Polished, polish
from evdsl.solve.ranges import warn_ranges
from evdsl.solve.route import Request, Route
from evdsl.solve.search.search import Search
from evdsl.solve.start import starting_points
from evdsl.solve.turns import BoxesAndSearch, chain_for_turns, share_of_exact, with_told
from evdsl.source.diagnostic import Diagnostic
from evdsl.workers.workers import Workers

_FIRST_TURNS = 60.0


@dataclass(frozen=True, eq=False)
class Solved:
    """A verdict with the way to it: `nodes` of the solver's tree, the `bounds` in use by what they
    rest on, and the `tally` of what the presolve has done."""

    verdict: Verdict
    solver: str
    method: str
    nodes: int
    bounds: Provenance = field(default_factory=Provenance)
    tally: Tally = field(default_factory=Tally)


def solve_bilevel(
    program: Program,
    known: Sequence[Polished],
    request: Request,
    monitor: Monitor,
    workers: Workers,
) -> Solved:
    """The `workers` take what can be solved at once.

    Raises EvdslError where the Program cannot go the way requested (see `plan`), and
    KeyboardInterrupt where Ctrl-C has ended it and nothing was found.
    """
    starts, search, planned = _way(program, known, request, monitor, workers)
    if monitor.gap_is_met:
        begun = _begun(program, starts, monitor)
        if begun.found is not None:
            begun = with_bound(begun, program, monitor.bound, monitor.options.gap)
            return Solved(begun, "", "", 0)
    if planned is None or monitor.interrupted:
        return Solved(_kept(_begun(program, starts, monitor)), "", "", 0)
    if not request.pessimistic and request.options.threads == 1:  # HiGHS has one scheduler
        monitor.answers_points_by(lambda x: _answered(program, x))
    ranges = warn_ranges(planned.single.encoded.mip)
    known_chain = chain_for_turns(program, planned, request) if starts else None
    if known_chain is None:
        planned, nodes, verdict = _solved(program, planned, starts, monitor)
        method = planned.route.method
    else:
        boxes = Bounding(known_chain, starts[0], monitor, workers)
        others = BoxesAndSearch(boxes, search, monitor)
        planned, nodes, verdict, method = _by_turns(program, planned, starts, monitor, others)
    if not request.pessimistic and any(d.code == "E0541" for d in verdict.diagnostics):
        monitor.settled()
        monitor.doing("looking for the reason")
        found, route = verdict, planned.route
        told = monitor.unless_interrupted(lambda: _with_misses(program, route, found, monitor))
        verdict = told or verdict
    return Solved(
        replace(verdict, diagnostics=(*ranges, *verdict.diagnostics)),
        planned.route.solver,
        method,
        nodes,
        planned.single.encoded.provenance,
        planned.single.encoded.tally,
    )


def _begun(program: Program, starts: Sequence[Polished], monitor: Monitor) -> Verdict:
    """That of what was found before any solver."""
    return judge_starts(program, _best_before(starts, monitor))


def _best_before(starts: Sequence[Polished], monitor: Monitor) -> list[Polished]:
    """The starts, and before them the best of all so far."""
    return [*starts] if monitor.best is None else [monitor.best, *starts]


def _way(
    program: Program,
    known: Sequence[Polished],
    request: Request,
    monitor: Monitor,
    workers: Workers,
) -> tuple[list[Polished], Search | None, Plan | None]:
    """Certified answers to begin from, the best first, the search that may go on, and the way to go
    from there; None where Ctrl-C came first.

    Where rows are added by `extend` they need not hold at what is known: no such answer is told,
    and none is searched for.
    """
    clock, starts, search = monitor.clock, list(known), None
    if request.extend is None:
        with clock("start"):
            if not request.pessimistic:
                starts, search = starting_points(program, known, request, monitor, workers)
        for start in starts[:1]:
            monitor.found(start)
    monitor.doing("making one level of two")
    with clock("reformulate"):
        incumbent = starts[0].x if starts else None
        planned = monitor.unless_interrupted(lambda: plan(program, request, incumbent))
    return starts, search, planned


def _solved(
    program: Program,
    planned: Plan,
    starts: list[Polished],
    monitor: Monitor,
    seconds: float = math.inf,
) -> tuple[Plan, int, Verdict]:
    """The verdict of the first route whose solver does not fail, or of the last, each in so many
    seconds at most; what the solvers before it got wrong is said."""
    failures = tuple[Diagnostic, ...]()
    options, clock = monitor.options, monitor.clock
    while True:
        single = planned.single
        with clock("solve"):
            known = _best_before(starts, monitor)
            mip = single.started_at(known[0] if known else None)
            monitor.doing(_solving(planned.route))
            limits = clock.rest(options)
            limits = limits if seconds >= monitor.left else replace(limits, time_limit=seconds)
            answer = planned.route.solve(single, mip, limits, monitor.of_solver())
        monitor.doing("certifying the answer")
        with clock("certify"):
            known = _best_before(starts, monitor)
            verdict = judge(program, single, answer, known, options.gap)
        if verdict.found is not None:
            monitor.found(_answer(program, verdict.found))
        if math.isfinite(verdict.bound) and not (verdict.solver_failed or single.stated):
            monitor.proved(verdict.bound)
        if monitor.interrupted:
            return planned, answer.nodes, _kept(verdict)
        following = planned.following(program) if verdict.solver_failed else None
        if following is None or clock.is_over(options):
            said = (*failures, *verdict.diagnostics)
            return planned, answer.nodes, replace(verdict, diagnostics=said)
        failures += _passed_over(planned.route, following.route, verdict)
        planned = following


def _by_turns(
    program: Program,
    planned: Plan,
    starts: list[Polished],
    monitor: Monitor,
    others: BoxesAndSearch,
) -> tuple[Plan, int, Verdict, str]:
    """The exact method, and boxes and search, one after the other, until the gap is met or the time
    is over.

    They share the time limit (see `share_of_exact`); without a limit a minute, then twice as much
    each time. Where its share is nothing the exact method waits until the boxes are at their end.
    Where it has given up before its time, or the boxes have nothing left to do, the rest is the
    other's. The last value says what has had a turn.
    """
    share = share_of_exact(planned.single.encoded.tally.open)
    turns = monitor.left if math.isfinite(monitor.left) else _FIRST_TURNS
    seconds, of_others = share * turns, (1 - share) * turns
    verdict, nodes, had_turns = _begun(program, starts, monitor), 0, dict[str, None]()
    while True:
        gave_up = False
        if seconds:
            began = monitor.clock.total
            planned, more, verdict = _solved(program, planned, starts, monitor, seconds)
            nodes += more
            had_turns[planned.route.method] = None
            verdict = with_told(program, verdict, monitor)
            if verdict.status != "feasible" or monitor.is_over:
                return planned, nodes, verdict, " and ".join(had_turns)
            gave_up = monitor.clock.total - began < seconds
        left = others.go_on(of_others if seconds and not gave_up else math.inf)
        had_turns["boxes"] = None
        verdict = with_told(program, verdict, monitor)
        if verdict.status != "feasible" or monitor.is_over or gave_up:
            return planned, nodes, verdict, " and ".join(had_turns)
        seconds, of_others = 2 * seconds if left and seconds else math.inf, 2 * of_others


def _answered(program: Program, x: Floats) -> Polished | None:
    """The followers' answer at a point of the single level, where that is one of both levels."""
    found = polish(program, x[: program.joint.shape[1]])
    return found if found is not None and found.leader_rows_hold else None


def _answer(program: Program, found: Candidate) -> Polished:
    return Polished(found.x, found.multipliers, program.joint.objective(found.x), True)


def _solving(route: Route) -> str:
    return f"solving with {route.solver}" + (f", {route.method}" if route.method else "")


def _kept(verdict: Verdict) -> Verdict:
    """What is left when Ctrl-C has ended a solver: that it failed says nothing then."""
    if verdict.found is None and verdict.status in ("no_solution", "error"):
        raise KeyboardInterrupt
    said = tuple(d for d in verdict.diagnostics if d.code != "W0602")
    return replace(verdict, diagnostics=said)


def _passed_over(route: Route, following: Route, verdict: Verdict) -> tuple[Diagnostic, ...]:
    """W0605: which method's answer was refused and what has been tried in its place."""
    reasons = tuple(diagnostic.message for diagnostic in verdict.diagnostics)
    message = f"`{route.method}` failed in {route.solver}: `{following.method}` was tried next"
    return (Diagnostic("W0605", message, notes=reasons, severity="warning"),)


def _with_misses(program: Program, route: Route, verdict: Verdict, monitor: Monitor) -> Verdict:
    """Where each answer violates the leader's rows: which of them, and how far at best.

    Left as it is where that is not proved within a minute or the time that is left.
    """
    clock, options = monitor.clock, monitor.options
    with clock("explain"):
        missed = missed_rows(program, route, clock.for_reasons(options))
        if missed is None:
            return verdict
        alone = [
            least_miss(program, route, clock.for_reasons(options), missed, row)
            for row in missed.rows[:NAMED].tolist()
        ]
    said = explain_missed(program, missed, alone)
    kept = tuple(said if d.code == "E0541" else d for d in verdict.diagnostics)
    return replace(verdict, diagnostics=kept)
