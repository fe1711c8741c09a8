"""Fleets are reproducible to the byte, and every car is feasible alone."""

from dataclasses import astuple, fields
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from evdsl.fleet.car import CHARGE_EFFICIENCY, DISCHARGE_EFFICIENCY, SELF_DISCHARGE, Profile
from evdsl.fleet.generate import generate, write

MODELS = Path(__file__).parents[2] / "models"


def cheapest(profile: Profile, prices: list[float]):
    """The car's own LP with a cyclic level, by SciPy: charging, discharging, level."""
    p = {field.name: np.array(getattr(profile, field.name)) for field in fields(profile)}
    hours = len(prices)
    one = sparse.eye_array(hours)
    before = sparse.csr_array((np.ones(hours), (range(hours), np.roll(range(hours), 1))))
    balance = sparse.hstack(
        [-CHARGE_EFFICIENCY * one, one / DISCHARGE_EFFICIENCY, one - (1 - SELF_DISCHARGE) * before]
    )
    lower = np.r_[p["charge_min_kw"], p["discharge_min_kw"], p["soc_min_kwh"]]
    upper = np.r_[p["charge_max_kw"], p["discharge_max_kw"], p["soc_max_kwh"]]
    return linprog(
        np.r_[prices, np.negative(prices), np.zeros(hours)],
        A_eq=balance,
        b_eq=-(p["drive_kwh"] + p["thermal_kwh"]),
        bounds=np.c_[lower, upper],
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("hours", "v2g"), [(24, 0.0), (24, 1.0), (72, 0.5), (9, 0.5)])
def test_every_car_is_feasible_alone(seed: int, hours: int, v2g: float) -> None:
    fleet = generate(8, hours, seed, v2g=v2g)
    for car, profile in fleet.cars:
        assert cheapest(profile, fleet.prices).status == 0, car


def test_limits_are_in_order_and_forced_hours_occur() -> None:
    fleet = generate(40, 168, 1, v2g=0.5)
    data = np.array([astuple(profile) for _, profile in fleet.cars])
    at = {field.name: data[:, i] for i, field in enumerate(fields(Profile))}
    for quantity in ("charge_{}_kw", "discharge_{}_kw", "soc_{}_kwh"):
        low, high = at[quantity.format("min")], at[quantity.format("max")]
        assert (low >= 0).all()
        assert (low <= high).all()
    assert (at["charge_min_kw"] > 0).any()
    assert (at["discharge_min_kw"] > 0).any()
    assert (at["thermal_kwh"] >= 0).all()


def test_use_is_that_of_private_cars() -> None:
    """Per car and day 4 to 12 kWh for driving and heating; 35 to 55 % of the hours connected."""
    fleet = generate(200, 168, 3)
    need = sum(sum(p.drive_kwh) + sum(p.thermal_kwh) for _, p in fleet.cars) / (200 * 7)
    connected = np.mean([np.array(p.charge_max_kw) > 0 for _, p in fleet.cars])
    assert 4 < need < 12
    assert 0.35 < connected < 0.55


def test_only_cars_with_the_right_discharge() -> None:
    fleet = generate(30, 24, 5, v2g=0.5)
    assert {car.v2g for car, _ in fleet.cars} == {True, False}
    for car, profile in fleet.cars:
        assert (max(profile.discharge_max_kw) > 0) <= car.v2g
    assert not any(car.v2g for car, _ in generate(30, 24, 5).cars)


def test_a_larger_fleet_begins_with_the_smaller_one() -> None:
    assert generate(12, 48, 7, v2g=0.5).cars[:5] == generate(5, 48, 7, v2g=0.5).cars


def test_prices_do_not_tie() -> None:
    prices = generate(1, 8760, 1).prices[:168]
    assert len(set(prices)) == 168


def test_stamps_are_hours_in_utc() -> None:
    fleet = generate(1, 26, 1, start="2025-03-29T22:00")
    assert fleet.stamps[0] == "2025-03-29T22:00Z"
    assert fleet.stamps[-1] == "2025-03-30T23:00Z"


@pytest.mark.parametrize(
    ("model", "arguments", "options"),
    [
        ("fleet_day", (20, 24, 2), {"v2g": 0.5}),
        ("fleet_week", (20, 168, 2), {}),
        ("two_units", (10, 12, 4), {"v2g": 0.5, "units": 2, "start": "2025-01-13T12:00"}),
    ],
)
def test_shipped_data_is_what_the_generator_writes(model, arguments, options, tmp_path) -> None:
    for path in write(tmp_path, generate(*arguments, **options)):
        assert path.read_bytes() == (MODELS / model / "data" / path.name).read_bytes()
