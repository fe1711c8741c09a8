"""A folded problem has the same answers, and the point that it was folded at stays feasible."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evdsl.program.lp import LpSolver
from evdsl.solve.search.folded import folded
from small_linears import INF, linear


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_folding_keeps_the_optimum(seed: int) -> None:
    draw = np.random.default_rng(seed)
    m, n = int(draw.integers(1, 6)), int(draw.integers(2, 7))
    A = draw.integers(-2, 3, (m, n)) * (draw.random((m, n)) < 0.4)
    at = draw.integers(-3, 4, n).astype(float)
    away = draw.integers(0, 4, (4, n + m)).astype(float)
    away[draw.random((4, n + m)) < 0.2] = INF
    made = linear(
        A.tolist(),
        A @ at - away[0, n:],
        A @ at + away[1, n:],
        at - away[2, :n],
        at + away[3, :n],
        draw.integers(-2, 3, n) * (draw.random(n) < 0.5),
    )
    read, untouched = draw.random(n) < 0.3, draw.random(n) < 0.3
    smaller, left = folded(made, at, read, untouched)
    assert set(np.flatnonzero(read | untouched)) <= set(left)
    kept = untouched[left]
    assert (smaller.lower[kept] == made.lower[untouched]).all()
    assert (smaller.upper[kept] == made.upper[untouched]).all()
    value = smaller.A @ at[left]
    assert (np.clip(at[left], smaller.lower, smaller.upper) == at[left]).all()
    assert (np.clip(value, smaller.row_lower, smaller.row_upper) == value).all()
    before, after = LpSolver(made).solve(), LpSolver(smaller).solve()
    assert before.status == after.status
    if before.status == "optimal":
        assert after.objective == pytest.approx(before.objective, abs=1e-6)


def test_what_only_measures_or_limits_is_gone() -> None:
    """Of x - s = 1 with s in [0, 2] is left that x is in [1, 3]."""
    made = linear([[1, -1, 0], [1, 0, 1]], [1, 0], [1, 9], [-9, 0, 0], [9, 2, 9], [1, 0, 1])
    nothing = np.zeros(3, np.bool_)
    smaller, left = folded(made, np.array([1.0, 0.0, 0.0]), nothing, nothing)
    assert left.tolist() == [0, 2]
    assert smaller.A.toarray().tolist() == [[1, 1]]
    assert (smaller.lower[0], smaller.upper[0]) == (1, 3)
