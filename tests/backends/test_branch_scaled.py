"""Our own branch and bound where linear programs fail, rows have two sides, and costs are large."""

from __future__ import annotations

import numpy as np
import pytest

import evdsl
from evdsl.backends.branch import relaxation, solve
from evdsl.backends.branch.relaxation import TIGHT, Decided, Relaxation, Relaxed
from evdsl.backends.options import SolveOptions
from evdsl.program.epigraph import epigraph
from evdsl.program.mip import Mip, Pairs
from small_linears import INF, linear


def one_row_with_two_sides() -> Mip:
    """1 <= x <= 3 as a row; two multipliers, of which it is to pay for each."""
    row = linear([[1, 0, 0]], [1], [3], [0, 0, 0], [INF] * 3, [1, 1, 1])
    nothing, both = np.array([-1, -1]), np.array([0, 0])
    return Mip(row, pairs=Pairs(np.array([1, 2]), both, nothing, np.array([-1, 1]), nothing))


def test_a_row_is_not_tight_at_both_of_its_sides() -> None:
    mip = one_row_with_two_sides()
    flat = epigraph(mip.linear)
    assert flat is not None
    of_node = Relaxation(flat, mip.pairs, seed=0)
    none = np.empty(0)
    assert of_node.limits(Decided(np.array([TIGHT, TIGHT]), none, none)) is None
    for state, value in ((np.array([TIGHT, 0]), 1.0), (np.array([0, TIGHT]), 3.0)):
        limits = of_node.limits(Decided(state, none, none))
        assert limits is not None
        assert (limits[2], limits[3]) == ([value], [value])


@pytest.mark.parametrize("when", ["always", "thorough"])
def test_a_node_that_highs_gives_up_on_is_not_infeasible(
    when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Relaxation.solve

    def failing(self: Relaxation, *given: object, thorough: bool = False) -> Relaxed:
        if when == "always" or thorough:
            return Relaxed("error")
        return own(self, *given, thorough=thorough)

    assert solve(one_row_with_two_sides(), SolveOptions()).status == "optimal"
    monkeypatch.setattr(relaxation.Relaxation, "solve", failing)
    assert solve(one_row_with_two_sides(), SolveOptions()).status == "error"


FALLS_BY_ROUNDING = """
leader up {
  var x in [-1, 1];
  maximize F = -10000 * x + 100000000 * low.y + 300000000 * low.z
    + 3000000000000 * low.a.dual - 1000000000000 * low.b.dual;
}
follower low {
  var y in [0, 0.0001 * x + 0.0003];
  var z in [-0.0002, 0.0007];
  minimize f = 3 * y - 3 * z;
  constraint a: 100000000 * y - 200000000 * z + 10000 * x <= 70000;
  constraint b: -200000000 * y - 20000 * x <= 30000;
  constraint c: z + 0.0001 * x == 0.0004;
}
"""
TWO_SIDES = """
leader up {
  var x in [-2, 3];
  var b binary;
  minimize F = 0.0003 * x - 2 * low.y - 0.00000001 * low.z - 0.0003 * low.r.dual;
}
follower low {
  var y in [-inf, -0.0001 * x + 0.0002];
  var z in [0, inf];
  maximize f = -30000 * y + 0.0001 * z;
  constraint p: -0.0004 <= 3 * y + 0.00000002 * z - 0.0003 * b <= 0.0007;
  constraint q: -50000 <= 300000000 * y - 20000 * b <= 40000;
  constraint r: -5 <= 30000 * y - x - 2 * b <= 7;
}
"""
FAR_APART = """
leader up {
  var x in [-0.0001, 0.0002];
  var w in [-20000, 20000];
  maximize F = -30000 * x - 0.0002 * w - 2 * low.y + 30000 * low.z;
}
follower low {
  var y in [-2, 0.0001 * w + 2];
  var z in [0, 2 * x + 0.0001];
  minimize f = -10000 * y - 300000000 * z;
  constraint p: 0 <= 300000000 * z + 200000000 * x + w <= 60000;
  constraint q: 20000 * z - 0.0003 * w <= 6;
  constraint r: 10000 <= 10000 * y - 100000000 * z + 2 * w <= 30000;
}
"""


@pytest.mark.parametrize(
    ("model", "best"), [(FALLS_BY_ROUNDING, 160000.0), (TWO_SIDES, -0.00105), (FAR_APART, -0.5)]
)
@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_badly_scaled(model: str, best: float, solver: str) -> None:
    """By brute force over the pairs, in units in which the numbers are whole and small."""
    solution = evdsl.loads(model).solve(solver, gap=1e-6)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(best, rel=1e-5)
