"""What all cars share, hour by hour: the clock, the outdoor temperature and the price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from evdsl.fleet.draw import Draw

# Shapes of a Central European day, from 00:00 on.
WEEKDAY_PRICE = (62, 57, 54, 52, 54, 64, 86, 112, 121, 104, 91, 83,
                 76, 72, 77, 89, 108, 137, 148, 131, 109, 92, 81, 70)  # fmt: skip
WEEKEND_PRICE = (60, 55, 51, 49, 48, 50, 55, 63, 72, 74, 68, 59,
                 47, 41, 44, 58, 79, 104, 115, 106, 93, 82, 74, 66)  # fmt: skip
DAY_OF_TEMPERATURE = (-2.2, -2.7, -3.1, -3.4, -3.6, -3.7, -3.6, -3.0, -1.9, -0.5, 0.9, 2.2,
                      3.1, 3.7, 3.9, 3.6, 2.9, 2.0, 1.2, 0.5, -0.1, -0.7, -1.2, -1.7)  # fmt: skip
MONTH_OF_TEMPERATURE = (1, 2, 5, 9, 14, 17, 19, 19, 15, 10, 5, 2)


@dataclass(frozen=True)
class Clock:
    """`hours` steps of one hour from `start` (UTC, a full hour)."""

    start: datetime
    hours: int

    def at(self, hour: int) -> datetime:
        return self.start + timedelta(hours=hour)

    @property
    def stamps(self) -> list[str]:
        """`2025-01-13T00:00Z`: the start of each hour."""
        return [self.at(hour).strftime("%Y-%m-%dT%H:%MZ") for hour in range(self.hours)]

    @property
    def days(self) -> int:
        """Calendar days touched."""
        last = self.at(self.hours - 1)
        return (last.date() - self.start.date()).days + 1

    def midnight(self, day: int) -> int:
        """The hour, counted from the start, at which this day begins (the first: not after 0)."""
        return 24 * day - self.start.hour

    def weekend(self, day: int) -> bool:
        return (self.start + timedelta(days=day)).weekday() >= 5


def clock(start: str, hours: int) -> Clock:
    """The clock from a day such as `2025-01-13`."""
    return Clock(datetime.fromisoformat(start).replace(tzinfo=UTC), hours)


def temperatures(clock: Clock, seed: int) -> list[float]:
    """Outdoor temperature of each hour in degrees Celsius: month, day of its own, time of day."""
    draw = Draw(seed, "temperature")
    days = [draw.between(-4.0, 4.0) for _ in range(clock.days)]
    moments = [clock.at(hour) for hour in range(clock.hours)]
    return [
        MONTH_OF_TEMPERATURE[moment.month - 1]
        + days[(moment.date() - clock.start.date()).days]
        + DAY_OF_TEMPERATURE[moment.hour]
        for moment in moments
    ]


def prices(clock: Clock, seed: int) -> list[float]:
    """Day-ahead prices in EUR/MWh: a shape for the kind of day, a level for the day, and noise to
    each hour, so that no two hours tie and the cars' optima are unique."""
    draw = Draw(seed, "price")
    levels = [draw.between(0.8, 1.2) for _ in range(clock.days)]
    found: list[float] = []
    for hour in range(clock.hours):
        moment = clock.at(hour)
        day = (moment.date() - clock.start.date()).days
        shape = WEEKEND_PRICE if clock.weekend(day) else WEEKDAY_PRICE
        found.append(round(levels[day] * shape[moment.hour] + draw.between(-9.0, 9.0), 4))
    return found
