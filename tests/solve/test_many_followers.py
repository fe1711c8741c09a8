"""Many followers that fail alike make one message."""

from __future__ import annotations

import evdsl

TEXT = """
set U = 1..50;
leader top {{ var k in [0, 1]; minimize goal = k; }}
follower low[u in U] {{
  var y in [0, {limit}];
  minimize cost = y;
  constraint need: y >= u;
}}
baseline none {{ k = 0; }}
"""


def messages(limit: str) -> list[evdsl.Diagnostic]:
    try:
        return list(evdsl.loads(TEXT.format(limit=limit)).solve(solver="scip").diagnostics)
    except evdsl.EvdslError as error:
        return list(error.diagnostics)


def test_followers_without_an_answer_to_a_baseline() -> None:
    [found] = messages("60 * k")
    assert found.code == "E0534"
    assert "`low[1]`" in found.message
    assert found.notes[-1] == "the same holds for 49 more of the 50 followers `low`"


def test_followers_without_any_answer() -> None:
    [found] = messages("40")
    assert found.code == "E0534"
    assert "the same holds for 9 more of the 50 followers `low`" in found.notes
