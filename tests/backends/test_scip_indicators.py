"""Indicators beside squares and a start, with which SCIP 10's dual reductions cut optima off."""

import pytest

import evdsl

TWO_STORES = """
leader up {
  var x binary;
  minimize F = 1 - one.a - 2 * x + 2 * one.a^2 + 0.5 * two.a^2 + 2 * two.b^2;
  constraint loose: -x <= 4;
}
follower one {
  var a in [0, 4];
  var b in [0, 3];
  maximize g = 3 * a - b - 3 * a^2 - 4 * a * b + 2 * a * x - 2 * b^2;
  constraint r: -2 * a + 3 * b <= 3;
}
follower two {
  var a in [0, 5];
  var b in [0, 1];
  minimize g = a + 2 * b + 1.5 * a^2 - 2 * a * b + b^2;
  constraint r: a - 2 * b + x >= 0;
}
"""


def test_the_start_is_not_the_optimum() -> None:
    """Both answer with `b` = 0; the first with `a` = (3 + 2 x) / 6, the second with 0."""
    best = min(1 - a - 2 * x + 2 * a**2 for x in (0, 1) for a in ((3 + 2 * x) / 6,))
    solution = evdsl.loads(TWO_STORES).solve(solver="scip", method="indicator", gap=1e-6)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(best, abs=1e-6)


def test_an_objective_without_an_end_is_not_called_optimal() -> None:
    """At `x` = 0 both `y` and its row are at 0, and the row's price may be anything."""
    text = """
    leader up { var x integer in [0, 2]; maximize F = 3 * low.r.dual - 3 * low.z * x; }
    follower low {
      var z in [-2, -1];
      var y in [0, 1];
      minimize g = 2000 * z + 0.002 * y;
      constraint r: -y + x >= 0;
    }
    """
    for method in ("sos1", "indicator"):
        solution = evdsl.loads(text).solve(solver="scip", method=method, gap=1e-6)
        assert solution.status == "unbounded"
