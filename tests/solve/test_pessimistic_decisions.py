"""The pessimistic problem against all decisions of the leader and SciPy's worst answer to each."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

import evdsl


def drawn(seed: int) -> tuple[str, float]:
    """A model whose follower is mostly tied, and its pessimistic optimum (inf: none)."""
    draw = np.random.default_rng(seed)
    pays, gains = draw.integers(-3, 4, 2), draw.integers(-3, 4)
    cost, rows = draw.integers(0, 2, 2), draw.integers(-2, 3, (2, 2))
    slope, right = draw.integers(-2, 3, 2), draw.integers(0, 6, 2)
    text = f"""
    leader up {{ var x integer in [0, 3]; minimize F = {gains} * x + {total(pays, "low.y")}; }}
    follower low {{
      var y1 in [0, 4];
      var y2 in [0, 2 + x];
      minimize g = {total(cost, "y")};
      constraint r1: {total(rows[0], "y")} <= {right[0]} + {slope[0]} * x;
      constraint r2: {total(rows[1], "y")} <= {right[1]} + {slope[1]} * x;
    }}
    """
    best = np.inf
    for x in range(4):
        limits, side = [(0, 4), (0, 2 + x)], right + slope * x
        least = linprog(cost, rows, side, bounds=limits)
        if least.status == 0:
            worst = linprog(-pays, [*rows, cost], [*side, least.fun + 1e-9], bounds=limits)
            best = min(best, gains * x - worst.fun)
    return text, best


def total(factors: np.ndarray, name: str) -> str:
    return f"{factors[0]} * {name}1 + {factors[1]} * {name}2"


@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_against_all_decisions(solver: str) -> None:
    differs = 0
    for seed in range(6):
        text, best = drawn(seed)
        model = evdsl.loads(text)
        solution = model.solve(solver, pessimistic=True, gap=1e-6)
        if np.isinf(best):
            assert solution.status == "infeasible", seed
            continue
        assert solution.status == "optimal", seed
        assert solution.objective == pytest.approx(best, abs=1e-5), seed
        differs += model.solve(solver).objective < best - 1e-3
    assert differs


@pytest.mark.parametrize("objective", ["x", "low.y + x"])
def test_a_follower_without_an_optimum_has_no_worst_one(objective: str) -> None:
    text = f"""
    leader up {{ var x integer in [0, 3]; minimize F = {objective}; }}
    follower low {{ var y free; maximize g = -y; constraint r: y <= x; }}
    """
    solution = evdsl.loads(text).solve(pessimistic=True)
    assert solution.status == "infeasible"
    assert [d.code for d in solution.diagnostics if d.severity == "error"] == ["E0533"]
