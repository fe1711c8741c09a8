"""References: data from problems that are solved first."""

from __future__ import annotations

import pytest

from evdsl.source.diagnostic import EvdslError
from models import codes, grounded

LEADER = "leader top { var x in [0, 1]; minimize goal = x; }"


def test_values_objectives_and_multipliers_are_data() -> None:
    built = grounded(
        "set V = 1..3; param need[v in V] = 2 * v;"
        "reference car[v in V] { var a in [0, 3]; var b in [0, 9]; minimize cost = a + 4 * b;"
        "constraint meet: a + b >= need[v]; }"
        "param cost[v in V] = car[v].cost; param a[v in V] = car[v].a;"
        "param price[v in V] = car[v].meet.dual; param rent[v in V] = car[v].a.upper.dual;"
        "check: a[1] == 2 and a[2] == 3 and a[3] == 3;"
        "check: cost[1] == 2 and cost[2] == 7 and cost[3] == 15;"
        "check: price[1] == 1 and price[2] == 4 and rent[1] == 0 and rent[3] == -3;" + LEADER
    )
    assert built.warnings == ()


def test_infeasible_and_unbounded_elements_are_named() -> None:
    text = (
        "set V = 1..4; reference car[v in V] {{ var a in [0, {top}]; maximize gain = a;"
        "constraint meet: a >= v; }}" + LEADER.replace("{", "{{").replace("}", "}}")
    )
    with pytest.raises(EvdslError) as caught:
        grounded(text.format(top=2))
    [found] = caught.value.diagnostics
    assert found.code == "E0560"
    assert "2 of 4 references (`car[3]`, `car[4]`)" in found.message
    assert codes(text.format(top="inf")) == ["E0561"]


@pytest.mark.parametrize(("prices", "ambiguous"), [((1, 2), False), ((2, 2), True)])
def test_an_optimum_that_is_not_unique_is_said(prices: tuple[int, int], ambiguous: bool) -> None:
    built = grounded(
        f"reference car {{ var a in [0, 3]; var b in [0, 3]; minimize cost = {prices[0]} * a + {prices[1]} * b;"
        "constraint meet: a + b == 2; }" + LEADER
    )
    assert [w.code for w in built.warnings] == (["W0402"] if ambiguous else [])


def test_an_empty_degenerate_optimum_is_unique() -> None:
    built = grounded(
        "reference car { var a in [0, 3]; var b in [0, 3]; minimize cost = a + b; constraint meet: a + b >= 0; }"
        + LEADER
    )
    assert built.warnings == ()
