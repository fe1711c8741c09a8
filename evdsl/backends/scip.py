"""SCIP, filled in bulk through an MPS file: MIPs with SOS1 sets, indicators and products."""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from evdsl.backends.interrupt import catch_interrupt
from evdsl.backends.log import LogFile, logging
from evdsl.backends.mps import mps_text
from evdsl.backends.options import (
    ABSOLUTE_GAP,
    Event,
    OptionValue,
    Progress,
    SolveOptions,
    Watch,
    refused_value,
    typed_options,
)
from evdsl.program.linear import Floats, Linear
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
    with _quiet_model() as model:
        typed = typed_options("SCIP", extra, model.getParams())
        wrong = []
        for name, value in typed.items():
            try:
                model.setParam(name, value)
            except (ValueError, LookupError):
                wrong.append(refused_value("SCIP", name, value))
    if wrong:
        raise EvdslError(wrong)
    return typed


def solve_small(mip: Mip, options: SolveOptions, enough: float = np.inf) -> Answer:
    """Solve one of many small minima that are bounded from below, for its bound.

    SCIP's heuristics, cuts and conflict analysis, which cost more there than they save, stay off.
    It stops where its bound has reached `enough`. Errors as in `solve`; `options.extra` is not
    checked.
    """
    _refuse_finite_members(mip)
    progress = Progress(None)
    failure = ""
    for attempt, changes in enumerate(_ATTEMPTS):
        settings = (
            _settings(options, attempt, progress.seconds) | changes | _PLAIN | dict(options.extra)
        )
        if attempt and settings["limits/time"] <= 0:
            break
        try:
            answer = _attempt_small(mip, settings, enough)
            return replace(answer, seconds=progress.seconds)
        except SolverError as error:
            failure = str(error)
    return Answer("error", seconds=progress.seconds, message=failure)


def _attempt_small(mip: Mip, settings: dict[str, Any], enough: float) -> Answer:
    from pyscipopt.scip import PY_SCIP_PARAMSETTING as settings_of

    with _quiet_model() as model:
        variables = _read(model, mip)
        model.setHeuristics(settings_of.OFF)
        model.setSeparating(settings_of.OFF)
        for name, value in settings.items():
            model.setParam(name, value)
        if np.isfinite(enough):
            model.setObjlimit(enough)
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
    progress = Progress(_on_own_streams(watch))
    # with indicators and a start SCIP 10's dual reductions cut optima off
    extra = (_NO_DUAL_REDUCTIONS if len(mip.indicators) else {}) | extra
    failure = ""
    for attempt, changes in enumerate(_ATTEMPTS):
        settings = _settings(options, attempt, progress.seconds) | changes | extra
        if attempt and settings["limits/time"] <= 0:
            break
        try:
            answer = _attempt(mip, settings, options, progress)
            return replace(answer, seconds=progress.seconds)
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
    with _quiet_model() as model:
        variables = _read(model, mip)
        for name, value in settings.items():
            model.setParam(name, value)
        if mip.start is not None:
            _add_start(model, variables, mip.start)
        _report_to(model, progress)
        with logging(options.log) as log, _saying_into(model, log):
            _optimise(model, progress)
        priced = mip.linear.cost.any() or len(mip.linear.products.of_objective)
        doubtful = model.getStatus() == "infeasible" and len(mip.sos1) and priced
        if model.getStatus() in _UNDECIDED or doubtful:
            return _undecided(mip, settings, options, progress)
        return _answer(model, mip, variables, progress)


@contextlib.contextmanager
def _quiet_model() -> Iterator[Any]:
    """A SCIP that writes nothing to stdout or stderr and leaves Ctrl-C to us."""
    import pyscipopt

    model = pyscipopt.Model()
    model.redirectOutput()
    model.hideOutput(True)
    model.setParam("misc/catchctrlc", False)
    with contextlib.redirect_stderr(io.StringIO()):
        yield model


@contextlib.contextmanager
def _saying_into(model: Any, log: LogFile | None) -> Iterator[None]:
    """What SCIP says reaches Python's standard output, and from there the log."""
    if log is None:
        yield
        return
    model.hideOutput(False)
    with contextlib.redirect_stdout(log):
        yield
    model.hideOutput(True)


def _on_own_streams(watch: Watch | None) -> Watch | None:
    """What SCIP says is kept from stdout and stderr, what `watch` writes is not."""
    stdout, stderr = sys.stdout, sys.stderr

    def watched(event: Event) -> None:
        if watch is not None:
            with contextlib.redirect_stderr(stderr), contextlib.redirect_stdout(stdout):
                watch(event)

    return watched if watch is not None else None


