"""`dual in`: the answer rests on the user's word, and the status says so."""

from __future__ import annotations

from unittest import mock

import pytest

import evdsl

CHAIN_WITH_CAP = """
set T = 0..29 cyclic;
param price[t in T] = 30 + 10 * (t mod 7);
leader top {{
  var k in [0, 1];
  minimize goal = sum{{t in T}}(abs(low.c[t] - 2)) + k;
}}
follower low {{
  var c[t in T] in [0, 10 * k];
  var s[t in T] in [0, 20];
  minimize cost = sum{{t in T}}(price[t] * c[t]);
  constraint soc[t in T]: s[t] == s[prev(t)] + c[t] - 1 {soc};
  constraint cap: sum{{t in T}}(c[t]) <= 200 {cap};
}}
"""


@pytest.fixture(scope="module")
def stated() -> evdsl.Solution:
    text = CHAIN_WITH_CAP.format(soc="dual in [-100, 100]", cap="dual in [-100, 0]")
    return evdsl.loads(text).solve(method="bigm")


def test_without_a_proof_big_m_is_refused() -> None:
    with pytest.raises(evdsl.EvdslError) as refused:
        evdsl.loads(CHAIN_WITH_CAP.format(soc="", cap="")).solve(method="bigm")
    assert {d.code for d in refused.value.diagnostics} == {"E0501"}


def test_stated_bounds_give_the_optimum_but_not_the_word(stated: evdsl.Solution) -> None:
    proved = evdsl.loads(CHAIN_WITH_CAP.format(soc="", cap="")).solve(solver="scip")
    assert proved.status == "optimal"
    assert stated.status == "feasible"
    assert stated.certificate.bounds["stated"] > 0
    assert stated.objective == pytest.approx(proved.objective, abs=1e-4)
    assert stated.bound == pytest.approx(proved.objective, rel=1e-3)


def test_the_summary_says_what_it_rests_on(stated: evdsl.Solution) -> None:
    from evdsl.report.summary import summary

    first = summary(stated).splitlines()[0]
    assert first.startswith("status     feasible (certified; within the gap of the optimum if the ")


TOO_NARROW = """
leader top {
  var k in [0, 1];
  minimize use = low.c;
  constraint wish: low.d >= 1;
}
follower low {
  var c in [0, 4 * k];
  var d in [0, 3];
  minimize cost = 3 * c + 5 * d;
  constraint need: c + d >= 2 dual in [0, 4];
}
"""


def test_what_a_claim_cuts_off_is_not_called_infeasible() -> None:
    """With k = 0 the follower takes d = 2, at a multiplier of 5: that is a solution."""
    with mock.patch("evdsl.solve.bilevel.starting_points", return_value=([], None)):
        solution = evdsl.loads(TOO_NARROW).solve(method="bigm")
    assert solution.status == "no_solution"
    assert "dual in" in " ".join(note for d in solution.diagnostics for note in d.notes)
    assert evdsl.loads(TOO_NARROW).solve(method="bigm").objective == pytest.approx(0)
