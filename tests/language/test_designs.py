"""The twelve models that the language was designed with, on small data, against other tools."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evdsl.solve.solution import Solution
from routes import (
    answered,
    best_on_grid,
    by_both,
    by_three_ways,
    messages,
    model,
    relaxed,
    solved,
    text,
)

Data = dict[str, pd.DataFrame]


def hours(count: int, start: str = "2019-12-02T05:00Z") -> list[str]:
    stamps = pd.date_range(pd.Timestamp(start), periods=count, freq="h")
    return [stamp.strftime("%Y-%m-%dT%H:%MZ") for stamp in stamps]


def pairs(first: list[Any], names: tuple[str, str], second: list[Any]) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([first, second], names=names)
    return index.to_frame(index=False)


def prices(rng: np.random.Generator, count: int) -> np.ndarray:
    """Irregular, so that optima are unique."""
    return 20 + np.round(rng.uniform(0, 80, count), 2)


# ---- 01: units with their own fleets, three mappings, six families of factors --------------------
def fleet_data() -> Data:
    rng = np.random.default_rng(1)
    time, cars = hours(8), ["a", "b", "c"]
    fleet = pairs(cars, ("vehicle", "time"), time)
    n = len(fleet)
    fleet["charge_min_kw"], fleet["charge_max_kw"] = 0.1, rng.uniform(3, 7, n).round(2)
    fleet["discharge_min_kw"], fleet["discharge_max_kw"] = 0.0, rng.uniform(0, 2, n).round(2)
    fleet["soc_min_kwh"], fleet["soc_max_kwh"] = rng.uniform(1, 2, n).round(2), 20.0
    fleet["drive_kwh"] = rng.uniform(0, 0.6, n).round(2)
    fleet["thermal_kwh"] = np.where(rng.uniform(0, 1, n) < 0.5, np.nan, 0.05)
    return {
        "prices": pd.DataFrame({"time": time, "price_eur_per_mwh": prices(rng, 8)}),
        "fleet": fleet,
        "vehicles": pd.DataFrame({"vehicle": cars, "unit": ["x", "y", "x"]}),
    }


def test_units_of_a_fleet() -> None:
    solution = by_both(model("01_haertel_vonbonin"), fleet_data())
    simple = solution.baselines["simple"]
    assert solution.objective < simple.objective
    assert simple.reports["hours_negative"] == 0
    assert simple.objective == pytest.approx(_deviation(solution, simple), rel=1e-6)
    assert solution.objective == pytest.approx(_deviation(solution, solution), abs=1e-6)
    assert solution.objective == pytest.approx(0, abs=1e-6)


def _deviation(solution: Solution, at: Any) -> float:
    """The leader's objective of example 01, from the values and the references' sums."""
    built = model("01_haertel_vonbonin").ground(data=fleet_data())
    total = 0.0
    for name, weight in (("c", 1.0), ("d", 1.0), ("s", 0.001)):
        reference = built._world.param(f"{name}_ref").values
        total += weight * ((at.value(f"aev.{name}").to_numpy() - reference) ** 2).sum()
    return total


# ---- 02: levels at both ends, two ways of writing the first row ----------------------------------
def noncyclic_data() -> Data:
    rng = np.random.default_rng(2)
    time, cars = hours(6, "2019-12-02T21:00Z"), ["a", "b"]
    fleet = pairs(cars, ("vehicle", "time"), time)
    fleet["c_max"] = rng.uniform(2, 6, 12).round(2)
    fleet["drive"] = rng.uniform(0, 1, 12).round(2)
    return {
        "prices": pd.DataFrame({"time": time, "price": prices(rng, 6)}),
        "fleet": fleet,
        "cars": pd.DataFrame(
            {"vehicle": cars, "cap": [12.0, 9.0], "s_ini": [4.0, 2.5], "s_end": [6.0, 4.0]}
        ),
    }


def test_given_first_and_last_levels() -> None:
    solution = by_both(model("02_noncyclic"), noncyclic_data())
    grid = best_on_grid(solution.program, [np.linspace(0, 1, 21)] * 2)
    assert solution.objective <= grid + 1e-6
    assert solution.objective > grid - 6  # a step of the grid moves no more than that
    water = solution.reports["water_value"]
    assert len(water) == 5
    assert (water.abs() <= 100 + 1e-6).all()


# ---- 03: a follower for each depot, tariffs by period --------------------------------------------
def tariff_data() -> Data:
    rng = np.random.default_rng(3)
    time, depots = hours(6, "2019-12-02T04:00Z"), ["north", "south"]
    frame = pairs(depots, ("depot", "time"), time)
    frame["x_max"] = rng.uniform(20, 40, 12).round(1)
    frame["need"] = [np.nan if i % 5 == 0 else v for i, v in enumerate(rng.uniform(5, 25, 12))]
    frame["s_max"] = 60.0
    return {
        "spot": pd.DataFrame({"time": time, "price": prices(rng, 6)}),
        "depots": frame,
    }


def test_tariffs_by_period() -> None:
    solution = by_three_ways(model("03_tariff"), tariff_data())
    assert solution.objective >= solution.baselines["flat"].objective - 1e-6
    assert sum(solution.reports["part"].dropna()) <= 1 + 1e-9


# ---- 04: the multiplier of a balance is the cost of the last generator ---------------------------
def market_data() -> Data:
    load = {"time": hours(4), "mw": [180.0, 260.0, 420.0, 90.0]}
    gens = {"gen": ["wind", "coal", "gas"], "cost": [3.0, 31, 74], "cap": [100.0, 200, 300]}
    return {"load": pd.DataFrame(load), "gens": pd.DataFrame(gens)}


def test_a_market_prices_at_the_margin() -> None:
    solution = by_both(model("04_market_dual"), market_data())
    assert solution.baselines["idle"].reports["price"].tolist() == [31, 31, 74, 3]
    produced = solution.value("market.g").groupby("G").sum()
    rent = solution.reports["rent"]
    assert set(rent.index) == set(produced.index)
    traded = solution.value("sell") - solution.value("buy")
    prices = solution.reports["price"]
    assert solution.objective == pytest.approx((prices * traded).sum(), rel=1e-6)
    assert (prices <= 300 + 1e-6).all()
    for hour, price in prices.items():
        best = _market_cost(solution, hour, 1e-3) - _market_cost(solution, hour, 0.0)
        worst = _market_cost(solution, hour, 0.0) - _market_cost(solution, hour, -1e-3)
        assert worst / 1e-3 - 1e-4 <= price <= best / 1e-3 + 1e-4


def _market_cost(solution: Solution, hour: Any, more: float) -> float:
    """What it costs to serve an hour's demand and a little more, cheapest first."""
    data = market_data()
    load = dict(zip(pd.to_datetime(data["load"]["time"]), data["load"]["mw"], strict=True))
    need = load[hour] + solution.value("buy")[hour] - solution.value("sell")[hour] + more
    cost = 0.0
    for price, room in [*zip(data["gens"]["cost"], data["gens"]["cap"], strict=True), (3000, 1e9)]:
        used = min(room, need)
        cost, need = cost + price * used, need - used
    return cost


