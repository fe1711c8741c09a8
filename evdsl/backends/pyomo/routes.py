"""The two kinds of solver interface that Pyomo 6.10 has, behind one face.

The newer one (`pyomo.contrib.solver`) serves highs, scip_direct, gurobi_persistent and a few
more; all other names are of the older one (`pyomo.environ.SolverFactory`).
"""

from __future__ import annotations

import io
import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import pyomo.environ as pyo
from pyomo.common.tee import capture_output
from pyomo.contrib.solver.common.results import TerminationCondition as Ended
from pyomo.opt import TerminationCondition as OldEnded
from pyomo.solvers.plugins.solvers.persistent_solver import PersistentSolver

from evdsl.backends.log import unwritable
from evdsl.backends.options import SolveOptions
from evdsl.backends.pyomo.settings import settings
from evdsl.source.diagnostic import EvdslError

Verdict = Literal["optimal", "stopped", "infeasible", "unbounded", "undecided", "error"]


@dataclass(frozen=True)
class Outcome:
    """What a solver says; where there is a point it is in the model's variables.

    `undecided` is infeasible or unbounded; `bound` is nan where none is given.
    """

    verdict: Verdict
    has_point: bool
    bound: float = math.nan
    nodes: int = 0
    message: str = ""


class Route(Protocol):
    """A solver that Pyomo reaches. `run` raises what the solver and its interface raise."""

    @property
    def name(self) -> str: ...

    @property
    def takes_sos1(self) -> bool: ...

    def run(self, model: Any, options: SolveOptions) -> Outcome: ...


_VERDICTS: dict[Any, Verdict] = {
    Ended.convergenceCriteriaSatisfied: "optimal",
    Ended.provenInfeasible: "infeasible",
    Ended.unbounded: "unbounded",
    Ended.infeasibleOrUnbounded: "undecided",
    Ended.maxTimeLimit: "stopped",
    Ended.iterationLimit: "stopped",
    Ended.objectiveLimit: "stopped",
    Ended.interrupted: "stopped",
    OldEnded.optimal: "optimal",
    OldEnded.globallyOptimal: "optimal",
    OldEnded.infeasible: "infeasible",
    OldEnded.unbounded: "unbounded",
    OldEnded.infeasibleOrUnbounded: "undecided",
    OldEnded.maxTimeLimit: "stopped",
    OldEnded.maxIterations: "stopped",
    OldEnded.maxEvaluations: "stopped",
    OldEnded.userInterrupt: "stopped",
    OldEnded.feasible: "stopped",
    OldEnded.noSolution: "stopped",
}


@dataclass(frozen=True)
class Native:
    """A solver of Pyomo's newer interface."""

    name: str
    solver: Any

    @property
    def takes_sos1(self) -> bool:
        return self.name in {"scip_direct", "scip_persistent", "gurobi_persistent"}

    def run(self, model: Any, options: SolveOptions) -> Outcome:
        keywords = {
            "time_limit": options.time_limit,
            "rel_gap": options.gap,
            "threads": options.threads,
            "warmstart_discrete_vars": _whole_ones_known(model),
        }
        accepted = {name: keywords[name] for name in keywords if name in self.solver.config}
        passed = frozenset("gap" if name == "rel_gap" else name for name in accepted)
        own = settings(self.name, options, by_keyword=passed)
        with _log(options.log) as log, _scheduler(self.name), _printing(self.name, options.log):
            results = self.solver.solve(
                model,
                tee=log,
                load_solutions=False,
                raise_exception_on_nonoptimal_result=False,
                solver_options=own,
                **accepted,
            )
        condition = results.termination_condition
        has_point = results.incumbent_objective is not None
        if has_point:
            results.solution_loader.load_vars()
        counted = results.extra_info.value()
        nodes = counted.get("NNodes", counted.get("mip_node_count", 0))
        return Outcome(
            verdict=_VERDICTS.get(condition, "error"),
            has_point=has_point,
            bound=_number(results.objective_bound),
            nodes=max(int(nodes), 0),
            message=f"{self.name}: {condition.name}",
        )


@dataclass(frozen=True)
class Legacy:
    """A solver of Pyomo's older interface."""

    name: str
    solver: Any

    @property
    def takes_sos1(self) -> bool:
        capable = getattr(self.solver, "has_capability", None)
        return bool(capable and capable("sos1"))

    def run(self, model: Any, options: SolveOptions) -> Outcome:
        solver = self.solver
        for name, value in settings(self.name, options).items():
            solver.options[name] = value
        if isinstance(solver, PersistentSolver):
            solver.set_instance(model)
        warm = {"warmstart": True} if self._warm() and _whole_ones_known(model) else {}
        with (
            _log(options.log) as log,
            capture_output(log, capture_fd=True),
            _scheduler(self.name),
        ):
            results = solver.solve(model, tee=options.log is not None, load_solutions=False, **warm)
        condition = results.solver.termination_condition
        has_point = len(results.solution) > 0
        if has_point:
            default = getattr(solver, "_default_variable_value", None)
            model.solutions.load_from(results, default_variable_value=default)
        problem = results.problem
        objective = next(model.component_data_objects(pyo.Objective, active=True))
        is_min = objective.sense == pyo.minimize
        return Outcome(
            verdict=_VERDICTS.get(condition, "error"),
            has_point=has_point,
            bound=_number(problem.lower_bound if is_min else problem.upper_bound),
            message=f"{self.name}: {condition}",
        )

    def _warm(self) -> bool:
        capable = getattr(self.solver, "warm_start_capable", None)
        return bool(capable and capable())


def _whole_ones_known(model: Any) -> bool:
    """Whether each whole-number variable has a value to start from, and there is one."""
    known = [
        v.value is not None
        for v in model.component_data_objects(pyo.Var)
        if v.is_integer() and not v.fixed
    ]
    return bool(known) and all(known)


@contextmanager
def _log(path: Path | None) -> Iterator[Any]:
    if path is None:
        yield io.StringIO()
        return
    try:
        stream = path.open("a", encoding="utf-8")
    except OSError as error:
        raise EvdslError([unwritable(path, error)]) from None
    with stream:
        yield stream


@contextmanager
def _scheduler(solver: str) -> Iterator[None]:
    """HiGHS sets its threads once in a process: other ones need a scheduler of their own."""
    if "highs" not in solver:
        yield
        return
    import highspy

    highspy.Highs.resetGlobalScheduler(True)
    try:
        yield
    finally:
        highspy.Highs.resetGlobalScheduler(True)


def _number(value: Any) -> float:
    """Pyomo's results hold floats, texts, None and objects that stand for nothing: then nan."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


@contextmanager
def _printing(solver: str, log: Path | None) -> Iterator[None]:
    """While it lasts SCIP prints into `log`, or nowhere.

    Pyomo reads what SCIP prints through a pipe, in a thread of Python's, and SCIP holds Python's
    lock. Nobody empties the pipe then, and once it is full SCIP would wait for ever.
    """
    if "scip" not in solver:
        yield
        return
    from pyomo.contrib.solver.solvers.scip import scip_direct

    @contextmanager
    def into_file(*_: object, **__: object) -> Iterator[None]:
        sys.stdout.flush()
        kept = os.dup(1)
        try:
            with Path(log or os.devnull).open("a", encoding="utf-8") as file:
                os.dup2(file.fileno(), 1)
                yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)

    own = scip_direct.capture_output
    scip_direct.capture_output = into_file
    try:
        yield
    finally:
        scip_direct.capture_output = own
