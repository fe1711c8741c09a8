"""Multipliers that the leader reads and that are not unique: their ranges by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

import evdsl
from evdsl.solve.polish import respond
from evdsl.solve.prices import price_ranges
from stored_answers import PRICE, solution

MARKET = """
leader seller {{ var x in [0, 6]; {leads}; }}
follower market {{
  var cheap in [0, 5];
  var dear in [0, 5];
  {follows};
  constraint balance: cheap + dear == 6 - x;
}}
"""
LEAST = "minimize cost = 10 * cheap + 20 * dear"
MOST = "maximize gain = -10 * cheap - 20 * dear"


@pytest.mark.parametrize(
    ("x", "read", "ends"),
    [
        (0.5, "balance.dual", None),
        (1, "balance.dual", (10, 20)),
        (2, "balance.dual", None),
        (6, "balance.dual", (-math.inf, 10)),
        (1, "cheap.upper.dual", (-10, 0)),
        (1, "dear.lower.dual", (0, 10)),
        (6, "cheap.upper.dual", None),
        (6, "cheap.lower.dual", (0, math.inf)),
    ],
)
@pytest.mark.parametrize("sense", [1, -1])
def test_ranges_of_a_price(
    x: float, read: str, ends: tuple[float, float] | None, sense: int
) -> None:
    """The least cost of 6 - x units has slope 20 before x = 1 and 10 after it; at x = 6 nothing is
    made, as at each price up to 10. The multipliers of a maximum have the other sign."""
    liked = 1 if read == "balance.dual" else -1
    leads = f"{'maximize' if liked * sense > 0 else 'minimize'} goal = market.{read} - x"
    text = MARKET.format(leads=leads, follows=LEAST if sense > 0 else MOST)
    program = evdsl.loads(text).ground().program
    found = respond(program, np.where(program.column_owner == 0, float(x), np.nan))
    if found is None:
        assert ends is not None
        assert not math.isfinite(sum(ends)), "only an endless price leaves the leader no best"
        return
    ranges = [(r.least, r.most) for r in price_ranges(program, found.x)]
    expected = ends if ends is None or sense > 0 else (-ends[1], -ends[0])
    assert ranges == ([] if expected is None else [pytest.approx(expected)])


def test_the_warning_names_the_price_and_its_range() -> None:
    found = [d for d in solution("price").diagnostics if d.code == "W0607"]
    assert [d.message for d in found] == [
        "`market.balance.dual` is 20 at the answer, and every value in [10, 20] goes with it too"
    ]
    assert found[0].notes == ()


def test_more_prices_are_counted() -> None:
    """The market of each of three hours, of which the first two have a step at their demand."""
    text = """
    set T = 1..3;
    param need[t in T] = {1: 5, 2: 5, 3: 4};
    leader seller { var x in [0, 1]; maximize profit = sum{t in T}(market.balance[t].dual) - x; }
    follower market {
      var cheap[t in T] in [0, 5];
      var dear[t in T] in [0, 5];
      minimize cost = sum{t in T}(10 * cheap[t] + 20 * dear[t]);
      constraint balance[t in T]: cheap[t] + dear[t] == need[t];
    }
    """
    solution = evdsl.loads(text).solve()
    assert solution.objective == pytest.approx(50)
    (said,) = [d for d in solution.diagnostics if d.code == "W0607"]
    assert said.message.startswith("`market.balance.dual[1]` is 20 at the answer")
    assert said.notes == ("the same holds for 1 more of what the leader reads",)


def test_unique_prices_and_none_are_not_warned_of() -> None:
    moved = PRICE.text.replace("in [0, 2]", "in [0, 0.5]")
    assert evdsl.loads(moved).solve().diagnostics == ()
    assert solution("linear").diagnostics == ()
