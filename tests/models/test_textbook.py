"""The textbook problems: the published optimum, our answer, and brute force over the pairs agree."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from golden import model


def brute_force(F, f, C, D, b, x_upper):
    """Minimise F·(x, y) where y minimises f·y with C x + D y <= b and y >= 0; 0 <= x <= x_upper.

    One linear program for each choice, pair by pair, of slack or multiplier to be zero.
    """
    (m, n), k = D.shape, C.shape[1]
    best, point = np.inf, None
    stationarity = np.hstack([np.zeros((n, k + n)), D.T, -np.eye(n)])  # f + Dᵀλ - μ = 0
    for slack_is_zero in product([True, False], repeat=m + n):
        upper = np.full(k + n + m + n, np.inf)
        upper[:k] = x_upper
        A_eq, b_eq = [stationarity], [-f]
        for pair, tight in enumerate(slack_is_zero):
            if not tight:
                upper[k + n + pair] = 0
            elif pair < m:
                A_eq.append(np.hstack([C[pair], D[pair], np.zeros(m + n)])[None])
                b_eq.append(b[[pair]])
            else:
                upper[k + pair - m] = 0
        answer = linprog(
            np.concatenate([F, np.zeros(m + n)]),
            A_ub=np.hstack([C, D, np.zeros((m, m + n))]),
            b_ub=b,
            A_eq=np.vstack(A_eq),
            b_eq=np.concatenate(b_eq),
            bounds=[(0, None if np.isinf(u) else u) for u in upper],
        )
        if answer.status == 0 and answer.fun < best - 1e-9:
            best, point = answer.fun, answer.x[: k + n]
    return best, point


INFINITE = np.inf
PROBLEMS = {
    "bard": (
        ([1, -4], [1], [[-1], [-2], [2], [3]], [[-1], [1], [1], [-2]], [-3, 0, 12, 4], [INFINITE]),
        -12,
        {"x": [4], "low.y": [4]},
    ),
    "candler_townsley": (
        (
            [-8, -4, 4, -40, -4],
            [1, 1, 2],
            [[0, 0], [2, 0], [0, 2]],
            [[-1, 1, 1], [-1, 2, -0.5], [2, -1, -0.5]],
            [1, 1, 1],
            [INFINITE, INFINITE],
        ),
        -29.2,
        {"x": [0, 0.9], "low.y": [0, 0.6, 0.4]},
    ),
    "pineda_morales": (
        ([-1, -1], [1], [[1]], [[-0.01]], [1], [2]),
        -102,
        {"x": [2], "low.y": [100]},
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_brute_force_finds_the_published_optimum(name: str) -> None:
    data, optimum, published = PROBLEMS[name]
    value, point = brute_force(*(np.array(item, float) for item in data))
    assert value == pytest.approx(optimum)
    assert point == pytest.approx(np.concatenate([*published.values()]), abs=1e-6)


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_we_find_the_published_optimum(name: str, solver: str) -> None:
    _, optimum, published = PROBLEMS[name]
    solution = model(name).solve(solver=solver)
    assert solution.status == "optimal"
    assert abs(solution.objective) == pytest.approx(abs(optimum))
    for variable, values in published.items():
        assert np.atleast_1d(solution.value(variable)) == pytest.approx(np.array(values), abs=1e-6)


def test_candler_and_townsleys_follower_pays_what_is_published() -> None:
    assert model("candler_townsley").solve(solver="scip").value("low.f") == pytest.approx(3.2)


def test_an_assumed_constant_is_never_called_optimal() -> None:
    solution = model("pineda_morales").solve(big_m=1000)
    assert solution.objective == pytest.approx(102)
    assert solution.status == "feasible"
