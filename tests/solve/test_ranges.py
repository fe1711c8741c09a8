"""Where the coefficients of one row are too far apart, that is said."""

import pytest

import evdsl

TEXT = """
leader up {{ var x in [0, 10]; minimize F = x + low.y; }}
follower low {{
  var y in [0, 10];
  minimize f = y;
  constraint even: 2 * x + 3 * y >= 4;
  constraint need: {large} * x + {small} * y >= {large};
}}
"""


@pytest.mark.parametrize("solver", ["highs", "scip"])
@pytest.mark.parametrize(("large", "small", "warned"), [(1e4, 1e-2, False), (1e6, 1e-2, True)])
def test_the_row_that_differs_most_is_named(
    solver: str, large: float, small: float, warned: bool
) -> None:
    solution = evdsl.loads(TEXT.format(large=large, small=small)).solve(solver)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(5 / 3, abs=1e-5)
    said = [d.message for d in solution.diagnostics]
    assert said == (["the coefficients of `low.need` lie between 0.01 and 1e+06"] if warned else [])


def test_a_constant_that_is_too_large_is_a_coefficient_too() -> None:
    model = evdsl.loads(TEXT.format(large=1, small=1))
    found = model.solve("highs", "bigm", big_m=1e9).diagnostics
    assert "W0608" in [d.code for d in found]
    assert "W0608" not in [d.code for d in model.solve("highs", "bigm").diagnostics]
