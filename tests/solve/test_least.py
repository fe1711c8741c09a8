"""What no answer is better than, against points within the limits, and where an answer reaches it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evdsl
from evdsl.program.linear import Linear
from evdsl.solve.least import least_value

FOLLOWER = "follower low { var y in [0, 2 * up.k]; maximize y; }"


def level(objective: str, limits: str = "[-1, 2]") -> Linear:
    text = f"""
      model one;
      leader up {{ var k in {limits}; var x in [-3, 1]; {objective}; }}
      {FOLLOWER.replace("up.k", "(up.k + 1)")}
    """
    return evdsl.loads(text).ground().program.joint


@pytest.mark.parametrize(
    ("objective", "least"),
    [
        ("minimize (k - 0.3)^2 + 1", 1.0),
        ("minimize (k - 5)^2", 9.0),
        ("minimize abs(k - x) + 2 * abs(k)", 0.0),
        ("minimize k^2 - 2 * x", -2.0),
        ("maximize 3 - (k - 0.3)^2", 3.0),
        ("minimize k * x", -6.0),
        ("minimize x - k + low.y", -5.0),
    ],
)
def test_the_least_value_within_the_limits(objective: str, least: float) -> None:
    assert least_value(level(objective)) == pytest.approx(least)


def test_no_limit_no_bound() -> None:
    assert math.isnan(least_value(level("maximize k", "[-1, inf]")))
    assert least_value(level("minimize (k - 1)^2 - x", "[-inf, inf]")) == pytest.approx(-1.0)


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.integers(-3, 3), min_size=5, max_size=5),
    st.floats(-1, 2),
    st.floats(-3, 1),
)
def test_no_point_is_better(coefficients: list[int], k: float, x: float) -> None:
    a, b, c, d, e = coefficients
    joint = level(f"minimize {a * a} * k^2 + {c} * k + {b * b} * x^2 + {d} * x + {e}")
    names = [joint.column_name(j) for j in range(joint.shape[1])]
    point = np.zeros(len(names))
    point[names.index("up.k")], point[names.index("up.x")] = k, x
    assert least_value(joint) <= joint.objective(point) + 1e-9


def test_an_answer_that_nothing_can_beat_is_optimal_without_a_solver() -> None:
    text = """
      model reached;
      set T = 1..40;
      leader up { var k[t in T] in [0, 3]; minimize sum{t in T}((low.y[t] - 1.1)^2 * 1e3); }
      follower low { var y[t in T] in [0, 2 * up.k[t]]; maximize sum{t in T}(y[t]); }
      baseline exact { k = 0.55; }
    """
    solution = evdsl.loads(text).solve()
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(0.0, abs=1e-9)
    assert solution.bound == pytest.approx(0.0, abs=1e-9)
    assert solution.nodes == 0
