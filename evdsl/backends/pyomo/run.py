"""Any solver that Pyomo knows, through Pyomo's own interfaces.

What does not get through them: live incumbents (a `watch` hears once, at the end), partial starts
(a start is given where it names all whole-number columns and the interface takes one), and SOS1
for HiGHS. The point that comes back is held against the single level before it is called one:
some solvers leave out what they cannot do, such as integrality, and say "optimal".
"""

from __future__ import annotations

import io
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.common.log import LoggingIntercept
from pyomo.common.modeling import unique_component_name

from evdsl.backends.options import Event, SolveOptions, Watch
from evdsl.backends.pyomo.attach import attach, values_of
from evdsl.backends.pyomo.extend import broken_by, extend_model
from evdsl.backends.pyomo.find import find
from evdsl.backends.pyomo.model import PyomoModel, build
from evdsl.backends.pyomo.pieces import short_objective
from evdsl.backends.pyomo.routes import Outcome, Route
from evdsl.program.linear import Bools, Floats, Linear
from evdsl.program.mip import Answer, Mip
from evdsl.program.program import Program
from evdsl.source.diagnostic import EvdslError

_TOLERANCE = 1e-4
_LEAST_TIME = 0.01


@dataclass(frozen=True, eq=False)
class PyomoAnswer(Answer):
    """An answer that came through Pyomo, with the model that was solved, as the user extended it.

    Where a user's function has extended the model, `objective` and `bound` are those of the
    extended problem.
    """

    built: PyomoModel | None = None

    def broken_by(self, x: Floats) -> list[str]:
        """What the user has added and a point breaks, by name.

        `x` are all columns of the single level or the first of them; see extend.py.
        """
        return [] if self.built is None else broken_by(self.built, x)


def solve(
    mip: Mip,
    program: Program,
    solver: str,
    options: SolveOptions,
    watch: Watch | None = None,
    extend: Callable[[Any], object] | None = None,
) -> PyomoAnswer:
    """Solve a single level with the solver that Pyomo calls `solver`.

    `extend` gets the Pyomo model before it is solved, and may add variables and rows to it; `mip`
    must then come from `kkt(program, extensible=True)`.

    Raises EvdslError where Pyomo does not know the solver or does not find it (E0535), where it
    has no SOS1 (E0536), for settings that do not reach it (E0537), for options that HiGHS or SCIP
    do not know (E0650, E0651), for a log that cannot be written (E0653) and for what `extend` may
    not do (E0538). What the solver or its interface raises becomes the status `error`.
    """
    started = time.monotonic()
    route = find(solver, sos1=bool(len(mip.sos1)))
    built = build(mip, program)
    if extend is not None:
        extend_model(built, mip.linear, program, extend)
    answer = _answer(route, built, mip, _rest_of(options, time.monotonic() - started))
    seconds = time.monotonic() - started
    if watch is not None:
        incumbent = None if answer.x is None else answer.objective
        watch(Event(seconds, incumbent, answer.bound, answer.nodes))
    return replace(answer, seconds=seconds)


def read(model: Any, mip: Mip) -> PyomoAnswer:
    """The point in a model of `to_pyomo` that someone has extended and solved, without a bound.

    Raises EvdslError (E0539) where variables are missing or have no value.
    """
    built = attach(model, mip)
    x = values_of(built, mip)
    bound = -mip.linear.sense * math.inf
    return PyomoAnswer("feasible", x, mip.linear.objective(x), bound, built=built)


def _rest_of(options: SolveOptions, spent: float) -> SolveOptions:
    if options.time_limit is None:
        return options
    return replace(options, time_limit=max(options.time_limit - spent, _LEAST_TIME))


def _answer(route: Route, built: PyomoModel, mip: Mip, options: SolveOptions) -> PyomoAnswer:
    if _holds_an_impossible_row(mip.linear):
        return PyomoAnswer("infeasible", built=built)
    if _says_nothing(built, mip.linear):
        constant = mip.linear.constant
        return PyomoAnswer("optimal", values_of(built, mip), constant, constant, built=built)
    _give_start(built, mip)
    outcome = _run(route, built, options)
    if outcome.verdict == "undecided":
        outcome = _decide(route, built, options)
    if outcome.verdict == "unbounded":
        return PyomoAnswer("unbounded", bound=-mip.linear.sense * math.inf, built=built)
    if outcome.verdict == "infeasible":
        return PyomoAnswer("infeasible", nodes=outcome.nodes, built=built)
    answer = PyomoAnswer(
        status="no_solution" if outcome.verdict == "stopped" else "error",
        bound=_bound(outcome, mip.linear),
        nodes=outcome.nodes,
        message=outcome.message,
        built=built,
    )
    if not outcome.has_point:
        return answer
    return _with_point(answer, values_of(built, mip), outcome, mip)


