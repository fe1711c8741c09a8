"""SCIP: MIPs with SOS1 sets, indicators and products."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from evdsl.backends.interrupt import catch_interrupt
from evdsl.backends.log import logging
from evdsl.backends.options import (
    ABSOLUTE_GAP,
    OptionValue,
    Progress,
    SolveOptions,
    Watch,
    refused_value,
    typed_options,
)
from evdsl.backends.scip_fill import Written, add_start, fill
from evdsl.backends.scip_model import quiet_scip
from evdsl.backends.scip_output import (
    finite_or_inf,
    hear_ctrl_c,
    on_own_streams,
    report_to,
    saying_into,
    values_in,
)
from evdsl.program.mip import Answer, Mip
from evdsl.program.quiet import quiet_descriptor
from evdsl.source.diagnostic import EvdslError

_TOLERANCE = 1e-9
_ATTEMPTS: tuple[dict[str, float], ...] = (
    {},
    {"lp/scaling": 2},
    {"lp/scaling": 0},
    {"lp/scaling": 1, "numerics/feastol": 1e-6, "numerics/dualfeastol": 1e-7},
)
_PLAIN = {"conflict/enable": False, "propagating/maxrounds": 1}
_NO_DUAL_REDUCTIONS = {"misc/allowweakdualreds": False, "misc/allowstrongdualreds": False}
_SOLVED = {"optimal", "gaplimit"}
_UNDECIDED = {"unbounded", "inforunbd"}


class SolverError(Exception):
    """SCIP gave up, for example with "error in LP solver"."""


def check_options(extra: Mapping[str, OptionValue]) -> dict[str, OptionValue]:
    """SCIP's own parameters in their types; raises EvdslError where SCIP does not take them."""
    return dict(_checked(tuple((name, value, type(value)) for name, value in extra.items())))


@cache
def _checked(extra: tuple[tuple[str, OptionValue, type], ...]) -> dict[str, OptionValue]:
    """Once for all problems with the same options; 1 and True are not the same."""
    if not extra:
        return {}
    with quiet_scip() as scip:
        model = scip.model
        stated = {name: value for name, value, _ in extra}
        typed = typed_options("SCIP", stated, model.getParams())
        wrong = []
        for name, value in typed.items():
            try:
                model.setParam(name, value)
            except (ValueError, LookupError):
                wrong.append(refused_value("SCIP", name, value))
    if wrong:
        raise EvdslError(wrong)
    return typed


def solve_small(
    mip: Mip, options: SolveOptions, enough: float = np.inf, written: Written | None = None
) -> Answer:
    """Solve one of many small minima that are bounded from below, for its bound.

    SCIP's heuristics, cuts and conflict analysis, which cost more there than they save, stay off.
    It stops where its bound has reached `enough`. Where many differ in limits and costs of columns
    only, one of them can be `written` once. Errors as in `solve`; `options.extra` is not checked.
    """
    _refuse_finite_members(mip)
    extra = _PLAIN | dict(options.extra)

    def attempt(settings: dict[str, Any]) -> Answer:
        return _attempt_small(mip, settings, enough, written)

    return _tried(attempt, options, extra, Progress(None))


def _attempt_small(
    mip: Mip, settings: dict[str, Any], enough: float, written: Written | None
) -> Answer:
    from pyscipopt.scip import PY_SCIP_PARAMSETTING as settings_of

    with quiet_scip() as scip:
        model = scip.model
        variables = fill(model, mip, written)
        model.setHeuristics(settings_of.OFF)
        model.setSeparating(settings_of.OFF)
        for name, value in settings.items():
            model.setParam(name, value)
        if np.isfinite(enough):
            model.setObjlimit(enough)
        hear_ctrl_c(scip)
        _optimise(model, Progress(None))
        if model.getStatus() == "infeasible" and np.isfinite(enough):
            return Answer("no_solution", bound=enough, nodes=int(model.getNTotalNodes()))
        if model.getStatus() in _UNDECIDED:
            raise SolverError("SCIP cannot tell infeasible from unbounded")
        return _answer(model, mip, variables, Progress(None))


def solve(mip: Mip, options: SolveOptions, watch: Watch | None = None) -> Answer:
    """Solve a single level; `mip.start` may be partial.

    The search runs on one thread; `threads` reach the LP solver. Ctrl-C ends SCIP and what it has
    found is returned. Where SCIP fails it is tried again with another scaling and seed, three
    times at most. Raises EvdslError for parameters that SCIP does not know (E0650, E0651) and for a
    log that cannot be written (E0653); ValueError for members of SOS1 sets with a finite upper
    limit, with which SCIP 10 returns wrong optima.
    """
    _refuse_finite_members(mip)
    extra = check_options(options.extra)
    progress = Progress(on_own_streams(watch))
    # with indicators and a start SCIP 10's dual reductions cut optima off
    extra = (_NO_DUAL_REDUCTIONS if len(mip.indicators) else {}) | extra
    return _tried(
        lambda settings: _attempt(mip, settings, options, progress), options, extra, progress
    )


