"""PAO through its multilevel problem representation; the setting is `SOLVER/MIP SOLVER`, and behind
a second `/` the big-M where it is not PAO's own. All else is its defaults.

The representation does better than the Pyomo interface, which leaves out coefficients that are 0:
PAO 1.0.2 then gives rows of the leader without a leader's column no slack, and does not find
columns that only a follower reads. PCCG sets no termination condition where it has converged: this
counts as a claim of optimality. PAO takes no time limit: the process is ended.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from math import inf
from typing import Any

import numpy as np

from serve import Answer, objective_at, serve


def _pao() -> Any:
    """The package, with what NumPy 2 has lost and PAO reads."""
    vars(np).update(NINF=-inf, PINF=inf)
    import pao.mpr

    return pao


def prepare(problem: dict[str, Any], setting: str, limit: float) -> Callable[[], Answer]:
    name, mip_solver, *bigm = setting.split("/")
    options = {"bigm": float(bigm[0])} if bigm else {}
    owned = [
        [j for j, column in enumerate(problem["columns"]) if column["owner"] == owner]
        for owner in range(len(problem["objectives"]))
    ]
    package = _pao()
    model = package.mpr.LinearMultilevelProblem()
    upper = model.add_upper(nxR=len(owned[0]))
    levels = [upper, *(upper.add_lower(nxR=len(own)) for own in owned[1:])]
    for owner in range(len(levels)):
        _fill(levels, owned, problem, owner)
    solver = package.Solver(name)

    def solve() -> Answer:
        results = solver.solve(model, mip_solver=mip_solver, **options)
        said = str(results.solver.termination_condition).rpartition(".")[2]
        converged = name.endswith("PCCG") and said == "unknown"
        x = {
            j: float(value)
            for level, own in zip(levels, owned, strict=True)
            for j, value in zip(own, list(level.x.values), strict=True)
        }
        status = "optimal" if converged else said
        return {"status": status, "objective": objective_at(problem, x), "message": said}

    return solve


def _fill(levels: list[Any], owned: list[list[int]], problem: dict[str, Any], owner: int) -> None:
    """The level of `owner`: rows `<=` over its own and the leader's columns; the leader sees all."""
    level, columns = levels[owner], problem["columns"]
    level.x.lower_bounds = [_or(columns[j]["lower"], -inf) for j in owned[owner]]
    level.x.upper_bounds = [_or(columns[j]["upper"], inf) for j in owned[owner]]
    objective = problem["objectives"][owner]
    level.d, level.maximize = objective["constant"], objective["sense"] < 0
    rows = [signed for row in problem["rows"] if row["owner"] == owner for signed in _signed(row)]
    cost = {int(j): value for j, value in objective["cost"]}
    for other in range(len(levels)) if owner == 0 else (0, owner):
        own = owned[other]
        level.c[levels[other]] = [cost.get(j, 0.0) for j in own]
        if rows:
            level.A[levels[other]] = [[row.get(j, 0.0) for j in own] for row, _ in rows]
    level.b = [limit for _, limit in rows]


def _signed(row: dict[str, Any]) -> list[tuple[dict[int, float], float]]:
    """The sides of a row as `entries <= limit`."""
    found = []
    for sign, limit in ((1.0, row["upper"]), (-1.0, row["lower"])):
        if limit is not None:
            found.append(({int(j): sign * value for j, value in row["entries"]}, sign * limit))
    return found


def _or(limit: float | None, otherwise: float) -> float:
    return otherwise if limit is None else limit


if __name__ == "__main__":
    serve(f"PAO {version('pao')}, Pyomo {version('pyomo')}", prepare)
