"""What hangs on ties, by hand: the leader's value at the best, the worst and a plain answer."""

from __future__ import annotations

import math

import numpy as np
import pytest

import evdsl
from evdsl.solve.ties import Ties
from stored_answers import KNOWN


def ties_of(text: str, solver: str = "highs") -> Ties:
    solution = evdsl.loads(text).solve(solver, gap=1e-7)
    assert solution.status == "optimal", solution.diagnostics
    assert solution.certificate.ties is not None
    return solution.certificate.ties


def leader(objective: str, row: str = "") -> str:
    return f"leader up {{ var x in [0, 2]; {objective}; {row} }}\n"


SHARED = """
follower low {
  var y in [0, 3];
  var z in [0, 1];
  minimize f = y + z;
  constraint need: y + z >= x;
}"""
"""Any split of x between y and z is optimal, with z at most 1."""


@pytest.mark.parametrize(
    ("objective", "row", "optimistic", "pessimistic"),
    [
        ("minimize F = 3 - x + low.z", "", 1.0, 2.0),
        ("maximize F = x + low.z - 3", "", 0.0, -1.0),
        ("minimize F = 3 - 3 * x + 2 * low.y", "", -1.0, 1.0),
        ("minimize F = abs(low.y - 2) - x", "", -2.0, -1.0),
        ("minimize F = (low.z - 1) ^ 2 - x", "", -2.0, -1.0),
        ("minimize F = -(low.z - 1) - x", "constraint w: low.y >= 1.5;", -1.5, math.inf),
        ("maximize F = x + low.z", "constraint w: low.z <= 0.5;", 2.5, -math.inf),
    ],
)
def test_the_best_and_the_worst_of_all_splits(
    objective: str, row: str, optimistic: float, pessimistic: float
) -> None:
    """x = 2 throughout, so that (y, z) is anything from (2, 0) to (1, 1); the leader's row in the
    last two cases is broken at one end."""
    found = ties_of(leader(objective, row) + SHARED)
    assert found.unique is False
    assert found.tied == ("low",)
    assert found.optimistic == pytest.approx(optimistic, abs=1e-5)
    assert found.pessimistic == pytest.approx(pessimistic, abs=1e-5)
    assert found.breaks == ("up.w" if row else "")
    sense = 1 if objective.startswith("minimize") else -1
    low, plain, high = sense * np.array([found.optimistic, found.out_of_box, found.pessimistic])
    assert low - 1e-6 <= plain <= high + 1e-6


def test_a_plain_solver_stops_between_the_ends() -> None:
    """Two like followers take the same vertex of y + z = 1, whichever it is; the leader pays y of
    the one and is paid y of the other."""
    text = """
    set I = 1..2;
    leader up { var x in [1, 1]; minimize F = low[1].y - low[2].y; }
    follower low[i in I] { var y in [0, 1]; var z in [0, 1]; minimize f = y + z; constraint c: y + z >= x; }
    """
    found = ties_of(text)
    assert found.tied == ("low[1]", "low[2]")
    assert (found.optimistic, found.pessimistic) == pytest.approx((-1, 1))
    assert found.out_of_box == pytest.approx(0)


def test_what_the_followers_do_not_see_is_chosen_anew() -> None:
    """`u` buys off the deviation |y - 1| at half its cost: at the worst answer y = 2 the leader
    pays 0.5 in place of 1, and nothing at the best."""
    text = (
        "leader up { var x in [0, 2]; var u in [0, 9];"
        " minimize F = u / 2 - x; constraint a: u >= low.y - 1; constraint b: u >= 1 - low.y; }"
    )
    found = ties_of(text + SHARED)
    assert found.breaks == ""
    assert (found.optimistic, found.pessimistic) == pytest.approx((-2, -1.5), abs=1e-6)


def test_one_answer_only() -> None:
    """With z dearer than y there is no tie left."""
    found = ties_of(leader("minimize F = 3 - x + low.z") + SHARED.replace("y + z;", "y + 2 * z;"))
    assert found.unique is True
    assert found.tied == ()
    assert {found.optimistic, found.pessimistic, found.out_of_box} == {1.0}


def test_tied_multipliers_are_no_tied_answers() -> None:
    """y >= x and y >= 2 x - 2 meet at x = 2: many multipliers, one answer."""
    text = leader("minimize F = low.y - 2 * x") + (
        "follower low { var y in [0, 3]; minimize f = y;"
        " constraint a: y >= x; constraint b: y >= 2 * x - 2; }"
    )
    found = ties_of(text)
    assert found.unique is True
    assert found.optimistic == found.pessimistic == pytest.approx(-2)


def test_a_square_leaves_a_tie_where_it_is_flat() -> None:
    """(y + z - x)^2 is 0 on the whole line y + z = x."""
    found = ties_of(
        leader("minimize F = 3 - x + low.z")
        + "follower low { var y in [0, 3]; var z in [0, 1]; minimize f = (y + z - x) ^ 2; }"
    )
    assert found.unique is False
    assert (found.optimistic, found.pessimistic) == pytest.approx((1, 2), abs=1e-5)


def test_where_ties_are_not_known() -> None:
    for name in ("nash", "whole"):
        found = ties_of(KNOWN[name].text, KNOWN[name].solver)
        assert found.unique is None
        assert math.isnan(found.pessimistic)
        assert math.isnan(found.out_of_box)


def test_no_follower_no_ties() -> None:
    solution = evdsl.loads("leader up { var x in [0, 1]; minimize F = x; }").solve()
    assert solution.certificate.ties is None
