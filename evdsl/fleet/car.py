"""One car: what it may do in each hour, feasible by construction.

A *witness* proves it: the car that always charges as much as it may. Its level over the horizon
must close on itself; what drivers ask for (a level at departure, a minimum of charging) is cut to
what the witness gives, so the witness itself meets every limit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import count

from evdsl.fleet.draw import Draw
from evdsl.fleet.habits import BATTERY, KINDS, ONBOARD, Kind, Outing, outings
from evdsl.fleet.signals import Clock

CHARGE_EFFICIENCY = 0.9
DISCHARGE_EFFICIENCY = 0.9
SELF_DISCHARGE = 0.0001  # of the level, per hour

DEPARTURE_LEVEL = 0.7  # of the battery, asked for when the car leaves home
PREHEAT_KWH_PER_K = 0.03  # before departure, below 15 degrees Celsius
HEAT_SHARE_PER_K = 0.02  # of the driving energy, below 15 degrees Celsius
COOL_SHARE_PER_K = 0.01  # of the driving energy, above 20 degrees Celsius
AT_ONCE_KW = 1.4  # hasty drivers' chargers start with 6 A on one phase (IEC 61851)
RESERVE_KW = 1.0  # what a contracted car feeds in while the reserve is called
RESERVE_HOUR = 19


@dataclass(frozen=True)
class Car:
    """What does not change over time: chargers in kW (0 where there is none), whether the car may
    discharge, has a contract for the reserve, and starts charging at once when it comes home."""

    vehicle: str
    unit: str
    kind: str
    battery_kwh: float
    home_kw: float
    work_kw: float
    v2g: bool
    reserve: bool
    at_once: bool


@dataclass(frozen=True)
class Profile:
    """One value for each hour. Power is the mean over the hour at the grid side in kW, the limits
    of the level hold at the end of the hour, driving and thermal demand are taken from the battery
    in the hour; all energy in kWh."""

    charge_max_kw: list[float]
    discharge_max_kw: list[float]
    soc_min_kwh: list[float]
    soc_max_kwh: list[float]
    drive_kwh: list[float]
    thermal_kwh: list[float]
    charge_min_kw: list[float]
    discharge_min_kw: list[float]


@dataclass(frozen=True)
class _Presence:
    """Shares of each hour spent connected at home and at work, and the hours that end just before
    a departure from home with the car connected."""

    home: list[float]
    work: list[float]
    departures: list[int]


def draw_car(
    number: int, units: int, v2g: float, clock: Clock, seed: int, celsius: list[float]
) -> tuple[Car, Profile]:
    """Car `number` (from 1) of the seed's fleet; `v2g` is the share of cars that may discharge,
    `celsius` the outdoor temperature of each hour."""
    draw = Draw(seed, "car", number)
    kind = draw.pick(KINDS)
    battery, onboard = draw.pick(BATTERY), draw.pick(ONBOARD)
    home, work = min(draw.pick(kind.home), onboard), min(draw.pick(kind.work), onboard)
    discharges, contracted, hasty = draw.chance(v2g), draw.chance(0.4), draw.chance(0.3)
    car = Car(
        vehicle=f"car{number:03d}",
        unit=f"unit{(number - 1) % units + 1}",
        kind=kind.name,
        battery_kwh=battery,
        home_kw=home,
        work_kw=work,
        v2g=discharges,
        reserve=discharges and contracted,
        at_once=hasty,
    )
    trips = outings(kind, work, clock, draw)
    luck = [draw.share() for _ in range(len(trips) + 1)]
    attempts = (_attempt(car, kind, trips, luck, number, clock, celsius) for number in count())
    return car, next(profile for profile in attempts if profile is not None)


def _attempt(
    car: Car,
    kind: Kind,
    trips: list[Outing],
    luck: list[float],
    attempt: int,
    clock: Clock,
    celsius: list[float],
) -> Profile | None:
    """Each attempt that fails makes drivers plug in more often; from the fourth on they always do,
    and their trips get shorter, so that an attempt succeeds in the end."""
    connected = _connected(luck, kind.plug + 0.25 * attempt)
    presence = _presence(trips, connected, clock.hours)
    driven = _driving(car, trips, 0.85 ** max(0, attempt - 3), clock.hours)
    return _profile(car, presence, driven, _thermal(driven, presence.departures, celsius), clock)


def _connected(luck: list[float], probability: float) -> list[bool]:
    """Whether the car is plugged in during each stay at home; the last goes on into the first."""
    connected = [drawn < probability for drawn in luck]
    return [connected[-1], *connected[1:]]


def _presence(trips: list[Outing], connected: list[bool], hours: int) -> _Presence:
    home, work = [0.0] * hours, [0.0] * hours
    begins = [0.0, *(trip.back for trip in trips)]
    ends = [*(trip.leave for trip in trips), float(hours)]
    for begin, end, plugged in zip(begins, ends, connected, strict=True):
        if plugged:
            _spread(home, begin, end, 1.0)
    for trip in trips:
        if trip.charger:
            _spread(work, trip.arrive, trip.depart, 1.0)
    leaving = zip(trips, connected, strict=False)
    departures = [math.floor(trip.leave) - 1 for trip, plugged in leaving if plugged]
    return _Presence(home, work, departures)


def _spread(shares: list[float], begin: float, end: float, amount: float) -> None:
    """Add to each hour the part of `amount` per hour that falls between `begin` and `end`."""
    for hour in range(math.floor(begin), min(math.ceil(end), len(shares))):
        shares[hour] += amount * (min(end, hour + 1.0) - max(begin, float(hour)))


def _driving(car: Car, trips: list[Outing], scale: float, hours: int) -> list[float]:
    """Driving energy of each hour in kWh; heavier batteries need more for a kilometre."""
    energy = [0.0] * hours
    for trip in trips:
        need = trip.distance * scale * (0.14 + 0.0009 * car.battery_kwh)
        for begin, end in ((trip.leave, trip.arrive), (trip.depart, trip.back)):
            _spread(energy, begin, end, need / (end - begin))
    return [round(value, 4) for value in energy]


def _thermal(driven: list[float], departures: list[int], celsius: list[float]) -> list[float]:
    """Battery and cabin: a share of the driving energy, and preheating before departure."""
    cold = [max(0.0, 15.0 - degrees) for degrees in celsius]
    hot = [max(0.0, degrees - 20.0) for degrees in celsius]
    shares = zip(driven, cold, hot, strict=True)
    energy = [d * (HEAT_SHARE_PER_K * c + COOL_SHARE_PER_K * h) for d, c, h in shares]
    for hour in departures:
        energy[hour] += PREHEAT_KWH_PER_K * cold[hour]
    return [round(value, 4) for value in energy]


def _profile(
    car: Car, presence: _Presence, driven: list[float], thermal: list[float], clock: Clock
) -> Profile | None:
    """The limits of every hour, or None where the witness runs empty."""
    power = [
        round(h * car.home_kw + w * car.work_kw, 4)
        for h, w in zip(presence.home, presence.work, strict=True)
    ]
    feed = [min(value, 11.0) if car.v2g else 0.0 for value in power]
    called = [
        RESERVE_KW if car.reserve and share == 1.0 and at.hour == RESERVE_HOUR else 0.0
        for share, at in zip(presence.home, map(clock.at, range(clock.hours)), strict=True)
    ]
    lowest, highest = (0.2, 0.9) if car.v2g else (0.1, 1.0)
    floor, ceiling = round(lowest * car.battery_kwh, 4), round(highest * car.battery_kwh, 4)
    drain = [
        d + q + out / DISCHARGE_EFFICIENCY
        for d, q, out in zip(driven, thermal, called, strict=True)
    ]
    witness = _witness(power, drain, floor, ceiling)
    if witness is None:
        return None
    charge, level = witness
    required = [floor] * clock.hours
    for hour in presence.departures:
        asked = min(DEPARTURE_LEVEL * car.battery_kwh, level[hour])
        required[hour] = max(floor, _floor(asked))
    arrivals = _arrivals(presence.home)
    at_once = [
        AT_ONCE_KW if car.at_once and hour in arrivals and taken >= AT_ONCE_KW else 0.0
        for hour, taken in enumerate(charge)
    ]
    return Profile(power, feed, required, [ceiling] * clock.hours, driven, thermal, at_once, called)


def _arrivals(home: list[float]) -> set[int]:
    """The first full hour of each connection at home; the hour before the first is the last."""
    return {hour for hour in range(len(home)) if home[hour] == 1.0 and home[hour - 1] < 1.0}


def _witness(
    power: list[float], drain: list[float], floor: float, ceiling: float
) -> tuple[list[float], list[float]] | None:
    """Charging and level of the car that charges as much as it may, starting and ending alike.

    From a full battery the horizon is run until it repeats itself. It does from the second lap on
    if the battery is full once in a lap that stays above the floor; else there is no witness.
    """
    start = ceiling
    while True:
        charge, level = _lap(start, power, drain, ceiling)
        if min(level) < floor or max(level) < ceiling:
            return None
        if level[-1] == start:
            return charge, level
        start = level[-1]


def _lap(
    level: float, power: list[float], drain: list[float], ceiling: float
) -> tuple[list[float], list[float]]:
    charges, levels = [], []
    for available, taken in zip(power, drain, strict=True):
        kept = (1.0 - SELF_DISCHARGE) * level - taken
        room = max(0.0, (ceiling - kept) / CHARGE_EFFICIENCY)
        charges.append(min(available, room))
        level = ceiling if room <= available else kept + CHARGE_EFFICIENCY * available
        levels.append(level)
    return charges, levels


def _floor(value: float) -> float:
    """Four decimals, rounded down."""
    return math.floor(value * 10000.0) / 10000.0
