"""The section BOUNDS of an MPS file: what each type of a limit says."""

from __future__ import annotations

import math

import numpy as np

from evdsl.backends.mibs.lines import Line, Section
from evdsl.backends.mibs.problems import Problems
from evdsl.program.linear import Bools, Floats

INFINITE = 1e20
_WITH_VALUE = ("UP", "LO", "FX", "LI", "UI")
_WITHOUT_VALUE = ("FR", "MI", "PL", "BV")
_WHOLE = ("LI", "UI", "BV")


def limit(value: float) -> float:
    """A number of the file as a limit: from 1e20 on it is none, as solvers read it."""
    return math.copysign(math.inf, value) if abs(value) >= INFINITE else value


class Limits:
    """The limits of columns, in the order of the file; a later one wins over an earlier."""

    def __init__(self, columns: dict[str, int], problems: Problems) -> None:
        self._columns = columns
        self._problems = problems
        self._lower: dict[int, float] = {}
        self._upper: dict[int, float] = {}
        self._line: dict[int, Line] = {}
        self.whole: set[int] = set()

    def arrays(self, integer: Bools) -> tuple[Floats, Floats]:
        """(n,) twice: the lower and upper limits."""
        n = len(integer)
        lower, upper = np.zeros(n), np.full(n, np.inf)
        without = np.ones(n, np.bool_)
        without[list(self._line)] = False
        upper[integer & without] = 1.0
        lower[list(self._lower)] = list(self._lower.values())
        upper[list(self._upper)] = list(self._upper.values())
        return lower, upper

    def read(self, section: Section) -> None:
        first = ""
        for line in section.lines:
            kind = line.fields[0].upper()
            if kind not in (*_WITH_VALUE, *_WITHOUT_VALUE):
                self._other(line, kind)
                continue
            own, at = self._place(line.fields, kind)
            if first and own and own != first:
                another_set(self._problems, line, section, own, first)
                return
            first = first or own
            self._read(line, kind, at)

    def check(self) -> None:
        names = list(self._columns)
        for column, line in self._line.items():
            low, high = self._lower.get(column, 0.0), self._upper.get(column, math.inf)
            if low > high or low == math.inf or high == -math.inf:
                self._wrong(line, None, f"the limits of `{names[column]}` cross")

    def _read(self, line: Line, kind: str, at: int) -> None:
        fields = line.fields
        if at >= len(fields):
            self._wrong(line, None, "a limit is a type, a set, a column and a number")
            return
        if fields[at] not in self._columns:
            self._problems.unknown("E0631", line, at, "column", fields[at], self._columns)
            return
        value: float | None = math.inf
        if kind in _WITH_VALUE and at + 1 < len(fields):
            value = self._problems.number("E0630", line, at + 1, endless=True)
        elif kind in _WITH_VALUE and kind != "UI":
            self._wrong(line, None, f"`{kind}` lacks its number")
            return
        if value is not None:
            self._set(self._columns[fields[at]], kind, limit(value), line)

    def _place(self, fields: list[str], kind: str) -> tuple[str, int]:
        """The name of the set, if any, and where the column stands."""
        last = len(fields) == 3 and fields[2] in self._columns
        named = last and (kind in _WITHOUT_VALUE or fields[1] not in self._columns)
        return (fields[1], 2) if named or len(fields) >= 4 else ("", 1)

    def _set(self, column: int, kind: str, value: float, line: Line) -> None:
        """CoinUtils opens the lower limit below a negative upper one that comes first."""
        if kind == "UP" and value < 0 and column not in self._line:
            self._lower[column] = -math.inf
        if kind in ("LO", "LI", "FX"):
            self._lower[column] = value
        if kind in ("UP", "UI", "FX"):
            self._upper[column] = value
        if kind in ("MI", "FR"):
            self._lower[column] = -math.inf
        if kind in ("PL", "FR"):
            self._upper[column] = math.inf
        if kind == "BV":
            self._lower[column], self._upper[column] = 0.0, 1.0
        if kind in _WHOLE:
            self.whole.add(column)
        self._line[column] = line

    def _other(self, line: Line, kind: str) -> None:
        if kind == "SC":
            elsewhere(self._problems, line, "semi-continuous variables")
            return
        known = ", ".join((*_WITH_VALUE, *_WITHOUT_VALUE))
        self._wrong(line, 0, f"`{line.fields[0]}` is no type of a limit", f"the types are: {known}")

    def _wrong(self, line: Line, at: int | None, message: str, mend: str | None = None) -> None:
        self._problems.add("E0630", line, at, message, mend)


def another_set(problems: Problems, line: Line, section: Section, own: str, first: str) -> None:
    """Of several right sides, ranges or limits under names of their own the first are read."""
    message = f"{section.word} holds another set, `{own}`, which is not read"
    problems.warn("W0638", line, message, f"the first one, `{first}`, is read")


def elsewhere(problems: Problems, line: Line, what: str) -> None:
    problems.add("E0632", line, None, f"{what} are not imported: both levels are linear")
