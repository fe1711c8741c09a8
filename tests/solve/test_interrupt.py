"""Ctrl-C at any moment: what is best is kept, certified, and named as what it is."""

from __future__ import annotations

import signal
from typing import Any

import pytest

import evdsl
from evdsl.backends.options import Event

MODEL = """
set T = 1..4;
set V = {"a", "b"};
param price[t in T] = {1: 3, 2: 1, 3: 2, 4: 5};
param need[v in V] = {"a": 3, "b": 2};
reference ev[v in V] {
  var c[t in T] in [0, 2];
  minimize cost = sum{t in T}(price[t] * c[t]);
  constraint full: sum{t in T}(c[t]) == need[v];
}
param c_ref[t in T] = sum{v in V}(ev[v].c[t]);
leader planner {
  var k[t in T] in [0, 1];
  minimize deviation = sum{t in T}(abs(aev.c[t] - c_ref[t]));
}
follower aev {
  var c[t in T] in [0, 4 * k[t]];
  minimize cost = sum{t in T}(price[t] * c[t]);
  constraint full: sum{t in T}(c[t]) == 5;
}
baseline simple { k = 1; }
"""
BEFORE = [
    "checking the model",
    "reading the data",
    "solving the reference `ev`",
    "building the two levels",
    "answering the baselines",
    "looking for points to begin from",
]
AFTER = [
    "searching for good answers",
    "making one level of two",
    "solving with highs, branch",
    "solving with scip, sos1",
    "certifying the answer",
    "looking for ties",
]


class Finger:
    """Presses Ctrl-C when a stage begins, or once something was found in it, `times` times."""

    def __init__(self, stage: str, times: int = 1) -> None:
        self.stage, self.times = stage, times
        self.heard: list[str] = []

    def __call__(self, event: Event) -> None:
        self.heard.append(event.doing)
        if event.doing == self.stage:
            for _ in range(self.times):
                self.times -= 1
                signal.raise_signal(signal.SIGINT)


def solve(finger: Finger) -> evdsl.Solution:
    solver = "highs" if "highs" in finger.stage else "scip"
    return evdsl.loads(MODEL).solve(solver, watch=finger)


@pytest.mark.parametrize("stage", BEFORE)
def test_before_there_is_an_answer_it_stops(stage: str) -> None:
    finger = Finger(stage)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        solve(finger)
    assert finger.heard[-1] == stage
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("stage", AFTER)
def test_afterwards_the_best_is_given(stage: str) -> None:
    finger = Finger(stage)
    solution = solve(finger)
    assert stage in finger.heard
    assert solution.certificate.certified
    assert solution.status in ("feasible", "optimal")
    assert solution.objective <= solution.baselines["simple"].objective
    named = [diagnostic.code for diagnostic in solution.diagnostics]
    assert named == (["W0610"] if solution.status == "feasible" else [])


def test_what_comes_after_it_is_left_out() -> None:
    finger = Finger("searching for good answers")
    solution = solve(finger)
    assert (solution.solver, solution.method, solution.status) == ("", "", "feasible")
    assert not any(doing.startswith("solving with") for doing in finger.heard)
    assert solution.certificate.ties is None


@pytest.mark.parametrize("stage", ["searching for good answers", "solving with scip, sos1"])
def test_the_second_one_does_not_wait(stage: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        solve(Finger(stage, times=2))


@pytest.mark.parametrize("stage", [*BEFORE, "making one level of two", "solving with highs, bigm"])
def test_what_was_known_before_rows_were_added_is_no_answer(stage: str) -> None:
    """The baseline breaks what `extend` adds: without a solver's answer there is none to keep."""

    def little_at_first(pyomo_model: Any) -> None:
        import pyomo.environ as pyo

        pyomo_model.little = pyo.Constraint(expr=pyomo_model.aev.c[2] <= 0.5)

    finger = Finger(stage)
    with pytest.raises(KeyboardInterrupt):
        evdsl.loads(MODEL).solve(extend=little_at_first, watch=finger)
    assert finger.heard[-1] == stage


def test_what_is_known_to_have_no_answer_stays_so() -> None:
    text = """
leader up { var x in [0, 5]; minimize F = x; constraint c: low.y >= 9; }
follower low { var y in [0, 9]; minimize f = y; constraint a: y >= x; }
"""
    finger = Finger("looking for the reason")
    solution = evdsl.loads(text).solve(watch=finger)
    assert solution.status == "infeasible"
    assert "looking for the reason" in finger.heard
