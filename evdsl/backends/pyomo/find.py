"""From the name that a user writes to the solver that Pyomo reaches under it."""

from __future__ import annotations

import io
import logging
from typing import Any

import pyomo.environ as pyo
from pyomo.common.log import LoggingIntercept
from pyomo.contrib.solver.common.factory import SolverFactory as NativeFactory

from evdsl.backends.pyomo.routes import Legacy, Native, Route
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.suggest import closest

_NATIVE_NAMES = {"scip": "scip_direct", "gurobi": "gurobi_persistent"}


def find(name: str, sos1: bool = False) -> Route:
    """The solver called `name`, able to take SOS1 sets where `sos1`.

    The newer interface wins where it has the solver: `highs`, `scip` (the pip package), `gurobi`.
    Raises EvdslError: E0535 where Pyomo does not know the solver or does not find it on this
    machine, E0536 where it takes no SOS1 sets.
    """
    with LoggingIntercept(io.StringIO(), "pyomo", logging.DEBUG):
        route = _native(name) or _legacy(name)
    if route is None:
        raise EvdslError([_unavailable(name) if name in known_names() else _unknown(name)])
    if sos1 and not route.takes_sos1:
        raise EvdslError([_without_sos1(name)])
    return route


def known_names() -> list[str]:
    """The solver names that Pyomo has, whether they are installed or not."""
    names = {*NativeFactory, *pyo.SolverFactory}
    return sorted(name for name in names if not name.startswith("_"))


def _native(name: str) -> Route | None:
    name = _NATIVE_NAMES.get(name, name)
    if name not in set(NativeFactory):
        return None
    solver = NativeFactory(name)
    return Native(name, solver) if solver.available() else None


def _legacy(name: str) -> Route | None:
    """Also executables that read .nl files: Pyomo takes their names where they are on the path."""
    if name.startswith("_"):
        return None
    solver = pyo.SolverFactory(name)
    return Legacy(name, solver) if _available(solver) else None


def _available(solver: Any) -> bool:
    try:
        return bool(solver.available(exception_flag=False))
    except Exception:
        return False


def _unknown(name: str) -> Diagnostic:
    near = closest(name, known_names())
    return Diagnostic(
        "E0535",
        f"Pyomo does not know a solver `{name}`",
        help=f"did you mean `{near}`?" if near else "`highs` and `scip` are always there",
    )


def _unavailable(name: str) -> Diagnostic:
    return Diagnostic(
        "E0535",
        f"Pyomo knows `{name}`, but does not find it on this machine",
        help="install it, with its licence where it needs one; `highs` and `scip` are always there",
    )


def _without_sos1(name: str) -> Diagnostic:
    return Diagnostic(
        "E0536",
        f"`{name}` takes no SOS1 sets through Pyomo",
        help="write `--method bigm`, or `--solver scip`",
    )
