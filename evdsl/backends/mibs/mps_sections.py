"""What the sections of an MPS file say, gathered into one level."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from scipy import sparse

from evdsl.backends.mibs.instance import Flat, one_family
from evdsl.backends.mibs.lines import Line, Section
from evdsl.backends.mibs.mps_limits import Limits, another_set, elsewhere, limit
from evdsl.backends.mibs.problems import Full, Problems
from evdsl.program.linear import Floats, Linear
from evdsl.source.diagnostic import Diagnostic
from evdsl.source.suggest import closest

_OBJECTIVE, _PASSED_OVER = -1, -2
_ELSEWHERE = {
    "SOS": "SOS sets",
    "SETS": "SOS sets",
    "QUADOBJ": "products in the objective",
    "QMATRIX": "products in the objective",
    "QSECTION": "products",
    "QCMATRIX": "products in a row",
    "CSECTION": "cones",
    "INDICATORS": "indicators",
    "GENCONS": "general constraints",
    "PWLOBJ": "piecewise linear objectives",
}


class Reading:
    """One reading of a file; `problems` holds its mistakes and warnings."""

    def __init__(self, file: str) -> None:
        self.problems = Problems()
        self._file = file
        self._name = ""
        self._objective = ""
        self._sense = 1
        self._rows: dict[str, int] = {}
        self._kinds: list[str] = []
        self._columns: dict[str, int] = {}
        self._whole: list[bool] = []
        self._cost: list[float] = []
        self._entries: list[tuple[int, int, float]] = []
        self._constant = 0.0
        self._sides: dict[int, float] = {}
        self._side_lines: dict[int, Line] = {}
        self._ranges: dict[int, float] = {}
        self._limits = Limits(self._columns, self.problems)

    def read(self, found: list[Section], before: list[Line]) -> None:
        parts: dict[str, Callable[[Section], None]] = {
            "NAME": self._read_name,
            "OBJSENSE": self._read_sense,
            "ROWS": self._read_rows,
            "COLUMNS": self._read_columns,
            "RHS": self._read_sides,
            "RANGES": self._read_ranges,
            "BOUNDS": self._limits.read,
            "ENDATA": lambda _: None,
        }
        if not any(section.word == "ROWS" for section in found):
            self._missing("has no section ROWS", "is it an MPS file?")
            return
        try:
            for line in before:
                self._wrong(line, None, "a line outside of any section")
            for section in found:
                if section.word in parts:
                    parts[section.word](section)
                else:
                    self._other_section(section, [*parts])
            self._check({section.word for section in found})
        except Full:
            return

    def flat(self) -> Flat:
        """The problem, where no mistake was found."""
        m, n = len(self._kinds), len(self._columns)
        integer = np.array(self._whole, np.bool_)
        integer[list(self._limits.whole)] = True
        lower, upper = self._limits.arrays(integer)
        row_lower, row_upper = self._row_limits()
        row, column, value = zip(*self._entries, strict=True) if self._entries else ((), (), ())
        entries = (np.array(value, np.float64), (np.array(row, int), np.array(column, int)))
        rows = tuple(name for name, row in self._rows.items() if row >= 0)
        linear = Linear(
            columns=one_family("column", tuple(self._columns)),
            rows=one_family("row", rows),
            A=sparse.csr_array(entries, shape=(m, n)),
            row_lower=row_lower,
            row_upper=row_upper,
            lower=lower,
            upper=upper,
            integer=integer,
            cost=np.array(self._cost, np.float64),
            constant=self._constant,
            sense=self._sense,
        )
        free = tuple(name for name, row in self._rows.items() if row < 0)
        return Flat(linear, tuple(self._columns), rows, free, self._name)

    def _read_name(self, section: Section) -> None:
        words = section.head.text.split()[1:]
        if words and words[-1].upper() == "FREE":
            words.pop()
        self._name = " ".join(words)

    def _read_sense(self, section: Section) -> None:
        words = [*section.head.text.split()[1:], *(line.text.strip() for line in section.lines)]
        word = words[0].upper()[:3] if words else ""
        if word not in ("MAX", "MIN"):
            self._wrong(section.head, None, "OBJSENSE says neither `MIN` nor `MAX`")
        if word == "MAX":
            self._sense = -1
            self.problems.warn(
                "W0637",
                section.head,
                "the leader maximises, as OBJSENSE says; MibS passes over OBJSENSE and minimises",
                "turn `maximize` into `minimize` where the file was made for MibS",
            )

    def _read_rows(self, section: Section) -> None:
        for line in section.lines:
            fields = line.fields
            kind, name = fields[0].upper(), fields[-1]
            if len(fields) != 2:
                self._wrong(line, None, "a row is a type and a name")
            elif kind not in ("N", "L", "G", "E"):
                self._wrong(line, 0, f"`{fields[0]}` is no type of a row: N, L, G or E")
            elif name in self._rows:
                self.problems.add("E0631", line, 1, f"there are two rows `{name}`")
            elif kind != "N":
                self._rows[name] = len(self._kinds)
                self._kinds.append(kind)
            else:
                self._rows[name] = _PASSED_OVER if self._objective else _OBJECTIVE
                self._objective = self._objective or name

    def _read_columns(self, section: Section) -> None:
        whole, current, seen = False, "", set[str]()
        for line in section.lines:
            fields = line.fields
            if len(fields) > 1 and fields[1].strip("'") == "MARKER":
                whole = self._marker(line, fields, whole)
                continue
            if len(fields) not in (3, 5):
                what = "a column, then one or two pairs of a row and a number"
                self._wrong(line, None, f"a line of COLUMNS is {what}")
                continue
            if fields[0] != current:
                current, seen = fields[0], set()
                self._begin(line, current, whole)
            for at, row, value in self._pairs(line, 1):
                if fields[at] in seen:
                    message = f"`{current}` has two numbers in `{fields[at]}`"
                    self.problems.add("E0631", line, at, message)
                seen.add(fields[at])
                if row == _OBJECTIVE:
                    self._cost[self._columns[current]] = value
                elif row >= 0 and value:
                    self._entries.append((row, self._columns[current], value))

    def _begin(self, line: Line, name: str, whole: bool) -> None:
        if name in self._columns:
            message = f"there are two columns `{name}`, or its lines are apart"
            self.problems.add("E0631", line, 0, message)
            return
        self._columns[name] = len(self._columns)
        self._whole.append(whole)
        self._cost.append(0.0)

    def _marker(self, line: Line, fields: list[str], whole: bool) -> bool:
        """Whether whole numbers follow."""
        word = fields[2].strip("'") if len(fields) > 2 else ""
        if word == "SOSORG":
            elsewhere(self.problems, line, "SOS sets")
        elif word not in ("INTORG", "INTEND", "SOSEND"):
            self._wrong(line, None, "a marker says `'INTORG'` or `'INTEND'`")
        return word == "INTORG" if word in ("INTORG", "INTEND") else whole

    def _read_sides(self, section: Section) -> None:
        for line, at, row, value in self._vector(section):
            if row == _OBJECTIVE:
                self._constant = 0.0 - value
            elif row in self._sides:
                message = f"`{line.fields[at]}` has two right sides"
                self.problems.add("E0631", line, at, message)
            elif row >= 0:
                self._sides[row], self._side_lines[row] = value, line

    def _read_ranges(self, section: Section) -> None:
        for line, at, row, value in self._vector(section):
            if row in self._ranges:
                self.problems.add("E0631", line, at, f"`{line.fields[at]}` has two ranges")
            elif row >= 0:
                self._ranges[row] = value

    def _vector(self, section: Section) -> Iterator[tuple[Line, int, int, float]]:
        """The pairs of a section whose lines may begin with the name of a set."""
        first = ""
        for line in section.lines:
            count = len(line.fields)
            if count not in (2, 3, 4, 5):
                self._wrong(line, None, "a line is one or two pairs of a row and a number")
                continue
            own = line.fields[0] if count % 2 else ""
            if first and own and own != first:
                another_set(self.problems, line, section, own, first)
                return
            first = first or own
            for at, row, value in self._pairs(line, count % 2, sides=True):
                yield line, at, row, value

    def _pairs(
        self, line: Line, start: int, sides: bool = False
    ) -> Iterator[tuple[int, int, float]]:
        """The places of the names, the rows and the numbers; those of sides may be infinite."""
        fields = line.fields
        for at in range(start, len(fields), 2):
            of_row = self._rows.get(fields[at], _OBJECTIVE) >= 0
            value = self.problems.number("E0630", line, at + 1, endless=sides and of_row)
            if fields[at] not in self._rows:
                self.problems.unknown("E0631", line, at, "row", fields[at], self._rows)
            elif value is not None:
                yield at, self._rows[fields[at]], value

    def _row_limits(self) -> tuple[Floats, Floats]:
        m = len(self._kinds)
        lower, upper = np.full(m, -np.inf), np.full(m, np.inf)
        for row, kind in enumerate(self._kinds):
            side, width = limit(self._sides.get(row, 0.0)), self._ranges.get(row)
            if kind in ("G", "E"):
                lower[row] = side
            if kind in ("L", "E"):
                upper[row] = side
            if width is None:
                continue
            if kind == "G" or (kind == "E" and width > 0):
                upper[row] = limit(side + abs(width))
            else:
                lower[row] = limit(side - abs(width))
        return lower, upper

    def _check(self, words: set[str]) -> None:
        """What can be seen at the end only."""
        for word in ("COLUMNS", "ENDATA"):
            if word not in words:
                self._missing(f"has no section {word}", "is it complete?")
        if not self._objective:
            self._missing("has no row of type N for the objective")
        self._limits.check()
        lower, upper = self._row_limits()
        for row, line in self._side_lines.items():
            if lower[row] == np.inf or upper[row] == -np.inf:
                self._wrong(line, None, "a right side that no point satisfies")

    def _missing(self, message: str, mend: str | None = None) -> None:
        self.problems.put(Diagnostic("E0630", f"`{self._file}` {message}", help=mend))

    def _other_section(self, section: Section, known: list[str]) -> None:
        if section.word in _ELSEWHERE:
            elsewhere(self.problems, section.head, _ELSEWHERE[section.word])
            return
        near = closest(section.word, known)
        mend = f"did you mean `{near}`?" if near else f"the sections are: {', '.join(known)}"
        self._wrong(section.head, 0, f"there is no section `{section.head.fields[0]}`", mend)

    def _wrong(self, line: Line, at: int | None, message: str, mend: str | None = None) -> None:
        self.problems.add("E0630", line, at, message, mend)
