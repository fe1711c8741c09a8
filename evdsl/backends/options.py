"""What every backend is told besides the problem, and what it says while it runs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.suggest import closest

if TYPE_CHECKING:
    from evdsl.program.linear import Floats

OptionValue: TypeAlias = bool | int | float | str

_BOOLS = {"true": True, "false": False}
_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
_PAUSE = 0.1
_SHORTEST = 0.1


@dataclass(frozen=True)
class Event:
    """Where a solve is: `bound` is ±inf until there is one, in the sense of the problem, and
    nan before that is known; `doing` says in a few words what goes on, `detail` which part of it.
    `x` (n,) is a better point that a solver has just found, in its own columns.
    """

    seconds: float
    incumbent: float | None
    bound: float
    nodes: int
    doing: str = ""
    detail: str = ""
    x: Floats | None = field(default=None, repr=False, compare=False)

    @property
    def told(self) -> str:
        """`searching (windows)`: what goes on and which part of it."""
        return f"{self.doing} ({self.detail})" if self.detail else self.doing


Watch: TypeAlias = Callable[[Event], None]


ABSOLUTE_GAP = 1e-6
_RESOLUTION = 1e-7


def allowed_gap(gap: float, value: float) -> float:
    """How far a bound may stay from an objective of `value` to have met it: by the relative `gap`,
    and in any case by what the solvers' tolerances let nobody tell apart."""
    if math.isinf(value):
        return 0.0
    return max(max(gap, _RESOLUTION) * abs(value), ABSOLUTE_GAP)


@dataclass(frozen=True)
class SolveOptions:
    """Limits and habits of one run of a solver.

    `time_limit` in seconds, None for none; `gap` relative to the objective; what a solver itself
    says is added to the file `log`; `extra` holds the solver's own options by name, as values or as
    text, and they win over the rest.
    """

    time_limit: float | None = None
    gap: float = 1e-4
    threads: int = 1
    seed: int = 0
    log: Path | None = None
    extra: Mapping[str, OptionValue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wrong = [
            Diagnostic("E0652", f"{name} is {value}, but it must be {demand}")
            for name, value, holds, demand in (
                ("the time limit", self.time_limit, (self.time_limit or 0) >= 0, "0 or more"),
                ("the gap", self.gap, self.gap >= 0, "0 or more"),
                ("the gap", self.gap, self.gap != math.inf, "finite"),
                ("the number of threads", self.threads, self.threads >= 1, "1 or more"),
                ("the number of threads", self.threads, self.threads <= 1024, "1024 or less"),
                ("the seed", self.seed, 0 <= self.seed < 2**31, "between 0 and 2147483647"),
            )
            if not holds
        ]
        if wrong:
            raise EvdslError(wrong)

    def after(self, seconds: float) -> SolveOptions:
        """With what is left of the time limit after so long, a tenth of a second at least."""
        if self.time_limit is None:
            return self
        return replace(self, time_limit=max(self.time_limit - seconds, _SHORTEST))


def typed_options(
    solver: str, extra: Mapping[str, OptionValue], known: Mapping[str, OptionValue]
) -> dict[str, OptionValue]:
    """The options in the types of the solver's own; `known` holds its names and defaults.

    Raises EvdslError with E0650 for each unknown name and E0651 for each value of a wrong type.
    """
    typed: dict[str, OptionValue] = {}
    wrong: list[Diagnostic] = []
    for name, value in extra.items():
        if name not in known:
            wrong.append(_unknown(solver, name, known))
            continue
        kind = type(known[name])
        converted = _converted(value, kind)
        if converted is None:
            message = f"`{name}` of {solver} wants {_KINDS[kind]}, not `{value}`"
            wrong.append(Diagnostic("E0651", message, help=f"its default is `{known[name]}`"))
        else:
            typed[name] = converted
    if wrong:
        raise EvdslError(wrong)
    return typed


def refused_value(solver: str, name: str, value: OptionValue) -> Diagnostic:
    """The message for a value of the right type that the solver itself does not take."""
    return Diagnostic("E0651", f"{solver} does not take `{value}` for its option `{name}`")


class Progress:
    """Hands a solver's events on, at most ten a second, new incumbents always."""

    def __init__(self, watch: Watch | None) -> None:
        self._watch = watch
        self._started = time.monotonic()
        self._next = 0.0

    def __call__(
        self,
        incumbent: float | None,
        bound: float,
        nodes: int,
        better: Callable[[], Floats] | None = None,
    ) -> None:
        """`better` gives the point of a new incumbent."""
        seconds = time.monotonic() - self._started
        if self._watch is None or (seconds < self._next and better is None):
            return
        self._next = seconds + _PAUSE
        x = None if better is None else better()
        self._watch(Event(seconds, incumbent, bound, nodes, x=x))

    @property
    def watched(self) -> bool:
        """Whether anybody is told."""
        return self._watch is not None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started


def _unknown(solver: str, name: str, known: Mapping[str, OptionValue]) -> Diagnostic:
    near = next((full for full in known if full.endswith(f"/{name}")), None) or closest(name, known)
    help_text = f"did you mean `{near}`?" if near else None
    return Diagnostic("E0650", f"{solver} has no option `{name}`", help=help_text)


def _converted(value: OptionValue, kind: type) -> OptionValue | None:
    if kind is bool:
        return value if isinstance(value, bool) else _BOOLS.get(str(value).lower())
    if isinstance(value, bool):
        return None
    if kind is str:
        return str(value)
    try:
        return int(value) if kind is int and isinstance(value, str) else _number(value, kind)
    except ValueError:
        return None


def _number(value: OptionValue, kind: type) -> OptionValue | None:
    number = float(value)
    if kind is float:
        return number
    return int(number) if number.is_integer() else None
