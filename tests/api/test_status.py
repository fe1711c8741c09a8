"""Which word a solver's answer earns, whatever the solver itself calls it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest

import evdsl
from evdsl.backends import highs
from evdsl.backends.options import SolveOptions, Watch
from evdsl.program.mip import Answer, Mip
from evdsl.solve.solution import Solution, relative_gap

STORAGE = """
set T = 0..3 cyclic;
param price[t in T] = 1 + (t + 2) mod 4;
leader planner {
  var k[t in T] in [0, 1];
  minimize unevenness = sum{t in T}(abs(aev.c[t] - 1));
}
follower aev {
  var c[t in T] in [0, 4 * k[t]];
  minimize cost = sum{t in T}(price[t] * c[t]);
  constraint energy: sum{t in T}(c[t]) >= 4;
}
baseline wide { k = 1; }
"""


WITHOUT_BASELINE = STORAGE.replace("baseline wide { k = 1; }\n", "")


def solved_with(
    change: dict[str, Any], everywhere: float | None = None, text: str = STORAGE
) -> Solution:
    """The model's solution where the solver's answer is changed on its way back.

    `everywhere` stands in for the value of each column.
    """
    solve = highs.solve

    def changed(mip: Mip, options: SolveOptions, watch: Watch | None = None) -> Answer:
        answer = solve(mip, options, watch)
        if everywhere is not None:
            answer = replace(answer, x=np.full(mip.linear.shape[1], everywhere))
        return replace(answer, **change) if mip.linear.integer.any() else answer

    with mock.patch("evdsl.backends.highs.solve", changed):
        return evdsl.loads(text).solve(method="bigm")


def test_the_bound_has_met_the_objective() -> None:
    solution = solved_with({})
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(0)


def test_a_bound_away_from_the_objective_is_not_optimal_whatever_the_solver_says() -> None:
    solution = solved_with({"status": "optimal", "bound": -1.0})
    assert solution.status == "feasible"
    assert solution.bound == -1


def test_a_bound_that_a_certified_point_beats_is_none() -> None:
    solution = solved_with({"bound": 1.0})
    assert solution.objective == pytest.approx(0)
    assert solution.status == "feasible"
    assert math.isnan(solution.bound)
    assert [message.code for message in solution.diagnostics] == ["W0604"]


def test_unbounded_without_a_direction_is_a_failure() -> None:
    lost = {"status": "unbounded", "x": None, "bound": -math.inf}
    with mock.patch("evdsl.solve.bilevel.starting_points", return_value=([], None)):
        solution = solved_with(lost, text=WITHOUT_BASELINE)
    assert solution.status == "error"
    assert [d.code for d in solution.diagnostics] == ["E0623"]


@pytest.mark.parametrize("via", [None, "pyomo"])
@pytest.mark.parametrize("sense", ["minimize", "maximize"])
def test_unbounded_behind_a_pair_is_not_called_optimal(via: str | None, sense: str) -> None:
    """At y = 0 the leader's k may fall for ever; SCIP 10 alone says that 0 is the optimum."""
    text = f"""
    leader top {{ var k free; {sense} goal = {"k" if sense == "minimize" else "-k"}; }}
    follower low {{ var y in [0, 1]; minimize f = y; constraint a: y >= k; }}
    """
    solution = evdsl.loads(text).solve("scip", via=via)
    found = solution.status, [message.code for message in solution.diagnostics]
    assert found in [("unbounded", ["E0542"]), ("error", ["E0623"])][: 1 if via is None else 2]


@pytest.mark.parametrize("via", [None, "pyomo"])
def test_a_follower_may_bound_what_the_rows_do_not(via: str | None) -> None:
    text = """
    leader top { var k free; minimize goal = 3 - 2 * low.y; constraint a: k >= -1; }
    follower low { var y in [0, inf]; minimize f = y; constraint b: y >= 1 + k; constraint c: k <= 4; }
    """
    solution = evdsl.loads(text).solve("scip", via=via)
    assert (solution.status, solution.objective) == ("optimal", pytest.approx(-7))


def test_no_bound_is_not_optimal() -> None:
    solution = solved_with({"bound": -math.inf})
    assert solution.status == "feasible"
    assert math.isnan(solution.bound)
    assert solution.gap == math.inf


def test_without_a_solvers_point_a_certified_start_is_the_answer() -> None:
    solution = solved_with({"status": "no_solution", "x": None, "bound": 0.0})
    assert solution.status in ("optimal", "feasible")
    assert solution.certificate.certified
    assert solution.objective <= solution.baselines["wide"].objective


def test_a_failed_solver_leaves_no_bound() -> None:
    solution = solved_with({"status": "error", "x": None, "bound": 0.0})
    assert solution.status == "feasible"
    assert math.isnan(solution.bound)
    assert [message.code for message in solution.diagnostics] == ["W0602"]


def test_a_wrong_answer_of_the_follower_is_put_right() -> None:
    """At k = 0.3 the follower can only charge 1.2 in each hour, and 0.4 in the dearest."""
    with mock.patch("evdsl.solve.bilevel.starting_points", return_value=([], None)):
        solution = solved_with({}, everywhere=0.3, text=WITHOUT_BASELINE)
    assert solution.status == "feasible"
    charge = solution.value("aev.c")
    assert isinstance(charge, pd.Series)
    assert charge.tolist() == pytest.approx([1.2, 0.4, 1.2, 1.2])


def test_a_point_that_does_not_pass_is_not_shown() -> None:
    """At k = 0.1 the follower cannot charge the 4 that it must."""
    with mock.patch("evdsl.solve.bilevel.starting_points", return_value=([], None)):
        solution = solved_with({}, everywhere=0.1, text=WITHOUT_BASELINE)
    assert solution.status == "error"
    assert solution.point is None
    assert not solution.certificate.certified
    assert [message.code for message in solution.diagnostics] == ["E0622"]


@pytest.mark.parametrize(
    ("objective", "bound", "gap"),
    [
        (10, 9, 0.1),
        (-10, -10.5, 0.05),
        (0, 1e-7, 0),
        (0, -1, math.inf),
        (10, math.nan, math.inf),
        (10, math.inf, math.inf),
    ],
)
def test_gap(objective: float, bound: float, gap: float) -> None:
    assert relative_gap(objective, bound) == pytest.approx(gap)
