"""Whether an optimum is the only one: against all vertices of the feasible set."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from dense_levels import INF, level
from evdsl.program.linear import Linear
from evdsl.program.lp import solve_lp
from evdsl.program.qp import solve_qp
from evdsl.program.unique import another_optimum


def drawn(seed: int) -> Linear:
    """Three columns within [0, 2] and two rows of whole numbers, so that costs are often tied."""
    rng = np.random.default_rng(seed)
    A = rng.integers(-1, 3, (2, 3))
    low = np.where(rng.random(2) < 0.5, 1.0, -INF)
    high = np.where(np.isfinite(low), INF, rng.integers(1, 4, 2))
    sense = int(rng.choice([1, -1]))
    return level(rng.integers(-1, 3, 3), None, A, low, high, limits=(0, 2), sense=sense)


def optimal_vertices(made: Linear) -> list[np.ndarray]:
    """The vertices with the best value: each is where three sides meet."""
    matrix = np.vstack([made.A.toarray(), np.eye(3)])
    low, high = np.append(made.row_lower, made.lower), np.append(made.row_upper, made.upper)
    sides = [(i, v) for i in range(5) for v in (low[i], high[i]) if np.isfinite(v)]
    found: dict[tuple[float, ...], float] = {}
    for chosen in combinations(sides, 3):
        rows = matrix[[i for i, _ in chosen]]
        if abs(np.linalg.det(rows)) < 1e-9:
            continue
        x = np.linalg.solve(rows, [v for _, v in chosen])
        if (matrix @ x >= low - 1e-9).all() and (matrix @ x <= high + 1e-9).all():
            found[tuple(np.round(x, 7) + 0.0)] = made.sense * made.objective(x)
    best = min(found.values(), default=INF)
    return [np.array(x) for x, value in found.items() if value <= best + 1e-7]


def test_against_all_vertices() -> None:
    seen = {"one": 0, "several": 0}
    for seed in range(120):
        made = drawn(seed)
        answer, vertices = solve_lp(made), optimal_vertices(made)
        assert (answer.status == "optimal") == bool(vertices), seed
        if not vertices:
            continue
        other = another_optimum(made, answer)
        assert (other is not None) == (len(vertices) > 1), seed
        seen["several" if other is not None else "one"] += 1
        if other is not None:
            assert made.objective(other) == pytest.approx(answer.objective, abs=1e-6)
            assert np.abs(other - answer.x).max() > 1e-5
            assert (made.A @ other >= made.row_lower - 1e-7).all()
            assert (made.A @ other <= made.row_upper + 1e-7).all()
    assert min(seen.values()) >= 20, seen


@pytest.mark.parametrize(
    ("Q", "limits", "unique"),
    [
        ([[2, 0], [0, 2]], (0, 1), True),
        ([[2, 2], [2, 2]], (0, 1), False),
        ([[2, 2], [2, 2]], (0, 0.5), True),
        ([[2, 0], [0, 0]], (0, 1), False),
        ([[2, 0], [0, 0]], (0.5, 0.5), True),
    ],
)
def test_squares(Q: list[list[float]], limits: tuple[float, float], unique: bool) -> None:
    """½ x'Qx - (1, q)·x: strictly convex; (x + y - 1)², flat along a line; the same where only
    (½, ½) reaches 1; and y that costs nothing."""
    made = level([-2, -2] if Q[1][1] else [-2, 0], Q, limits=limits)
    assert (another_optimum(made, solve_qp(made)) is None) == unique


def test_a_direction_without_end_is_another_optimum() -> None:
    made = level([1, 0], None, limits=(0, INF))
    assert another_optimum(made, solve_lp(made)) is not None
