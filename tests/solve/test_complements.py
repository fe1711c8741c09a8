"""Complementarity pairs that the user writes, and objectives that others read."""

from __future__ import annotations

import numpy as np
import pytest

import evdsl

PAIR = """
leader up {{
  var x in [0, 4];
  var y in [0, 4];
  {sense} F = {objective};
  constraint pair: {left} complements {right};
}}
"""


@pytest.mark.parametrize("solver", ["highs", "scip"])
@pytest.mark.parametrize(
    ("sense", "objective", "left", "right", "optimum"),
    [
        ("maximize", "x + y", "x >= 0", "y >= 0", 4),
        ("maximize", "x + 2 * y", "x >= 1", "3 - y >= 0", 10),
        ("maximize", "x + y", "x <= 2", "y >= 0", 6),
        ("minimize", "x + y", "x + y >= 1", "x - 2 * y >= 0", 1),
        ("minimize", "(x - 3) ^ 2 + (y - 3) ^ 2", "x >= 0", "y >= 1", 4),
        ("maximize", "x - y", "x - y <= 1", "x >= 0", 1),
    ],
)
def test_one_of_the_two_is_tight(
    solver: str, sense: str, objective: str, left: str, right: str, optimum: float
) -> None:
    """By hand: the better of the two cases that each pair leaves.

    1: an axis. 2: x = 1 or y = 3, in x in [1, 4], y in [0, 3]: (4, 3). 3: x = 2 or y = 0, x <= 2:
    (2, 4). 4: on x + y = 1 with x >= 2 y, or x = 2 y above it. 5: x = 0 or y = 1: (3, 1) at 4 or
    (0, 3) at 9. 6: x - y = 1, or x = 0.
    """
    text = PAIR.format(sense=sense, objective=objective, left=left, right=right)
    solution = evdsl.loads(text).solve(solver, gap=1e-7)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(optimum, abs=1e-4)


def test_a_follower_written_as_its_own_conditions() -> None:
    """Bard (1998), 5.1.1 with the follower's conditions as pairs has the follower's optimum."""
    text = """
    leader up {
      var x in [0, inf];
      var y in [0, inf];
      var a in [0, inf]; var b in [0, inf]; var c in [0, inf]; var d in [0, inf]; var m in [0, inf];
      minimize F = x - 4 * y;
      constraint stationarity: 1 == a - b - c + 2 * d + m;
      constraint pair_a: x + y - 3 >= 0 complements a >= 0;
      constraint pair_b: 2 * x - y >= 0 complements b >= 0;
      constraint pair_c: 12 - 2 * x - y >= 0 complements c >= 0;
      constraint pair_d: 4 - 3 * x + 2 * y >= 0 complements d >= 0;
      constraint pair_m: y >= 0 complements m >= 0;
    }
    """
    for solver in ("highs", "scip"):
        solution = evdsl.loads(text).solve(solver)
        assert solution.status == "optimal"
        assert (solution.value("x"), solution.value("y")) == pytest.approx((4, 4), abs=1e-6)


def test_pairs_of_a_family() -> None:
    """For each t one of x and y is zero; the sum of the better of two prices is best."""
    text = """
    set T = 1..5;
    param p[t in T] = {1: 3, 2: -1, 3: 4, 4: 1, 5: 5};
    param q[t in T] = {1: 2, 2: 7, 3: 1, 4: -8, 5: 2};
    leader up {
      var x[t in T] in [0, 1];
      var y[t in T] in [0, 2];
      maximize F = sum{t in T}(p[t] * x[t] + q[t] * y[t]);
      constraint pair[t in T]: x[t] >= 0 complements y[t] >= 0;
    }
    """
    p, q = np.array([3, -1, 4, 1, 5]), np.array([2, 7, 1, -8, 2])
    solution = evdsl.loads(text).solve()
    assert solution.objective == pytest.approx(np.maximum(np.maximum(p, 2 * q), 0).sum())


@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_a_followers_objective_as_a_value(solver: str) -> None:
    """The depot pays 2 (6 - x), and the leader half of that and x²/4: least at x = 2, at 5. A bill
    of at most 4 needs x = 4."""
    text = """
    leader up { var x in [0, 6]; minimize F = 0.5 * depot.bill + x ^ 2 / 4; constraint cap: depot.bill <= 10; }
    follower depot { var y in [0, 9]; minimize bill = 2 * y; constraint need: y + x >= 6; }
    """
    solution = evdsl.loads(text).solve(solver, gap=1e-7)
    assert solution.objective == pytest.approx(5, abs=1e-4)
    assert solution.value("depot.bill") == pytest.approx(8, abs=1e-2)
    tighter = evdsl.loads(text.replace("<= 10", "<= 4")).solve(solver, gap=1e-7)
    assert tighter.value("x") == pytest.approx(4, abs=1e-5)
    assert tighter.objective == pytest.approx(2 + 4, abs=1e-4)
