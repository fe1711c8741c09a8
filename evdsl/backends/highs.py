"""HiGHS, handed the arrays directly: LPs and MIPs without SOS1 sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from evdsl.backends.interrupt import catch_interrupt
from evdsl.backends.log import LogFile, logging
from evdsl.backends.options import (
    OptionValue,
    Progress,
    SolveOptions,
    Watch,
    refused_value,
    typed_options,
)
from evdsl.program.linear import Floats, Linear
from evdsl.program.lp import run_highs, silent_highs, solve_lp, to_highs
from evdsl.program.mip import Answer, Mip
from evdsl.source.diagnostic import Diagnostic, EvdslError

# At 1e-9 HiGHS 1.15 and 1.16 cut optima off in one of eight searches, at 1e-8 in one of 184, at
# 1e-7 without its presolve in none of 340. See tests/models/test_tolerance.py.
_TOLERANCE = 1e-7
_LOOSE = 1e-6
_WITH_POINT = {
    "kTimeLimit",
    "kIterationLimit",
    "kSolutionLimit",
    "kInterrupt",
    "kHighsInterrupt",
    "kMemoryLimit",
    "kObjectiveBound",
    "kObjectiveTarget",
}
_UNDECIDED = {"kUnbounded", "kUnboundedOrInfeasible"}


def check_options(extra: Mapping[str, OptionValue]) -> dict[str, OptionValue]:
    """HiGHS' own options in their types; raises EvdslError where HiGHS does not take them."""
    import highspy

    defaults = highspy.HighsOptions()
    known = {name: getattr(defaults, name) for name in dir(defaults) if not name.startswith("_")}
    typed = typed_options("HiGHS", extra, known)
    highs = silent_highs()
    wrong = [
        refused_value("HiGHS", name, value)
        for name, value in typed.items()
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk
    ]
    if wrong:
        raise EvdslError(wrong)
    return typed


def solve(mip: Mip, options: SolveOptions, watch: Watch | None = None) -> Answer:
    """Solve a single level; `mip.start` may be partial.

    Ctrl-C ends the solver and what it has found is returned. Raises EvdslError for options that
    HiGHS does not know (E0650, E0651), for a log that
    cannot be written (E0653) and for SOS1 sets, which it does not have (E0609).
    """
    if len(mip.sos1):
        raise EvdslError([_NO_SOS1])
    assert not len(mip.linear.products)
    extra = check_options(options.extra)
    if not mip.linear.shape[1]:
        return _without_columns(mip.linear)
    progress = Progress(watch)
    settings = _settings(options, _TOLERANCE) | _presolve(mip.linear) | extra
    with logging(options.log) as log:
        answer = _attempt(mip, settings, progress, log)
        if answer.status == "error":
            careful = {"presolve": "off"} | _settings(options, _LOOSE, progress.seconds) | extra
            answer = _attempt(mip, careful, progress, log)
    return replace(answer, seconds=progress.seconds)


def _settings(options: SolveOptions, tolerance: float, spent: float = 0.0) -> dict[str, Any]:
    limit = float("inf") if options.time_limit is None else max(options.time_limit - spent, 0.0)
    return {
        "output_flag": options.log is not None,
        "log_to_console": False,
        "time_limit": limit,
        "mip_rel_gap": options.gap,
        "threads": options.threads,
        "random_seed": options.seed,
        "mip_feasibility_tolerance": tolerance,
        "primal_feasibility_tolerance": tolerance,
        "dual_feasibility_tolerance": tolerance,
    }


def _presolve(linear: Linear) -> dict[str, str]:
    """Off where binaries encode pairs: with it HiGHS 1.16 cuts optima off at 1e-7 too.

    Our own presolve has removed what matters, and the tree is hardly larger.
    """
    encoded = any(family.role == "encoding" for family in linear.columns)
    return {"presolve": "off"} if encoded else {}


def _attempt(mip: Mip, settings: dict[str, Any], progress: Progress, log: LogFile | None) -> Answer:
    with _running(to_highs(mip.linear), settings) as highs:
        if mip.start is not None:
            _pass_start(highs, mip.start)
        stopped = _run(highs, mip.linear, progress, log)
        status = highs.getModelStatus().name
        if status in _UNDECIDED:
            return _undecided(highs, mip.linear)
        return _answer(highs, mip.linear, status, "interrupted" if stopped else "")


