"""How people use their cars: the kinds of drivers, and the outings of one car.

Shares, trip lengths, chargers and times follow published surveys and open generators: MiD 2017 and
emobpy (trips), SimBEV and venco.py (chargers), RAMP-mobility (batteries), ElaadNL and Sørensen et
al. 2021 (arrivals and departures). They are coarse on purpose: a fleet to try methods on, not a
forecast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from evdsl.fleet.draw import Draw
from evdsl.fleet.signals import Clock

Weighted = Sequence[tuple[float, float]]

# Quantiles in steps of 25 %; clock times and durations in hours, distances one way in km.
WORK_DEPARTURE = (5.5, 6.9, 7.5, 8.2, 10.0)
WORK_STAY = (5.0, 7.8, 8.5, 9.2, 10.5)
WORK_DISTANCE = (3.0, 10.0, 17.0, 28.0, 70.0)
ERRAND_DEPARTURE = (8.5, 10.5, 14.0, 16.5, 19.0)
ERRAND_STAY = (0.4, 0.8, 1.4, 2.2, 4.0)
ERRAND_DISTANCE = (1.5, 4.5, 9.0, 16.0, 50.0)


@dataclass(frozen=True)
class Kind:
    """A kind of driver.

    `commute` is the probability of going to work on a weekday, `errand` that of another outing on
    a weekday and on a day of the weekend, `plug` that of plugging in at home; chargers in kW with
    their weights, 0 where there is none.
    """

    name: str
    commute: float
    errand: tuple[float, float]
    home: Weighted
    work: Weighted
    plug: float


OWN: Weighted = ((3.7, 0.2), (11.0, 0.7), (22.0, 0.1))
KERB: Weighted = ((11.0, 1.0),)
NONE: Weighted = ((0.0, 1.0),)
KINDS: Sequence[tuple[Kind, float]] = (
    (Kind("commuter", 0.85, (0.25, 0.50), OWN, NONE, 0.45), 0.35),
    (Kind("office", 0.85, (0.25, 0.50), KERB, ((11.0, 0.7), (22.0, 0.3)), 0.25), 0.20),
    (Kind("family", 0.30, (0.80, 0.65), OWN, NONE, 0.40), 0.20),
    (Kind("leisure", 0.0, (0.70, 0.60), OWN, NONE, 0.35), 0.15),
    (Kind("street", 0.50, (0.40, 0.50), KERB, NONE, 0.25), 0.10),
)
BATTERY: Weighted = ((40.0, 0.35), (60.0, 0.50), (80.0, 0.15))
ONBOARD: Weighted = ((7.4, 0.25), (11.0, 0.65), (22.0, 0.10))


@dataclass(frozen=True)
class Outing:
    """Away from home: `leave`, `arrive`, `depart`, `back` in hours from the start of the clock;
    `distance` one way in km; `charger` in kW at the destination."""

    leave: float
    arrive: float
    depart: float
    back: float
    distance: float
    charger: float


def trip_hours(distance: float) -> float:
    """Door to door: some minutes for every trip and 45 km/h on the way."""
    return 0.1 + distance / 45.0


def outings(kind: Kind, charger: float, clock: Clock, draw: Draw) -> list[Outing]:
    """The outings of a car in the horizon, in order and apart; `charger` is the one at work."""
    found: list[Outing] = []
    for day in range(clock.days):
        errand = kind.errand[1] if clock.weekend(day) else kind.errand[0]
        work = _outing(WORK_DEPARTURE, WORK_STAY, WORK_DISTANCE, charger, draw)
        other = _outing(ERRAND_DEPARTURE, ERRAND_STAY, ERRAND_DISTANCE, 0.0, draw)
        commutes = draw.chance(0.0 if clock.weekend(day) else kind.commute)
        wanted = [work] * commutes + [other] * draw.chance(errand)
        for outing in sorted((_later(o, clock.midnight(day)) for o in wanted), key=_leave):
            free = found[-1].back + 1.0 if found else 1.0
            if outing.leave >= free and outing.back <= clock.hours - 1.0:
                found.append(outing)
    return found


def _outing(
    departure: Sequence[float],
    stay: Sequence[float],
    distance: Sequence[float],
    charger: float,
    draw: Draw,
) -> Outing:
    leave, far = draw.quantile(departure), draw.quantile(distance)
    arrive = leave + trip_hours(far)
    depart = arrive + draw.quantile(stay)
    return Outing(leave, arrive, depart, depart + trip_hours(far), far, charger)


def _later(outing: Outing, hours: int) -> Outing:
    return replace(
        outing,
        leave=outing.leave + hours,
        arrive=outing.arrive + hours,
        depart=outing.depart + hours,
        back=outing.back + hours,
    )


def _leave(outing: Outing) -> float:
    return outing.leave