# ---- 05: integer and binary decisions, every one of them tried -----------------------------------
def sizing_data() -> Data:
    rng = np.random.default_rng(5)
    demand = pairs(["a", "b"], ("vehicle", "time"), list(range(8)))
    demand["plugged"] = (np.arange(16) % 5 != 0).astype(float)
    demand["kwh"] = rng.uniform(0, 30, 16).round(1)
    return {
        "demand": demand,
        "cars": pd.DataFrame({"vehicle": ["a", "b"], "capacity": [60.0, 80.0]}),
        "grid": pd.DataFrame(
            {"option": ["s", "m", "l"], "size_kw": [8.0, 25, 60], "cost_eur": [0.0, 4000, 9000]}
        ),
    }


def test_sizes_against_all_decisions() -> None:
    solution = by_three_ways(model("05_sizing"), sizing_data())
    grids = [[0, 1]] * 3 + [[0, 1, 2]] * 3
    assert solution.objective == pytest.approx(best_on_grid(solution.program, grids), rel=1e-6)
    assert sum(solution.value("build")) == 1


# ---- 06: two operators beside each other ---------------------------------------------------------
def test_two_operators_on_a_feeder() -> None:
    solution = by_both(model("06_feeder"))
    wait = solution.reports["wait"]
    objectives = solution.value("op.cost")
    assert wait.tolist() == pytest.approx(objectives.tolist())
    assert solution.objective >= relaxed(solution.program) - 1e-6


# ---- 07: trips as a sparse set -------------------------------------------------------------------
TRIPS = {"vehicle": ["a", "a", "b", "c"], "trip": [1, 2, 1, 2], "kwh": [6.0, 4, 9, 0]}
DEPART, ARRIVE = [1, 4, 2, 3], [3, 6, 3, 4]


def trips_data() -> Data:
    time = hours(7)
    trips = TRIPS | {"depart": [time[i] for i in DEPART], "arrive": [time[i] for i in ARRIVE]}
    rng = np.random.default_rng(7)
    return {
        "trips": pd.DataFrame(trips),
        "cars": pd.DataFrame({"vehicle": ["a", "b", "c"], "zone": ["07", "12", "07"]}),
        "prices": pd.DataFrame({"time": time, "price": prices(rng, 7)}),
    }


def test_trips_against_plain_loops() -> None:
    solution = by_three_ways(model("07_trips"), trips_data())
    away = {
        (v, t)
        for v, kwh, start, stop in zip(TRIPS["vehicle"], TRIPS["kwh"], DEPART, ARRIVE, strict=True)
        for t in range(7)
        if kwh > 0 and start <= t < stop
    }
    at_home = [sum((v, t) not in away for v in "abc") for t in range(7)]
    assert solution.reports["plugged"].tolist() == at_home
    assert [f.label for f in solution.program.followers] == ["home[07]", "home[12]"]
    columns = [f for f in solution.program.joint.columns if f.path == "home.c"]
    assert sum(f.size for f in columns) == sum(at_home)
    assert solution.objective == pytest.approx(relaxed(solution.program), abs=1e-6)