def _tried(
    attempt: Callable[[dict[str, Any]], Answer],
    options: SolveOptions,
    extra: dict[str, Any],
    progress: Progress,
) -> Answer:
    """The first attempt's answer that is no failure, each with another scaling and seed."""
    failure = ""
    for number, changes in enumerate(_ATTEMPTS):
        settings = _settings(options, number, progress.seconds) | changes | extra
        if number and settings["limits/time"] <= 0:
            break
        try:
            return replace(attempt(settings), seconds=progress.seconds)
        except SolverError as error:
            failure = str(error)
    return Answer("error", seconds=progress.seconds, message=failure)


def _refuse_finite_members(mip: Mip) -> None:
    members = np.unique(mip.sos1)
    finite = members[np.isfinite(mip.linear.upper[members])]
    if len(finite):
        name = mip.linear.column_name(int(finite[0]))
        raise ValueError(f"{name} stands in an SOS1 set and has a finite upper limit")


def _settings(options: SolveOptions, attempt: int, spent: float) -> dict[str, Any]:
    limit = 1e20 if options.time_limit is None else max(options.time_limit - spent, 0.0)
    return {
        "limits/time": limit,
        "limits/gap": options.gap,
        "limits/absgap": ABSOLUTE_GAP,
        "lp/threads": options.threads,
        "randomization/randomseedshift": (options.seed + attempt) % 2**31,
        "numerics/feastol": _TOLERANCE,
        "numerics/dualfeastol": _TOLERANCE,
        "constraints/SOS1/sepafreq": -1,  # these cuts are what makes SCIP 10 return wrong optima
    }


def _attempt(
    mip: Mip, settings: dict[str, Any], options: SolveOptions, progress: Progress
) -> Answer:
    with quiet_scip() as scip:
        model = scip.model
        variables = fill(model, mip)
        for name, value in settings.items():
            model.setParam(name, value)
        if mip.start is not None:
            add_start(model, variables, mip.start)
        report_to(scip, variables, progress)
        with logging(options.log) as log, saying_into(model, log):
            _optimise(model, progress)
        priced = mip.linear.cost.any() or len(mip.linear.products.of_objective)
        doubtful = model.getStatus() == "infeasible" and len(mip.sos1) and priced
        if model.getStatus() in _UNDECIDED or doubtful:
            return _undecided(mip, settings, options, progress)
        return _answer(model, mip, variables, progress)


def _optimise(model: Any, progress: Progress) -> None:
    quiet = nullcontext() if progress.watched else quiet_descriptor(2)
    with catch_interrupt(model.interruptSolve), quiet:
        try:
            model.optimize()
        except Exception as error:
            raise SolverError(str(error)) from error


def _answer(model: Any, mip: Mip, variables: list[Any], progress: Progress) -> Answer:
    status = model.getStatus()
    nodes = int(model.getNTotalNodes())
    if status == "infeasible":
        return Answer("infeasible", nodes=nodes)
    if status == "unknown":
        raise SolverError("SCIP stopped without a status")
    bound = finite_or_inf(model, model.getDualbound())
    message = "interrupted" if status == "userinterrupt" else ""
    if not model.getNSols():
        return Answer("no_solution", bound=bound, nodes=nodes, message=message)
    x = values_in(model, variables)
    progress(model.getSolObjVal(model.getBestSol()), bound, nodes, lambda: x)
    return Answer(
        status="optimal" if status in _SOLVED else "feasible",
        x=x,
        objective=mip.linear.objective(x),
        bound=bound,
        nodes=nodes,
        message=message,
    )


def _undecided(
    mip: Mip, settings: dict[str, Any], options: SolveOptions, progress: Progress
) -> Answer:
    """Infeasible or unbounded: without its objective the problem tells which.

    SCIP 10 also says "infeasible" of some problems with SOS1 sets that are unbounded.
    """
    rows = mip.linear.products.of_rows
    free = replace(mip.linear, cost=np.zeros_like(mip.linear.cost), constant=0.0, products=rows)
    answer = _attempt(replace(mip, linear=free, start=None), settings, options, progress)
    if answer.status != "optimal":
        return replace(answer, x=None)
    return Answer("unbounded", bound=-mip.linear.sense * float("inf"), nodes=answer.nodes)
