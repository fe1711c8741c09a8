"""What time limit, gap, threads and seed are called by the solvers that Pyomo reaches."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evdsl.backends import highs, scip
from evdsl.backends.options import OptionValue, SolveOptions
from evdsl.source.diagnostic import Diagnostic, EvdslError


@dataclass(frozen=True)
class SettingNames:
    """A solver's own names; None where it has no such option, or Pyomo does not pass it on."""

    time_limit: str | None = None
    gap: str | None = None
    threads: str | None = None
    seed: str | None = None


_NAMES = {
    "cbc": SettingNames("sec", "ratio", None, "randomCbcSeed"),
    "cplex": SettingNames("timelimit", "mipgap", "threads", "randomseed"),
    "glpk": SettingNames("tmlim", "mipgap", None, "seed"),
    "gurobi": SettingNames("TimeLimit", "MIPGap", "Threads", "Seed"),
    "highs": SettingNames("time_limit", "mip_rel_gap", "threads", "random_seed"),
    "scip": SettingNames(
        "limits/time", "limits/gap", "lp/threads", "randomization/randomseedshift"
    ),
    "xpress": SettingNames("maxtime", "mipgap", "threads", "randomseed"),
}

# A binary of a pair that is 1e-6 away from 0 lets a multiplier of 1e-6 M through.
_ACCURACY: dict[str, dict[str, OptionValue]] = {
    "gurobi": {"FeasibilityTol": 1e-9, "IntFeasTol": 1e-9, "OptimalityTol": 1e-9},
    "highs": {
        "mip_feasibility_tolerance": 1e-7,  # at 1e-9 it cuts optima off: see backends/highs.py
        "primal_feasibility_tolerance": 1e-9,
        "dual_feasibility_tolerance": 1e-9,
    },
    "scip": {"numerics/feastol": 1e-9, "numerics/dualfeastol": 1e-9, "limits/absgap": 1e-6},
}


def settings(
    solver: str, options: SolveOptions, by_keyword: frozenset[str] = frozenset()
) -> dict[str, OptionValue]:
    """The solver's own options for what is asked; `extra` wins over the rest.

    `by_keyword` names the settings that reach the solver another way. Raises EvdslError with
    E0537 for a setting that is asked for but that Pyomo cannot pass to this solver.
    """
    kind = _kind(solver)
    extra = _checked(kind, options)
    names = _NAMES.get(kind, SettingNames())
    habits = SolveOptions()
    asked: dict[str, OptionValue] = {}
    wrong: list[Diagnostic] = []
    for setting in ("time_limit", "gap", "threads", "seed"):
        value, name = getattr(options, setting), getattr(names, setting)
        if setting in by_keyword or value is None:
            continue
        if name is not None:
            asked[name] = _whole(value) if (kind, setting) == ("glpk", "time_limit") else value
        elif value != getattr(habits, setting):
            wrong.append(_not_passed(solver, setting))
    if wrong:
        raise EvdslError(wrong)
    return _ACCURACY.get(kind, {}) | asked | extra


def _kind(solver: str) -> str:
    """`gurobi` for gurobi_direct, gurobi_persistent and appsi_gurobi."""
    return solver.removeprefix("appsi_").split("_")[0]


def _checked(kind: str, options: SolveOptions) -> dict[str, OptionValue]:
    """HiGHS and SCIP know their options beforehand; elsewhere the solver judges them."""
    if kind == "highs":
        return highs.check_options(options.extra)
    if kind == "scip":
        return scip.check_options(options.extra)
    return dict(options.extra)


def _whole(seconds: float) -> int:
    return max(math.ceil(seconds), 1)


def _not_passed(solver: str, setting: str) -> Diagnostic:
    words = setting.replace("_", " ")
    option = setting.replace("_", "-")
    return Diagnostic(
        "E0537",
        f"the {words} does not reach `{solver}`: its name for it is not known here",
        help=f"leave `--{option}` out and write `--option NAME=VALUE` with the solver's own name",
    )
