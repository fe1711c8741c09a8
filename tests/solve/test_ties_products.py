"""The worst of the followers' optima, where the leader's problem holds products."""

import math

import pytest

import evdsl

SWITCHED = """
leader up {{
  var x integer in [0, 3];
  minimize F = 10 * x + {objective};
  constraint c: {row};
}}
follower low {{
  var y in [0, 5];
  minimize g = 0;
  constraint r: y >= 2;
}}
"""


@pytest.mark.parametrize(
    ("objective", "row", "best", "worst"),
    [
        ("low.y", "low.y * x <= 7 + 100 * x", 2, 5),
        ("low.y * x + low.y", "low.y <= 9", 2, 5),
        ("(low.y - 4)^2", "low.y <= 9", 0, 4),
        ("low.y", "low.y - x * low.y <= 4", 2, float("inf")),
    ],
)
def test_products_with_the_decision_are_terms_of_the_answer(objective, row, best, worst) -> None:
    """`x` = 0, and `y` is anything in [2, 5]: by hand."""
    solution = evdsl.loads(SWITCHED.format(objective=objective, row=row)).solve(solver="scip")
    ties = solution.certificate.ties
    assert solution.objective == pytest.approx(best)
    assert ties.tied == ("low",)
    assert ties.pessimistic == pytest.approx(worst)


def test_a_product_with_what_the_leader_still_chooses_leaves_the_worst_unknown() -> None:
    """With `z` = 2 the row holds for `y` up to 4, and never for 5."""
    text = SWITCHED.format(objective="low.y", row="low.y * z <= 8")
    text = text.replace("var x", "var z in [2, 4]; var x")
    solution = evdsl.loads(text).solve(solver="scip")
    assert solution.objective == pytest.approx(2)
    assert math.isnan(solution.certificate.ties.pessimistic)
