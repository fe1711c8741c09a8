"""A fleet with its prices, and its files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from evdsl.fleet.car import Car, Profile, draw_car
from evdsl.fleet.signals import clock, prices, temperatures


@dataclass(frozen=True)
class Fleet:
    """Cars with their profiles, and the prices (EUR/MWh) of the same hours."""

    stamps: list[str]
    prices: list[float]
    cars: tuple[tuple[Car, Profile], ...]


def generate(
    cars: int, hours: int, seed: int, *, v2g: float = 0.0, units: int = 1, start: str = "2025-01-13"
) -> Fleet:
    """The fleet of a seed: the same on every platform.

    `v2g` is the share of cars that may discharge, `units` the number of aggregated units that the
    cars are dealt out to, `start` the first day (UTC). Every car alone can meet its limits with a
    level that ends as it began, with the efficiencies and the self-discharge of
    `evdsl.fleet.car`.
    """
    time = clock(start, hours)
    degrees = temperatures(time, seed)
    drawn = (draw_car(number, units, v2g, time, seed, degrees) for number in range(1, cars + 1))
    return Fleet(time.stamps, prices(time, seed), tuple(drawn))


def write(directory: Path, fleet: Fleet) -> tuple[Path, Path, Path]:
    """Write `fleet.csv`, `cars.csv` and `prices.csv` and return their paths."""
    profile_names = [field.name for field in fields(Profile)]
    profiles = (
        (car.vehicle, stamp, *values)
        for car, profile in fleet.cars
        for stamp, *values in zip(fleet.stamps, *astuple(profile), strict=True)
    )
    car_rows = (map(_cell, astuple(car)) for car, _ in fleet.cars)
    files = {
        "fleet.csv": _csv(["vehicle", "time", *profile_names], profiles),
        "cars.csv": _csv([field.name for field in fields(Car)], car_rows),
        "prices.csv": _csv(
            ["time", "price_eur_per_mwh"], zip(fleet.stamps, fleet.prices, strict=True)
        ),
    }
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8", newline="")
    return directory / "fleet.csv", directory / "cars.csv", directory / "prices.csv"


def _cell(value: object) -> object:
    return int(value) if isinstance(value, bool) else value


def _csv(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
