"""Tangents below squares: at every point, and touching where they were taken."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dense_levels import INF, level
from evdsl.program.epigraph import Epigraph, epigraph, with_rows
from evdsl.program.lp import solve_lp

numbers = st.floats(-20, 20, allow_subnormal=False)


def drawn(seed: int, sense: int = 1) -> Epigraph:
    rng = np.random.default_rng(seed)
    root = rng.integers(-2, 3, (3, 4)).astype(float)
    root[0, 0] = 1.0
    found = epigraph(
        level(
            sense * rng.integers(-3, 4, 4),
            sense * root.T @ root,
            [[1, 1, 1, 1]],
            [-2],
            [5],
            limits=(-4, 4),
            sense=sense,
        )
    )
    assert found is not None
    return found


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 20), st.sampled_from([1, -1]), arrays(float, 4, elements=numbers),
       arrays(float, 4, elements=numbers))  # fmt: skip
def test_a_tangent_is_below_its_square_and_touches_it(
    seed: int, sense: int, x: np.ndarray, at: np.ndarray
) -> None:
    flat = drawn(seed, sense)
    every = np.arange(len(flat.squares))
    rows, least = flat.tangents(every, flat.squares.forms @ at)
    assert (rows @ flat.at(x) >= least - 1e-8).all()
    np.testing.assert_allclose(rows @ flat.at(at), least, atol=1e-8)
    first = flat.linear.A[flat.whole.shape[0] :]
    assert (first @ flat.at(x) >= flat.linear.row_lower[flat.whole.shape[0] :] - 1e-8).all()


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 20), st.sampled_from([1, -1]), arrays(float, 4, elements=numbers))
def test_the_objective_is_the_same_with_squares_at_their_values(
    seed: int, sense: int, x: np.ndarray
) -> None:
    flat = drawn(seed, sense)
    point = flat.at(x)
    assert flat.linear.objective(point) == pytest.approx(flat.whole.objective(x), abs=1e-7)
    np.testing.assert_allclose(flat.missing(point), 0, atol=1e-9)
    assert len(flat.linear.products) == 0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("sense", [1, -1])
def test_relaxations_rise_to_the_optimum_from_below(seed: int, sense: int) -> None:
    """Kelley's method: tangents at each answer, until nothing is missing."""
    from evdsl.program.qp import solve_qp

    flat = drawn(seed, sense)
    exact = sense * solve_qp(flat.whole).objective
    linear, bounds = flat.linear, []
    for _ in range(60):
        found = solve_lp(linear)
        bounds.append(sense * found.objective)
        every = np.arange(len(flat.squares))
        points = flat.squares.forms @ found.x[: flat.first]
        linear = with_rows(linear, *flat.tangents(every, points))
    assert max(bounds) <= exact + 1e-6
    assert bounds == pytest.approx(sorted(bounds), abs=1e-6)
    assert bounds[-1] == pytest.approx(exact, abs=1e-3)


def test_what_is_not_convex_has_none() -> None:
    assert epigraph(level([0.0, 0.0], [[0, 1], [1, 0]])) is None
    assert epigraph(level([0.0], [[2.0]], sense=-1)) is None


def test_without_limits_there_is_no_tangent_yet() -> None:
    """Nothing says where to begin, and zero is below a square already."""
    flat = epigraph(level([0.0], [[2.0]]))
    assert flat is not None
    assert flat.linear.shape == (0, 2)
    assert (flat.linear.lower[1], flat.linear.upper[1]) == (0, INF)