def _with_point(answer: PyomoAnswer, x: Floats, outcome: Outcome, mip: Mip) -> PyomoAnswer:
    """The answer with the point that the solver has left, where that is one of the problem."""
    fault = _fault(mip, x)
    if fault is not None:
        return replace(answer, status="error", message=f"{outcome.message}, but {fault}")
    objective, sense = mip.linear.objective(x), mip.linear.sense
    bound = answer.bound
    if sense * (bound - objective) > _TOLERANCE * max(1.0, abs(objective)):
        bound = -sense * math.inf
    optimal = outcome.verdict == "optimal"
    return replace(
        answer,
        status="optimal" if optimal else "feasible",
        x=x,
        objective=objective,
        bound=bound,
        message="" if optimal else outcome.message,
    )


def _run(route: Route, built: PyomoModel, options: SolveOptions) -> Outcome:
    """One run; what a solver or its interface raises is an outcome, not a crash."""
    said = io.StringIO()
    try:
        with (
            LoggingIntercept(said, "pyomo", logging.WARNING),
            short_objective(built, wanted=route.name.startswith("scip")),
        ):
            return route.run(built.model, options)
    except EvdslError:
        raise
    except Exception as error:
        words = said.getvalue().strip() or f"{type(error).__name__}: {error}"
        return Outcome("error", has_point=False, message=f"{route.name}: {words}")


def _decide(route: Route, built: PyomoModel, options: SolveOptions) -> Outcome:
    """Infeasible or unbounded: without its objective the problem tells which."""
    nothing = pyo.Objective(expr=0.0)
    built.model.add_component(unique_component_name(built.model, "nothing"), nothing)
    built.objective.deactivate()
    try:
        outcome = _run(route, built, options)
    finally:
        built.model.del_component(nothing)
        built.objective.activate()
    if outcome.verdict == "optimal":
        return Outcome("unbounded", has_point=False)
    return replace(outcome, has_point=False)


def _give_start(built: PyomoModel, mip: Mip) -> None:
    if mip.start is None:
        return
    for column, value in zip(built.columns, mip.start.tolist(), strict=True):
        if not (math.isnan(value) or column.fixed):
            column.set_value(value, skip_validation=True)


def _holds_an_impossible_row(linear: Linear) -> bool:
    """A row without entries whose limits 0 does not keep; not every interface takes such rows."""
    empty = np.diff(linear.A.indptr) == 0
    empty[linear.products.of_rows.row] = False
    return bool((empty & ((linear.row_lower > 0) | (linear.row_upper < 0))).any())


def _says_nothing(built: PyomoModel, linear: Linear) -> bool:
    """No row and no cost: every point is an answer, and HiGHS' interface has no word for that."""
    kinds = (pyo.Constraint, pyo.SOSConstraint)
    rows = built.model.component_data_objects(kinds, active=True)
    costs_nothing = not linear.cost.any() and not len(linear.products)
    return costs_nothing and next(rows, None) is None


def _bound(outcome: Outcome, linear: Linear) -> float:
    return -linear.sense * math.inf if math.isnan(outcome.bound) else outcome.bound


def _fault(mip: Mip, x: Floats) -> str | None:
    """In words, where a point is none of the problem; None where it is one within 1e-4."""
    linear = mip.linear
    split = np.abs(x - np.round(x)) > _TOLERANCE
    split &= linear.integer
    if split.any():
        name = linear.column_name(int(np.flatnonzero(split)[0]))
        return f"`{name}` is not a whole number"
    outside = _outside(linear.lower, x, linear.upper)
    if outside.any():
        return f"`{linear.column_name(int(np.flatnonzero(outside)[0]))}` is outside its limits"
    scale = np.maximum(1.0, abs(linear.A) @ np.abs(x))
    outside = _outside(linear.row_lower, linear.activity(x), linear.row_upper, scale)
    if outside.any():
        return f"the row `{linear.row_name(int(np.flatnonzero(outside)[0]))}` is broken"
    both = np.abs(x[mip.sos1]).min(axis=1, initial=math.inf) > _TOLERANCE
    if both.any():
        first, second = mip.sos1[np.flatnonzero(both)[0]].tolist()
        names = f"`{linear.column_name(first)}` and `{linear.column_name(second)}`"
        return f"both of the pair {names} are not 0"
    return None


def _outside(lower: Floats, value: Floats, upper: Floats, scale: Floats | float = 1.0) -> Bools:
    slack = _TOLERANCE * scale
    return (value < lower - slack) | (value > upper + slack)
