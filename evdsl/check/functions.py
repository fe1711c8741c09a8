"""The functions of the language: how many arguments each takes, of what kind, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Takes = Literal["number", "element", "set", "time"]
Gives = Literal["number", "element", "any"]


@dataclass(frozen=True)
class Function:
    """`most` is None where any number of further arguments of the kind `takes` may follow.

    A second argument of `prev` and `next`, the number of steps, is a number.
    """

    takes: Takes
    gives: Gives = "number"
    least: int = 1
    most: int | None = 1


_OF_NUMBERS = ("abs", "sqrt", "exp", "log", "floor", "ceil", "round")
_OF_TIMES = ("year", "month", "week", "weekday", "hour", "minute", "step")

FUNCTIONS: dict[str, Function] = {
    **{name: Function("number") for name in _OF_NUMBERS},
    **{name: Function("number", least=2, most=None) for name in ("min", "max")},
    **{name: Function("element", "element", most=2) for name in ("prev", "next")},
    **{name: Function("set", "element") for name in ("first", "last")},
    **{name: Function("time") for name in _OF_TIMES},
    "date": Function("time", "any"),
    "pos": Function("element"),
    "card": Function("set"),
}

REDUCERS = frozenset({"sum", "mean", "min", "max", "count"})

CALENDAR = frozenset(name for name, function in FUNCTIONS.items() if function.takes == "time")

FAMILIAR = {
    "ord": "`pos(t)` counts from 0",
    "lag": "`prev(t)` is the element before",
    "lead": "`next(t)` is the element after",
    "day": "`date(t)` is the calendar day, `weekday(t)` the day of the week",
    "dayofweek": "`weekday(t)` is the day of the week, Monday 0",
    "len": "`card(T)` is the number of elements",
    "ln": "`log(x)` is the natural logarithm",
    "pow": "write `x ^ y`",
    "prod": "there is no product over a set",
}
"""What people look for under another name, and what it is called here."""