def _optimise(model: Any, progress: Progress) -> None:
    quiet = nullcontext() if progress.watched else quiet_descriptor(2)
    with catch_interrupt(model.interruptSolve), quiet:
        try:
            model.optimize()
        except Exception as error:
            raise SolverError(str(error)) from error


def _read(model: Any, mip: Mip) -> list[Any]:
    """Fill the model and return its variables in the order of our columns."""
    m, n = mip.linear.shape
    text = mps_text(_linear_part(mip), [f"c{j}" for j in range(n)], [f"r{i}" for i in range(m)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.mps"
        path.write_text(text)
        model.readProblem(str(path))
    variables = sorted(model.getVars(), key=lambda variable: int(variable.name[1:]))
    _add_products(model, mip.linear, variables)
    for k, (binary, column) in enumerate(mip.indicators.tolist()):
        model.addConsIndicator(variables[column] <= 0, variables[binary], name=f"i{k}")
    return variables


def _linear_part(mip: Mip) -> Mip:
    """What the MPS file holds: products, the rows with some, and indicators come later."""
    return replace(
        mip,
        linear=mip.linear.linear_part,
        sos1=np.concatenate([mip.sos1, mip.apart]),
        indicators=np.empty((0, 2), np.int64),
    )


def _add_products(model: Any, linear: Linear, variables: list[Any]) -> None:
    """The objective's products as a column of their own, and the rows that hold some."""
    from pyscipopt import quicksum

    for target in np.unique(linear.products.row).tolist():
        own = linear.products.where(linear.products.row == target)
        terms = zip(own.first.tolist(), own.second.tolist(), own.coef.tolist(), strict=True)
        total = quicksum(coef * variables[i] * variables[j] for i, j, coef in terms)
        if target < 0:
            squares = model.addVar("squares", lb=None, ub=None, obj=1.0)
            model.addCons(squares >= total if linear.sense > 0 else squares <= total)
            continue
        part = slice(linear.A.indptr[target], linear.A.indptr[target + 1])
        entries = zip(linear.A.indices[part].tolist(), linear.A.data[part].tolist(), strict=True)
        body = total + quicksum(value * variables[j] for j, value in entries)
        low, high = float(linear.row_lower[target]), float(linear.row_upper[target])
        if low == high:
            model.addCons(body == low)
            continue
        if low > -np.inf:
            model.addCons(body >= low)
        if high < np.inf:
            model.addCons(body <= high)


def _add_start(model: Any, variables: list[Any], start: Floats) -> None:
    known = np.flatnonzero(~np.isnan(start)).tolist()
    if not known:
        return
    complete = len(known) == model.getNVars()
    solution = model.createSol() if complete else model.createPartialSol()
    for j in known:
        model.setSolVal(solution, variables[j], float(start[j]))
    model.addSol(solution)


def _report_to(model: Any, progress: Progress) -> None:
    import pyscipopt
    from pyscipopt.scip import PY_SCIP_EVENTTYPE as events

    watched = (
        events.PRESOLVEROUND,
        events.FIRSTLPSOLVED,
        events.LPSOLVED,
        events.NODESOLVED,
        events.BESTSOLFOUND,
    )

    class Reporter(pyscipopt.Eventhdlr):
        def eventinit(self) -> None:
            for event in watched:
                self.model.catchEvent(event, self)

        def eventexit(self) -> None:
            for event in watched:
                self.model.dropEvent(event, self)

        def eventexec(self, event: Any) -> None:
            primal = self.model.getPrimalbound()
            progress(
                None if self.model.isInfinity(abs(primal)) else primal,
                _finite_or_inf(self.model, self.model.getDualbound()),
                int(self.model.getNTotalNodes()),
                improved=event.getType() == events.BESTSOLFOUND,
            )

    model.includeEventhdlr(Reporter(), "progress", "tells how the search goes")


def _finite_or_inf(model: Any, value: float) -> float:
    return float(np.copysign(np.inf, value)) if model.isInfinity(abs(value)) else float(value)


def _answer(model: Any, mip: Mip, variables: list[Any], progress: Progress) -> Answer:
    status = model.getStatus()
    nodes = int(model.getNTotalNodes())
    if status == "infeasible":
        return Answer("infeasible", nodes=nodes)
    if status == "unknown":
        raise SolverError("SCIP stopped without a status")
    bound = _finite_or_inf(model, model.getDualbound())
    message = "interrupted" if status == "userinterrupt" else ""
    if not model.getNSols():
        return Answer("no_solution", bound=bound, nodes=nodes, message=message)
    best = model.getBestSol()
    progress(model.getSolObjVal(best), bound, nodes, improved=True)
    x = np.array([model.getSolVal(best, variable) for variable in variables])
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