@contextmanager
def _running(highs: Any, settings: dict[str, Any]) -> Iterator[Any]:
    """HiGHS' threads are set once in a process: more than one need a scheduler of their own."""
    own_scheduler = settings["threads"] != 1
    if own_scheduler:
        highs.resetGlobalScheduler(True)
    for name, value in settings.items():
        highs.setOptionValue(name, value)
    try:
        yield highs
    finally:
        if own_scheduler:
            highs.resetGlobalScheduler(True)


def _pass_start(highs: Any, start: Floats) -> None:
    import highspy

    known = np.flatnonzero(~np.isnan(start))
    if len(known) == len(start):
        solution = highspy.HighsSolution()
        solution.col_value = start
        highs.setSolution(solution)
    elif len(known):
        highs.setSolution(len(known), known.astype(np.int32), start[known])


def _run(highs: Any, linear: Linear, progress: Progress, log: LogFile | None) -> bool:
    """Run to the end, or until Ctrl-C: then True."""
    with catch_interrupt() as interrupt:

        def stop(event: Any) -> None:
            if interrupt.pressed:
                event.interrupt()

        def report(event: Any, better: Callable[[], Floats] | None = None) -> None:
            out = event.data_out
            primal = out.mip_primal_bound
            incumbent = primal if abs(primal) < float("inf") else None
            progress(incumbent, out.mip_dual_bound, out.mip_node_count, better)
            stop(event)

        highs.cbMipInterrupt.subscribe(report)
        highs.cbMipImprovingSolution.subscribe(
            lambda event: report(event, lambda: np.array(event.data_out.mip_solution, float))
        )
        if not linear.integer.any():
            highs.cbSimplexInterrupt.subscribe(stop)
            highs.cbIpmInterrupt.subscribe(stop)
        if log is not None:
            highs.cbLogging.subscribe(lambda event: log.write(event.message))
        run_highs(highs)
        highs.clearCallbacks()
        return interrupt.pressed


def _answer(highs: Any, linear: Linear, status: str, message: str) -> Answer:
    info = highs.getInfo()
    whole = bool(linear.integer.any())
    nodes = max(int(info.mip_node_count), 0)
    if status == "kInfeasible":
        return Answer("infeasible", nodes=nodes)
    if status not in _WITH_POINT and status != "kOptimal":
        return Answer(
            "error", message=f"HiGHS: {highs.modelStatusToString(highs.getModelStatus())}"
        )
    bound = float(info.mip_dual_bound) if whole else -linear.sense * float("inf")
    if info.primal_solution_status != 2 or not highs.getSolution().value_valid:
        return Answer("no_solution", bound=bound, nodes=nodes, message=message)
    x = np.array(highs.getSolution().col_value, float)
    objective = linear.objective(x)
    if status != "kOptimal":
        return Answer("feasible", x, objective, bound, nodes, message=message)
    return Answer("optimal", x, objective, bound if whole else objective, nodes)


def _undecided(highs: Any, linear: Linear) -> Answer:
    """Infeasible or unbounded: without its objective the problem tells which."""
    n = linear.shape[1]
    highs.changeColsCost(n, np.arange(n, dtype=np.int32), np.zeros(n))
    highs.setOptionValue("presolve", "off")
    highs.clearSolver()
    run_highs(highs)
    status = highs.getModelStatus().name
    if status == "kInfeasible":
        return Answer("infeasible")
    if status == "kOptimal":
        return Answer("unbounded", bound=-linear.sense * float("inf"))
    return Answer("no_solution", message="HiGHS: infeasible or unbounded")


def _without_columns(linear: Linear) -> Answer:
    answer = solve_lp(linear)
    if answer.status != "optimal":
        return Answer("infeasible")
    return Answer("optimal", answer.x, answer.objective, answer.objective)


_NO_SOS1 = Diagnostic(
    "E0609",
    "HiGHS has no SOS1 sets",
    help="write `--solver scip`, or `--method bigm`",
)
