"""Limits that every feasible point keeps."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from evdsl.program.limits import Limits, activity, implied_limits
from evdsl.program.linear import Floats, Linear
from programs import INF, Level, program


def test_a_row_passes_limits_on() -> None:
    """c <= 2 k and k <= 3 give c <= 6; c >= 1 gives k >= 0.5."""
    made = program(
        Level("up", columns={"k": (0, 3)}, cost={"k": 1}),
        Level("low", columns={"c": (1, INF)}, rows={"r": ({"c": 1, "k": -2}, -INF, 0)}),
    )
    limits = implied_limits(made.joint)
    assert limits.upper.tolist() == [3, 6]
    assert limits.lower.tolist() == [0.5, 1]


@pytest.mark.parametrize("endless", [1e12, 1e16, 1e20])
def test_a_large_limit_hides_no_small_one(endless: float) -> None:
    """y >= 2 - 0.9 at the least, whatever is left of 0.9 beside the large limit of y."""
    made = program(
        Level("up", columns={"x": (0, 0.9)}, cost={"x": 1}),
        Level("low", columns={"y": (0, endless)}, rows={"r": ({"x": 1, "y": 1}, 2, INF)}),
    )
    assert implied_limits(made.joint).lower[1] <= 1.1 + 1e-9


@pytest.mark.parametrize("seed", range(30))
def test_limits_are_those_of_one_row_after_the_other(seed: int) -> None:
    """Twice: what each row says of each of its columns, all others at their limits before."""
    rng = np.random.default_rng(seed)
    A = rng.integers(-3, 4, (6, 5)) * (rng.random((6, 5)) < 0.6)
    lower, upper = _ends(rng, 5, -4, 0), _ends(rng, 5, 0, 4)
    row_lower, row_upper = _ends(rng, 6, -9, -3), _ends(rng, 6, 3, 9)
    level = Linear(
        (), (), sparse.csr_array(A.astype(float)), row_lower, row_upper, lower, upper,
        np.zeros(5, np.bool_), np.zeros(5),
    )  # fmt: skip
    expected = lower, upper
    for _ in range(2):
        expected = _said_by_rows(A, row_lower, row_upper, *expected)
    if (expected[0] <= expected[1]).all():
        found = implied_limits(level)
        assert np.allclose(found.lower, expected[0])
        assert np.allclose(found.upper, expected[1])


def _ends(rng: np.random.Generator, size: int, low: int, high: int) -> Floats:
    endless = -INF if low < 0 else INF
    return np.where(rng.random(size) < 0.3, endless, rng.uniform(low, high, size))


def _said_by_rows(
    A: Floats, row_lower: Floats, row_upper: Floats, lower: Floats, upper: Floats
) -> tuple[Floats, Floats]:
    sharper_lower, sharper_upper = lower.copy(), upper.copy()
    for row, low, high in zip(A, row_lower, row_upper, strict=True):
        for factors, most in ((row, high), (-row, -low)):
            for j in np.flatnonzero(factors):
                others = [k for k in np.flatnonzero(factors) if k != j]
                ends = [lower[k] if factors[k] > 0 else upper[k] for k in others]
                said = (most - sum(factors[others] * ends)) / factors[j]
                if factors[j] > 0:
                    sharper_upper[j] = min(sharper_upper[j], said)
                else:
                    sharper_lower[j] = max(sharper_lower[j], said)
    return sharper_lower, sharper_upper


def test_a_row_lies_between_its_least_and_its_largest_value() -> None:
    """An entry of 0 says nothing, even of a column without limits."""
    matrix = sparse.csr_array(([2.0, -1.0, 0.0], ([0, 0, 0], [0, 1, 2])), shape=(2, 3))
    limits = Limits(np.array([1.0, -2.0, -INF]), np.array([3.0, 5.0, INF]))
    least, most = activity(matrix, limits)
    assert least.tolist() == [-3, 0]
    assert most.tolist() == [8, 0]
