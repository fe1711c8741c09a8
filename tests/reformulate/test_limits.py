"""Limits that every feasible point keeps."""

from __future__ import annotations

import pytest

from evdsl.program.limits import implied_limits
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
