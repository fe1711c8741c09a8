"""From the text of a model to checked answers: two solvers, and brute force with other tools."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

import evdsl
from evdsl.api import Model
from evdsl.program.linear import Floats
from evdsl.program.program import Program
from evdsl.solve.solution import Solution
from evdsl.source.diagnostic import EvdslError

MODELS = Path(__file__).parent / "models"


def model(name: str) -> Model:
    return evdsl.load(MODELS / f"{name}.evm")


def text(name: str) -> str:
    return (MODELS / f"{name}.evm").read_text(encoding="utf-8")


def solved(
    found: Model,
    data: Mapping[str, Any] | None = None,
    solver: str = "scip",
    params: Mapping[str, float] | None = None,
) -> Solution:
    """The optimum, proved and certified, with the followers' answers checked by `linprog`."""
    solution = found.solve(solver, data=data or {}, params=params or {}, gap=1e-7)
    assert solution.status == "optimal", solution.diagnostics
    assert solution.certificate is not None
    assert solution.certificate.certified
    assert solution.point is not None
    program, x = solution.program, solution.point.x
    curved = any((program.column_owner[program.follower_products.columns] > 0).tolist())
    if program.followers and not curved:
        answer = answered(program, x[program.leader_columns])
        assert answer is not None
        assert program.follower_objectives(answer) == pytest.approx(
            program.follower_objectives(x), abs=1e-5
        )
    return solution


def by_both(found: Model, data: Mapping[str, Any] | None = None) -> Solution:
    """SCIP's solution, whose objective is that of HiGHS."""
    first, second = solved(found, data, "scip"), solved(found, data, "highs")
    assert first.objective == pytest.approx(second.objective, rel=1e-5, abs=1e-5)
    return first


def by_three_ways(
    found: Model, data: Mapping[str, Any] | None = None, big_m: float = 1e4
) -> Solution:
    """SCIP's solution, for which big-M has no proved bounds: branching finds it with HiGHS, and so
    does one large constant."""
    first = by_both(found, data)
    with pytest.raises(EvdslError) as caught:
        found.solve("highs", "bigm", data=data or {})
    assert {d.code for d in caught.value.diagnostics} == {"E0501"}
    second = found.solve("highs", data=data or {}, big_m=big_m, gap=1e-7)
    assert second.status == "feasible"
    assert first.objective == pytest.approx(second.objective, rel=1e-5, abs=1e-5)
    return first


def messages(text: str, data: Mapping[str, Any] | None = None) -> list[str]:
    """The codes of the errors that parsing, checking or grounding a model ends with."""
    try:
        evdsl.loads(text).ground(data=data or {})
    except EvdslError as error:
        return [d.code for d in error.diagnostics if d.severity == "error"]
    return []


def answered(program: Program, leader: Floats) -> Floats | None:
    """All columns: the leader's as given, each follower's the optimum that `linprog` finds.

    None where a follower has no answer.
    """
    joint = program.joint
    x = np.zeros(joint.shape[1])
    x[program.leader_columns] = leader
    for k, follower in enumerate(program.followers, 1):
        own, rows = (
            np.flatnonzero(program.column_owner == k),
            np.flatnonzero(program.row_owner == k),
        )
        shift = joint.A[rows][:, program.leader_columns] @ leader
        found = _linprog(
            follower.sense * program.marginal_cost(x)[own],
            joint.A[rows][:, own].toarray(),
            (joint.row_lower[rows] - shift, joint.row_upper[rows] - shift),
            (joint.lower[own], joint.upper[own]),
        )
        if found is None:
            return None
        x[own] = found
    return x


def relaxed(program: Program, fixed: Mapping[int, float] | None = None) -> float:
    """The leader's optimum without the followers' optimality, with some columns fixed."""
    joint = program.joint
    lower, upper = joint.lower.copy(), joint.upper.copy()
    for column, value in (fixed or {}).items():
        lower[column] = upper[column] = value
    x = _linprog(
        joint.sense * joint.cost, joint.A.toarray(), (joint.row_lower, joint.row_upper),
        (lower, upper),
    )  # fmt: skip
    return joint.objective(x) if x is not None else joint.sense * np.inf


def best_on_grid(program: Program, grids: Sequence[Sequence[float]]) -> float:
    """The leader's best objective over a grid of its declared variables, followers answering.

    Auxiliary columns (what `abs`, `min` and `max` stand for) take their best value.
    """
    joint = program.joint
    chosen = [
        j for f in joint.columns if f.role == "user" for j in range(f.start, f.stop)
        if program.column_owner[j] == 0
    ]  # fmt: skip
    best = joint.sense * np.inf
    for values in itertools.product(*grids):
        leader = np.zeros(joint.shape[1])
        leader[chosen] = values
        x = answered(program, leader[program.leader_columns])
        if x is not None:
            fixed = {*chosen, *program.follower_columns.tolist()}
            value = relaxed(program, {j: x[j] for j in fixed})
            best = min(best, value) if joint.sense > 0 else max(best, value)
    return best


def _linprog(
    cost: Floats, a: Floats, rows: tuple[Floats, Floats], limits: tuple[Floats, Floats]
) -> Floats | None:
    low, high = np.isfinite(rows[0]), np.isfinite(rows[1])
    found = linprog(
        cost,
        A_ub=np.vstack([a[high], -a[low]]),
        b_ub=np.concatenate([rows[1][high], -rows[0][low]]) + 1e-9,
        bounds=np.column_stack(limits),
        method="highs",
    )
    return found.x if found.status == 0 else None