# ---- 08: scenarios -------------------------------------------------------------------------------
def scenario_data() -> Data:
    rng = np.random.default_rng(8)
    frame = pairs(["low", "mid", "high"], ("scenario", "time"), [0, 1, 2])
    frame["price"] = np.repeat([40.0, 80, 130], 3) + rng.uniform(-9, 9, 9).round(1)
    frame["c_max"] = rng.uniform(2, 4, 9).round(1)
    prob = {"scenario": ["low", "mid", "high"], "p": [0.3, 0.5, 0.2], "need": [3.0, 4, 5]}
    return {"prices": frame, "prob": pd.DataFrame(prob)}


def test_scenarios_with_one_interest_are_one_level() -> None:
    """The leader pays what the desks pay, so nothing is lost without their optimality."""
    solution = solved(model("08_scenarios"), scenario_data())
    assert solution.objective == pytest.approx(relaxed(solution.program), abs=1e-5)
    costs = solution.value("desk.cost")
    assert solution.reports["worst"] == pytest.approx(max(costs))
    assert solution.reports["expected"] == pytest.approx(costs @ np.array([0.3, 0.5, 0.2]))


# ---- 09: ramps and a rolling limit ---------------------------------------------------------------
def ramp_data() -> Data:
    rng = np.random.default_rng(9)
    return {"p": pd.DataFrame({"t": range(12), "price": prices(rng, 12)})}


def test_ramps_and_their_prices() -> None:
    solution = by_three_ways(model("09_ramps"), ramp_data())
    assert solution.objective == pytest.approx(12 * 300)
    c = solution.value("unit.c").to_numpy()
    assert (np.diff(c) <= 40 + 1e-6).all()
    assert (np.diff(c) >= -60 - 1e-6).all()
    assert max(np.convolve(c, np.ones(4), "valid")) <= 360 + 1e-6


# ---- 10: a band for the sum of two units ---------------------------------------------------------
def band_data() -> Data:
    rng = np.random.default_rng(10)
    fl = pairs(["x", "y"], ("unit", "time"), list(range(6)))
    fl["cap"] = rng.uniform(10, 20, 12).round(1)
    plan = {"time": range(6), "mw": [16.0, 18, 12, 20, 15, 18], "price": prices(rng, 6)}
    units = {"unit": ["x", "y"], "need": [40.0, 50]}
    return {"plan": pd.DataFrame(plan), "fl": fl, "units": pd.DataFrame(units)}


def test_a_band_around_a_plan() -> None:
    solution = by_both(model("10_abs"), band_data())
    grid = best_on_grid(solution.program, [*[np.linspace(0.4, 1, 4)] * 4, [0.0], [0.0]])
    assert solution.objective <= grid + 1e-6
    assert solution.reports["worst"] <= 12 + 1e-6


# ---- 11: an attacker, against all guards ---------------------------------------------------------
def test_a_guard_against_an_attacker() -> None:
    solution = by_both(model("11_minimax"))
    program = solution.program
    guards = {f.name: f for f in program.joint.columns}["guard"]
    values = []
    for choice in ((0, 0), (1, 0), (0, 1)):
        leader = np.zeros(program.joint.shape[1])
        leader[guards.slice] = choice
        answer = answered(program, leader[program.leader_columns])
        assert answer is not None
        fixed = {*range(guards.start, guards.stop), *program.follower_columns.tolist()}
        values.append(relaxed(program, {j: answer[j] for j in fixed}))
    assert solution.objective == pytest.approx(min(values), abs=1e-5)
    assert solution.reports["peak_now"] == pytest.approx(solution.objective, abs=1e-5)


def test_bard() -> None:
    solution = by_both(model("12_bard"))
    assert (solution.value("x"), solution.value("low.y")) == (pytest.approx(4), pytest.approx(4))
    assert solution.objective == pytest.approx(-12)
    assert solution.reports["both"] == pytest.approx(16 + 16 + 1)


# ---- what goes beyond the language is refused by name ---------------------------------------------
def replaced(name: str, *changes: tuple[str, str]) -> Callable[[], str]:
    def make() -> str:
        whole = text(name)
        for old, new in changes:
            assert old in whole
            whole = whole.replace(old, new)
        return whole

    return make


@pytest.mark.parametrize(
    ("code", "make"),
    [
        ("E0307", replaced("01_haertel_vonbonin", ("c_ref[u, t])^2", "c_ref[u, t])^3"))),
        ("E0307", replaced("04_market_dual", ("<= 300", "* market.balance[t].dual <= 300"))),
        ("E0309", replaced("06_feeder", ("baseline level", "follower third { var z in [0, 1];"
            ' minimize m = z * op["bus"].energy.dual; }\nbaseline level'))),
        ("E0311", replaced("12_bard", ("-x - y <= -3;", "-x - y <= -3 complements y >= 0;"))),
        ("E0308", replaced("11_minimax", ("sum{f in F}((1 + f) * hit[f])", "max{f in F}(hit[f])"))),
    ],
)  # fmt: skip
def test_what_goes_beyond_is_refused(code: str, make: Callable[[], str]) -> None:
    assert code in messages(make())
