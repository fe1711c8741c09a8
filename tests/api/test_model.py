"""`import evdsl`: loading, solving, reading a solution, and what raises."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import evdsl
from evdsl import EvdslError
from evdsl.backends.options import Event
from evdsl.solve.solution import Solution

ROOT = Path(__file__).parents[2]
BARD = ROOT / "models" / "bard" / "bard.evm"
TWO_UNITS = ROOT / "models" / "two_units" / "two_units.evm"

STORAGE = """
table prices from "prices.csv" index hour;
set T = prices.hour cyclic;
param price[T] = prices.price;
param need = 6;
mapping f[t in T] -> B = t div 2;
leader planner {
  var k[b in B] in [0, 1];
  minimize unevenness = sum{t in T}(abs(aev.c[t] - 1));
}
follower aev {
  var c[t in T] in [0, 4 * k[f(t)]];
  minimize cost = sum{t in T}(price[t] * c[t]);
  constraint energy: sum{t in T}(c[t]) >= need;
}
baseline wide { k = 1; }
report peak = max{t in T}(aev.c[t]);
report gain = wide.peak - max{t in T}(aev.c[t]);
report share[b in B] = sum{t in T : f(t) == b}(aev.c[t]) / need;
"""
PRICES = pd.DataFrame({"hour": range(6), "price": [3.0, 1.0, 2.0, 5.0, 4.0, 6.0]})


@pytest.fixture(scope="module")
def units() -> Solution:
    return evdsl.load(TWO_UNITS).solve(solver="scip")


@pytest.fixture(scope="module")
def storage() -> Solution:
    return evdsl.loads(STORAGE).solve(data={"prices": PRICES})


@pytest.mark.parametrize(
    ("solver", "method"), [("highs", "bigm"), ("scip", "sos1"), ("scip", "bigm")]
)
def test_bard(solver: str, method: str) -> None:
    """x = 4, y = 4, F = -12: Bard, Practical Bilevel Optimization (1998), Example 5.1.1."""
    solution = evdsl.load(BARD).solve(solver=solver, method=method)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(-12)
    assert solution.bound == pytest.approx(-12)
    assert solution.gap == 0
    assert solution.value("x") == solution.value("up.x") == pytest.approx(4)
    assert solution.value("low.y") == pytest.approx(4)
    assert solution.value("F") == pytest.approx(-12)
    assert solution.value("low.f") == pytest.approx(4)
    assert solution.dual("low.d") == pytest.approx(-0.5)
    assert solution.dual("low.y.lower") == 0
    assert solution.certificate.certified
    assert solution.certificate.follower_gap <= 1e-6
    assert solution.certificate.bounds["assumed"] == 0


def test_the_cheapest_hours_by_hand(storage: Solution) -> None:
    """Six units into six hours of at most 4k: every hour can be held at 1, which is even."""
    assert storage.status == "optimal"
    wide = storage.baselines["wide"]
    charge = wide.value("aev.c")
    assert isinstance(charge, pd.Series)
    assert charge.to_dict() == {0: 0.0, 1: 4.0, 2: 2.0, 3: 0.0, 4: 0.0, 5: 0.0}
    assert wide.objective == pytest.approx(1 + 3 + 1 + 1 + 1 + 1)
    assert wide.reports["peak"] == 4
    assert "gain" not in wide.reports
    assert storage.objective < wide.objective
    peak = storage.reports["peak"]
    assert storage.reports["gain"] == pytest.approx(4 - peak)


def test_a_price_is_what_one_more_unit_costs(storage: Solution) -> None:
    """With k = 1 the last unit is bought at 2, and the cheaper hour's limit is worth 1 - 2."""
    wide = storage.baselines["wide"]
    assert wide.dual("aev.energy") == pytest.approx(2)
    limit = wide.dual("aev.c.upper")
    assert isinstance(limit, pd.Series)
    assert limit.to_dict() == pytest.approx({0: 0, 1: -1, 2: 0, 3: 0, 4: 0, 5: 0})
    floor = wide.dual("aev.c.lower")
    assert isinstance(floor, pd.Series)
    assert floor.to_dict() == pytest.approx({0: 1, 1: 0, 2: 0, 3: 3, 4: 2, 5: 4})


def test_reports_are_numbers_or_series(storage: Solution) -> None:
    share = storage.reports["share"]
    assert isinstance(share, pd.Series)
    assert share.index.names == ["B"]
    assert share.sum() == pytest.approx(1)
    assert isinstance(storage.reports["peak"], float)


