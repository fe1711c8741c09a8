"""A node without an end is the answer, whatever else the tree holds."""

import math

import pytest

import evdsl

FALLS = """
leader up {
  var x free;
  minimize F = 3 * x + 2 * low.y + 3 * low.z;
}
follower low {
  var y in [-2, 4];
  var z free;
  minimize f = -2 * y - 3 * z;
  constraint a: -6 <= x - y - 2 * z <= 8;
  constraint b: 2 * x + 3 * y + z <= 8;
}
"""


@pytest.mark.parametrize(("solver", "method"), [("highs", "branch"), ("scip", "sos1")])
def test_an_unbounded_leader(solver: str, method: str) -> None:
    """As x falls, the follower's best is y = 4, z = (x - y + 6) / 2: F falls by 4.5 for each x."""
    assert evdsl.loads(FALLS).solve(solver, method).status == "unbounded"


def test_with_indicators_nothing_is_claimed() -> None:
    solution = evdsl.loads(FALLS).solve("scip", "indicator")
    assert solution.status == "feasible"
    assert not math.isfinite(solution.bound)
