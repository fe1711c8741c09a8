"""What is known of the columns beforehand, where rows contradict each other."""

import numpy as np

import evdsl
from evdsl.reformulate.kkt import kkt
from evdsl.reformulate.presolve import presolve

NEVER = """
leader up {
  var x integer in [0, 4];
  var b binary;
  maximize F = low.y;
  constraint c: 3 * b - low.y >= 2;
}
follower low {
  var y in [3 + 2 * x, 4];
  minimize g = y;
  constraint r: b * y <= 7;
}
"""


def test_a_switched_column_has_limits_or_none_but_never_no_numbers() -> None:
    """The leader's row asks for `y <= 1`, the follower has `y >= 3`."""
    program = evdsl.loads(NEVER).ground().program
    limits = presolve(kkt(program)).limits
    assert not np.isnan([limits.lower, limits.upper]).any()
    assert evdsl.loads(NEVER).solve().status == "infeasible"