def test_values_are_indexed_by_the_sets(units: Solution) -> None:
    charge = units.value("aev.c")
    assert isinstance(charge, pd.Series)
    assert charge.index.names == ["U", "T"]
    assert charge["unit1", "2025-01-13T12:00Z"] == charge.iloc[0]
    assert isinstance(charge.index, pd.MultiIndex)
    assert isinstance(charge.index.levels[1], pd.DatetimeIndex)
    cost = units.value("aev.cost")
    assert isinstance(cost, pd.Series)
    assert cost.index.tolist() == ["unit1", "unit2"]
    duals = units.dual("aev.soc")
    assert isinstance(duals, pd.Series)
    assert len(duals) == len(charge)


def test_the_frame_is_tidy(units: Solution) -> None:
    frame = units.frame()
    assert list(frame.columns) == ["family", "U", "B", "T", "value"]
    part = frame[frame["family"] == "aev.c"]
    charge = units.value("aev.c")
    assert isinstance(charge, pd.Series)
    assert part["value"].tolist() == charge.tolist()
    assert part["B"].isna().all()
    assert frame["value"].dtype == np.float64


def test_json_is_strict(units: Solution) -> None:
    text = json.dumps(units.to_json(), allow_nan=False)
    assert json.loads(text) == units.to_json()


def test_data_and_params_replace_those_of_the_model(tmp_path: Path) -> None:
    model = evdsl.loads(STORAGE)
    file = tmp_path / "other.csv"
    PRICES.to_csv(file, index=False)
    by_file = model.solve(data={"prices": file}, params={"need": 12})
    by_frame = model.solve(data={"prices": PRICES}, params={"need": 12})
    charge = by_file.value("aev.c")
    assert isinstance(charge, pd.Series)
    assert charge.sum() == pytest.approx(12)
    assert by_file.objective == pytest.approx(by_frame.objective)


def test_a_solution_is_a_start_for_the_next(storage: Solution) -> None:
    again = evdsl.loads(STORAGE).solve(data={"prices": PRICES}, start=storage)
    assert again.objective == pytest.approx(storage.objective)


def test_unknown_names_of_a_solution_are_helped(units: Solution) -> None:
    with pytest.raises(EvdslError) as value:
        units.value("aev.cc")
    assert [d.code for d in value.value.diagnostics] == ["E0620"]
    assert value.value.diagnostics[0].help == "did you mean `aev.c`?"
    with pytest.raises(EvdslError) as dual:
        units.dual("aev.sock")
    assert dual.value.diagnostics[0].help == "did you mean `aev.soc`?"


def test_no_answer_raises_where_it_is_read() -> None:
    text = "leader up { var x in [0, 1]; minimize f = x; constraint c: x >= 2; }"
    solution = evdsl.loads(text).solve()
    assert solution.status == "infeasible"
    assert solution.point is None
    assert np.isnan(solution.objective)
    assert not solution.certificate.certified
    with pytest.raises(EvdslError):
        solution.value("x")
    assert solution.to_json()["leader"] == {}


def test_input_errors_have_diagnostics() -> None:
    with pytest.raises(EvdslError) as syntax:
        evdsl.loads("leader up { var x in [0, 1] minimize f = x; }")
    assert all(d.code.startswith("E01") for d in syntax.value.diagnostics)
    wrong = evdsl.loads("leader up { var x in [0, 1]; minimize f = xx; }")
    assert [d.code for d in wrong.check()] == ["E0201"]
    with pytest.raises(EvdslError) as names:
        wrong.solve()
    assert [d.code for d in names.value.diagnostics] == ["E0201"]
    with pytest.raises(EvdslError) as method:
        evdsl.load(BARD).solve(method="sos")
    assert [d.code for d in method.value.diagnostics] == ["E0607"]


def test_one_level_alone_is_a_plain_problem() -> None:
    text = """
    leader shop {
      var x integer in [0, 10];
      var y in [0, 10];
      maximize profit = 5 * x + 4 * y;
      constraint steel: 6 * x + 4 * y <= 24;
      constraint hours: x + 2 * y <= 6.5;
    }
    baseline none { x = 0; y = 0; }
    """
    for solver in ("highs", "scip"):
        solution = evdsl.loads(text).solve(solver=solver)
        assert solution.status == "optimal"
        assert solution.value("x") == pytest.approx(3)
        assert solution.value("y") == pytest.approx(1.5)
        assert solution.objective == pytest.approx(21)
        assert solution.baselines["none"].objective == 0
        assert solution.to_json()["followers"] == {}


def test_pyomo_and_back() -> None:
    from pyomo.contrib.solver.common.factory import SolverFactory

    model = evdsl.load(BARD)
    built = evdsl.to_pyomo(model)
    SolverFactory("highs").solve(built)
    solution = evdsl.from_pyomo(built, model)
    assert solution.status == "feasible"
    assert solution.objective == pytest.approx(-12)
    assert solution.certificate.certified
    assert model.solve(via="pyomo").objective == pytest.approx(-12)


