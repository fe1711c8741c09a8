"""Rows with products say nothing of limits, whichever way the pairs go."""

import pytest

import evdsl

HALVED = """
leader up {
  var x in [0, 10];
  var b binary;
  minimize F = low.y;
  constraint c: b * low.y + low.y >= 6;
}
follower low {
  var y in [0, 20];
  minimize g = y;
  constraint r: y >= x;
}
"""


@pytest.mark.parametrize(
    ("solver", "method"),
    [
        ("highs", "bigm"),
        ("highs", "branch"),
        ("scip", "bigm"),
        ("scip", "sos1"),
        ("scip", "indicator"),
    ],
)
def test_a_row_that_is_looser_than_its_linear_part(solver: str, method: str) -> None:
    """Without its product the row would ask for `y >= 6`; with `b` = 1 it is `2 y >= 6`."""
    solution = evdsl.loads(HALVED).solve(solver, method=method)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(3, abs=1e-6)
