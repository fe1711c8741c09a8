"""Time stamps: reading ISO 8601, and the calendar in a time zone."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_STAMP = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?[ \t]?(Z|[+-]\d{2}(:?\d{2})?)?)?"
)
_STAMPS = re.compile(f"({_STAMP.pattern}\n)*")
_ZONE = re.compile(r"(Z|[T ].*[+-]\d{2}(:?\d{2})?)$")


class TimeError(ValueError):
    """A time stamp that cannot be read; the text says why."""


def is_stamp(text: str) -> bool:
    return _STAMP.fullmatch(text) is not None


def are_stamps(texts: list[str]) -> bool:
    """Whether each of them is one."""
    lines = "\n".join(texts) + "\n"
    return lines.count("\n") == len(texts) and _STAMPS.fullmatch(lines) is not None


def has_zone(text: str) -> bool:
    """Whether the stamp says its offset from UTC."""
    return _ZONE.search(text) is not None


def read_stamps(texts: list[str], timezone: str | None) -> tuple[NDArray[Any], bool]:
    """Stamps as datetime64[s], and whether they are instants (then in UTC).

    Stamps without an offset are local times of `timezone` where one is given. Raises TimeError for
    a mixture of both kinds, and for local times that the change of clocks repeats or leaves out.
    """
    zoned = set(map(has_zone, texts))
    if len(zoned) > 1:
        raise TimeError("some time stamps have an offset from UTC and some have none")
    try:
        stamps = pd.to_datetime(
            pd.Series(texts, dtype="object"), format="ISO8601", utc=zoned == {True}
        )
    except (ValueError, OverflowError) as error:
        raise TimeError(str(error).splitlines()[0]) from error
    if zoned == {True}:
        return _seconds(stamps.dt.tz_localize(None)), True
    if timezone is None:
        return _seconds(stamps), False
    try:
        local = stamps.dt.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT")
    except (KeyError, ModuleNotFoundError) as error:
        raise TimeError(f"there is no time zone `{timezone}`") from error
    lost = np.flatnonzero(local.isna())
    if len(lost):
        raise TimeError(
            f"the clock of {timezone} shows {texts[int(lost[0])]} twice or never; "
            "write the stamps with their offset from UTC"
        )
    return _seconds(local.dt.tz_convert("UTC").dt.tz_localize(None)), True


def known_zone(timezone: str) -> bool:
    try:
        pd.Timestamp(0, tz=timezone)
    except (KeyError, ValueError, ModuleNotFoundError):
        return False
    return True


def _seconds(stamps: pd.Series[Any]) -> NDArray[Any]:
    return stamps.to_numpy().astype("datetime64[s]")


CALENDAR = ("year", "month", "week", "date", "weekday", "hour", "minute")


def calendar(
    function: str, values: NDArray[Any], aware: bool, timezone: str | None
) -> NDArray[Any]:
    """One of CALENDAR for each stamp, in the time zone if there is one: Monday is 0, weeks are ISO.

    Numbers are float64; `date` gives texts such as "2019-12-02".
    """
    local = pd.DatetimeIndex(values)
    if aware and timezone is not None:
        local = local.tz_localize("UTC").tz_convert(timezone)
    if function == "date":
        return np.asarray(local.strftime("%Y-%m-%d"), dtype=object)
    if function == "week":
        return local.isocalendar()["week"].to_numpy(np.float64)
    attribute = "day_of_week" if function == "weekday" else function
    return np.asarray(getattr(local, attribute), np.float64)


def step_hours(values: NDArray[Any]) -> NDArray[np.float64]:
    """The hours from each stamp to the next; the last step is as long as the one before it."""
    hours = np.diff(values).astype("timedelta64[s]").astype(np.float64) / 3600
    return np.append(hours, hours[-1:]) if len(hours) else np.ones(len(values))