def test_rows_added_in_pyomo_hold_at_the_answer() -> None:
    """With x <= 3 the leader gets -7, at x = 1 as at x = 3."""

    def shorten(built: object) -> None:
        import pyomo.environ as pyo

        built.short = pyo.Constraint(expr=built.up.x <= 3)

    solution = evdsl.load(BARD).solve(extend=shorten)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(-7)
    assert solution.value("low.y") in (pytest.approx(2), pytest.approx(2.5))


def test_a_factor_of_one_row_may_be_limited_later() -> None:
    """k serves one row only, and a row that is added later pins it: c = 0 at k = 1 stays allowed."""
    text = """
    leader up { var k in [0, 1]; minimize f = 0 * k + low.c; }
    follower low { var c in [0, 10 * k]; minimize g = c; }
    """

    def pin(built: object) -> None:
        import pyomo.environ as pyo

        built.pin = pyo.Constraint(expr=built.up.k == 1)

    solution = evdsl.loads(text).solve(extend=pin)
    assert solution.status == "optimal"
    assert solution.value("k") == pytest.approx(1)
    assert solution.value("low.c") == pytest.approx(0)


def test_progress_is_watched() -> None:
    events: list[Event] = []
    evdsl.load(TWO_UNITS).solve(watch=events.append)
    assert events
    assert all(event.seconds >= 0 for event in events)


def test_a_linear_problem_alone_is_proved_optimal() -> None:
    solution = evdsl.loads("leader up { var x in [0, 1]; maximize f = x; }").solve()
    assert (solution.status, solution.objective, solution.bound) == ("optimal", 1, 1)


def test_sets_may_be_called_as_the_columns_of_tables() -> None:
    text = """
    set value = 0..2;
    leader up {
      var x[i in value, j in value] in [0, i + j];
      maximize f = sum{i in value, j in value}(x[i, j]);
    }
    """
    frame = evdsl.loads(text).solve().frame()
    assert list(frame.columns) == ["family", "value.2", "value.3", "value"]
    assert frame["value"].sum() == 18


def test_warnings_travel_with_the_solution() -> None:
    text = "param unused = 3; leader up { var x in [0, 1]; maximize f = x; }"
    model = evdsl.loads(text)
    codes = [message.code for message in model.check()]
    assert codes
    assert [message.code for message in model.solve().diagnostics] == codes


def test_representations_are_short() -> None:
    model = evdsl.load(BARD)
    assert repr(model) == "<Model bard>"
    assert repr(model.solve()) == "<Solution of bard: optimal, objective -12, bound -12>"


def test_to_pyomo_takes_no_method_that_there_is_not() -> None:
    model = evdsl.load(BARD)
    with pytest.raises(EvdslError) as unknown:
        evdsl.to_pyomo(model, "sos")
    assert [d.code for d in unknown.value.diagnostics] == ["E0607"]
    with pytest.raises(EvdslError) as idle:
        evdsl.to_pyomo(model, "sos1", big_m=10)
    assert [d.code for d in idle.value.diagnostics] == ["E0618"]


@pytest.mark.parametrize("solver", ["highs", "scip"])
@pytest.mark.parametrize("via", [None, "pyomo"])
def test_an_endless_time_limit_is_none(solver: str, via: str | None) -> None:
    solution = evdsl.load(BARD).solve(solver, via=via, time_limit=float("inf"))
    assert solution.status == "optimal"


@pytest.mark.parametrize("solver", ["highs", "scip"])
@pytest.mark.parametrize("via", [None, "pyomo"])
def test_a_model_without_columns(solver: str, via: str | None) -> None:
    text = """
    param n = 0;
    set T = 1..n;
    leader top { var x[t in T] in [0, 1]; minimize goal = 3 + sum{t in T}(x[t]); }
    """
    solution = evdsl.loads(text).solve(solver, via=via)
    assert (solution.status, solution.objective) == ("optimal", 3)


def test_rows_added_to_what_to_pyomo_gives_hold_after_polishing() -> None:
    """Each y1 up to 5 is an optimal answer, the leader likes 5, and the row allows 2."""
    import pyomo.environ as pyo
    from pyomo.contrib.solver.common.factory import SolverFactory

    text = """
    leader up { var x in [0, 1]; maximize f = low.y1 - x; }
    follower low {
      var y1 in [0, 5];
      var y2 in [0, 5];
      minimize g = y1 + y2;
      constraint need: y1 + y2 >= 5 - x;
    }
    """
    model = evdsl.loads(text)
    built = evdsl.to_pyomo(model)
    built.cap = pyo.Constraint(expr=built.low.y1 <= 2)
    SolverFactory("highs").solve(built)
    solution = evdsl.from_pyomo(built, model)
    assert solution.status == "feasible"
    assert solution.value("low.y1") == pytest.approx(2)
    assert model.solve().value("low.y1") == pytest.approx(5)
