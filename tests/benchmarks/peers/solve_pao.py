"""PAO through its Pyomo interface; the setting is `SOLVER/MIP SOLVER`, all else its defaults.

PCCG sets no termination condition where it has converged (PAO 1.0.2): this counts as a claim of
optimality. PAO takes no time limit: the process is ended.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np

np.NINF, np.PINF = -np.inf, np.inf  # gone with NumPy 2; PAO reads them

import pao  # noqa: E402
import pyomo.environ as pe  # noqa: E402
from pao.pyomo import SubModel  # noqa: E402
from serve import Answer, objective_at, serve  # noqa: E402


def prepare(problem: dict[str, Any], setting: str, limit: float) -> Callable[[], Answer]:
    """The columns are those of the model; a submodel fixes what is not its follower's."""
    model, columns = pe.ConcreteModel(), problem["columns"]
    model.x = pe.Var(range(len(columns)))
    for j, column in enumerate(columns):
        model.x[j].setlb(column["lower"])
        model.x[j].setub(column["upper"])
    for owner in range(len(problem["objectives"])):
        block = model
        if owner:
            others = [model.x[j] for j, c in enumerate(columns) if c["owner"] != owner]
            block = SubModel(fixed=others)
            model.add_component(f"follower{owner}", block)
        _fill(block, model.x, problem, owner)
    name, mip_solver = setting.split("/")
    solver = pao.Solver(name)

    def solve() -> Answer:
        results = solver.solve(model, mip_solver=mip_solver)
        said = str(results.solver.termination_condition).rpartition(".")[2]
        converged = name.endswith("PCCG") and said == "unknown"
        x = {j: model.x[j].value for j in model.x}
        values = {j: value for j, value in x.items() if value is not None}
        point = objective_at(problem, values) if values else None
        status = "optimal" if converged else said
        return {"status": status, "objective": point, "message": said}

    return solve


def _fill(block: Any, x: Any, problem: dict[str, Any], owner: int) -> None:
    objective = problem["objectives"][owner]
    sense = pe.minimize if objective["sense"] > 0 else pe.maximize
    expression = _sum(x, objective["cost"]) + objective["constant"]
    block.goal = pe.Objective(expr=expression, sense=sense)
    block.rows = pe.ConstraintList()
    for row in problem["rows"]:
        limits = (row["lower"], row["upper"])
        if row["owner"] == owner and limits != (None, None):
            body = _sum(x, row["entries"])
            if limits[0] == limits[1]:
                block.rows.add(body == limits[0])
                continue
            if limits[0] is not None:
                block.rows.add(body >= limits[0])
            if limits[1] is not None:
                block.rows.add(body <= limits[1])


def _sum(x: Any, entries: list[list[float]]) -> Any:
    return sum(value * x[int(j)] for j, value in entries)


if __name__ == "__main__":
    serve(f"PAO {version('pao')}, Pyomo {version('pyomo')}", prepare)
