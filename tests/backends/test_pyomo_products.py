"""Squares and products on their way through Pyomo: in the model, and in what its solvers answer."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo
import pytest

import evdsl
from evdsl.backends.pyomo import build
from evdsl.reformulate.encode import encode
from evdsl.reformulate.kkt import kkt
from evdsl.source.diagnostic import EvdslError

SQUARES = """
leader up {
  var x in [0, 10];
  minimize F = (x - 3.2) ^ 2 + (low.y - 5.3) ^ 2 + x;
}
follower low { var y in [0, 20]; minimize f = y; constraint need: 2 * y >= 11 - x; }
"""
SWITCHED = """
leader up {
  var x in [0, 10];
  var b binary;
  minimize F = x + 3 * b + low.y;
  constraint only: b * low.y >= 2;
}
follower low { var y in [0, 20]; minimize f = y; constraint need: y >= x; }
"""


@pytest.mark.parametrize("text", [SQUARES, SWITCHED])
def test_pyomo_counts_the_products_as_the_arrays_do(text: str) -> None:
    program = evdsl.loads(text).ground().program
    mip = encode(kkt(program), "sos1").mip
    built = build(mip, program)
    assert len(mip.linear.products)
    for x in np.random.default_rng(3).uniform(0, 5, (5, mip.linear.shape[1])):
        for column, value in zip(built.columns, x.tolist(), strict=True):
            column.set_value(value, skip_validation=True)
        assert pyo.value(built.objective) == pytest.approx(mip.linear.objective(x))
        activity = mip.linear.activity(x)
        said = [row is not None for row in built.rows]
        assert said[[f.name for f in mip.linear.rows].index("only" if "only" in text else "need")]
        for row, value in zip(built.rows, activity.tolist(), strict=True):
            assert row is None or pyo.value(row.body) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "optimum"),
    [
        # y = (11 - x) / 2: 2 (x - 3.2) + 1 - (0.2 - x / 2) = 0 at x = 2.24
        (SQUARES, (2.24 - 3.2) ** 2 + (4.38 - 5.3) ** 2 + 2.24),
        # y = x and b y >= 2: x = 2, b = 1
        (SWITCHED, 7.0),
    ],
)
@pytest.mark.parametrize("via", [None, "pyomo"])
def test_both_ways_to_scip_agree(text: str, optimum: float, via: str | None) -> None:
    solution = evdsl.loads(text).solve("scip", via=via)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(optimum, abs=1e-5)


def test_a_long_objective_keeps_its_squares() -> None:
    """600 terms are handed over in pieces: the squares are beside them."""
    text = """
    set I = 1..600;
    leader up {
      var x[i in I] in [0, 2];
      minimize F = sum{i in I}(x[i]) + (low.y - 3) ^ 2;
    }
    follower low { var y in [0, 20]; minimize f = y; constraint need: y >= x[1]; }
    """
    solution = evdsl.loads(text).solve("scip", via="pyomo")
    assert solution.objective == pytest.approx(2 + (2 - 3) ** 2)


@pytest.mark.parametrize("solver", ["highs", "appsi_highs", "glpk", "cbc"])
def test_solvers_without_products_are_not_handed_any_through_pyomo(solver: str) -> None:
    with pytest.raises(EvdslError) as raised:
        evdsl.loads(SQUARES).solve(solver, via="pyomo")
    assert [d.code for d in raised.value.diagnostics] == ["E0511"]
