"""Where a search begins: baselines, the tightest decision, and what an earlier solve has found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from evdsl.program.linear import Floats
from evdsl.program.program import Program
from evdsl.solve.least import least_value
from evdsl.solve.monitor import Monitor
from evdsl.solve.polish import Polished
from evdsl.solve.route import Request
from evdsl.solve.search.limits import search_limits
from evdsl.solve.search.search import Search
from evdsl.solve.search.sweep import search_all
from evdsl.solve.solution import Solution
from evdsl.solve.starts import best_start, tightest_decision
from evdsl.solve.stored import family_values, read_solution
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.suggest import closest
from evdsl.workers.workers import Workers


def known_answers(
    program: Program, baselines: Mapping[str, Polished], request: Request
) -> list[Polished]:
    """Bilevel answers that hold the leader's rows and need no search, the best first: those to the
    baselines, and to what the request gives.

    Raises EvdslError: E0616 where what is given cannot be read as a solution, E0617 where its
    families or elements are not those of the model.
    """
    given = [start for start in (request.start, request.resume) if start is not None]
    found = best_start(program, [decision(start, program) for start in given])
    kept = [baseline for baseline in baselines.values() if baseline.leader_rows_hold]
    return best_first(program, [*found, *kept])


def first_points(
    program: Program, known: Sequence[Polished], request: Request, monitor: Monitor
) -> list[Polished]:
    """Bilevel answers that need no search, the best first: what is known, and the answer to the
    tightest decision that admits the relaxation's."""
    found: list[Polished] = []
    if program.followers:
        limits = monitor.clock.for_starts(request.options)
        tightest = monitor.unless_interrupted(lambda: tightest_decision(program, limits))
        found = [] if tightest is None else best_start(program, [tightest])
    return best_first(program, [*found, *known])


def starting_points(
    program: Program,
    known: Sequence[Polished],
    request: Request,
    monitor: Monitor,
    workers: Workers,
) -> tuple[list[Polished], Search | None]:
    """Bilevel answers to begin from, the best first: the first points, and what a search finds that
    begins with those; and this search where it may be gone on with. Where one is worth its while,
    the monitor is told what limits alone prove."""
    starts = first_points(program, known, request, monitor)
    for start in starts[:1]:
        monitor.found(start)
    monitor.doing("searching for good answers")
    room = search_limits(program, monitor.clock.rest(request.options))
    if room is None:
        return starts, None
    least = least_value(program.joint)
    if math.isfinite(least):
        monitor.proved(least)
    better, search = search_all(program, starts, room, monitor, workers)
    return starts if better is None else [better, *starts], search


def best_first(program: Program, answers: list[Polished]) -> list[Polished]:
    return sorted(answers, key=lambda answer: program.joint.sense * answer.objective)


def decision(given: str | Path | Solution, program: Program) -> Floats:
    """(n,): the leader's values in a Solution or in a `solution.json`, nan elsewhere."""
    if isinstance(given, Solution):
        values, origin = given.to_json()["leader"], "the solution to start from"
    else:
        values, origin = read_solution(Path(given))["leader"], str(given)
    families = {
        family.name: family
        for family in program.joint.columns
        if family.role == "user" and not program.column_owner[family.slice].any()
    }
    wrong = [_unknown(name, origin, list(families)) for name in values if name not in families]
    wrong += [_absent(name, origin) for name in families if name not in values]
    if wrong:
        raise EvdslError(wrong)
    x = np.full(program.joint.shape[1], np.nan)
    for name, family in families.items():
        x[family.slice] = family_values(family, name, values[name], origin)
    return x


def _unknown(name: str, origin: str, known: list[str]) -> Diagnostic:
    near = closest(name, known)
    mend = f"did you mean `{near}`?" if near else None
    message = f"{origin} holds a variable `{name}`, but the leader has none of that name"
    return Diagnostic("E0617", message, help=mend)


def _absent(name: str, origin: str) -> Diagnostic:
    return Diagnostic("E0617", f"{origin} holds no values of the leader's variable `{name}`")
