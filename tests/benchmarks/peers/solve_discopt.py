"""discopt's `BilevelProblem`; the setting is `strong_duality`, or `kkt/BOUND` with the bound that
`multiplier_ub` asserts of all multipliers. Several followers are several BilevelProblems."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from discopt.bilevel import BilevelProblem
from discopt.modeling.core import Model

from serve import Answer, serve


def prepare(problem: dict[str, Any], setting: str, limit: float) -> Callable[[], Answer]:
    model, columns = Model(problem["name"]), problem["columns"]
    x = [model.continuous(f"x{j}", **_limits(column)) for j, column in enumerate(columns)]
    leader, *followers = problem["objectives"]
    goal = _sum(x, leader["cost"]) + leader["constant"]
    (model.minimize if leader["sense"] > 0 else model.maximize)(goal)
    for row in _rows(problem, x, 0):
        model.subject_to(row)
    method, _, bound = setting.partition("/")
    parts = [
        BilevelProblem(
            model,
            upper_vars=[x[j] for j, column in enumerate(columns) if column["owner"] != owner],
            lower_vars=[x[j] for j, column in enumerate(columns) if column["owner"] == owner],
            lower_objective=_sum(x, follower["cost"]),
            lower_constraints=_rows(problem, x, owner),
            lower_sense="min" if follower["sense"] > 0 else "max",
            prefix=f"follower{owner}",
            multiplier_ub=float(bound) if bound else None,
        )
        for owner, follower in enumerate(followers, start=1)
    ]

    def solve() -> Answer:
        for part in parts:
            part.formulate(method=method)
        result = model.solve(time_limit=limit)
        value = None if result.objective is None else float(result.objective)
        return {"status": str(result.status), "objective": value, "message": str(result.status)}

    return solve


def _limits(column: dict[str, Any]) -> dict[str, float]:
    named = {"lb": column["lower"], "ub": column["upper"]}
    return {name: value for name, value in named.items() if value is not None}


def _rows(problem: dict[str, Any], x: list[Any], owner: int) -> list[Any]:
    found = []
    for row in problem["rows"]:
        if row["owner"] == owner:
            body, lower, upper = _sum(x, row["entries"]), row["lower"], row["upper"]
            if lower is not None and lower == upper:
                found.append(body == upper)
                continue
            if lower is not None:
                found.append(body >= lower)
            if upper is not None:
                found.append(body <= upper)
    return found


def _sum(x: list[Any], entries: list[list[float]]) -> Any:
    terms = [value * x[int(j)] for j, value in entries]
    return sum(terms[1:], terms[0]) if terms else 0.0 * x[0]


if __name__ == "__main__":
    serve(f"discopt {version('discopt')}", prepare)
