"""What an auxiliary file lists, looked up in the MPS file, with the checks of both dialects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evdsl.backends.mibs.instance import Flat, Instance, Lower
from evdsl.backends.mibs.lines import Line
from evdsl.backends.mibs.problems import Problems
from evdsl.source.diagnostic import Diagnostic

_WORDS = {"column": ("columns", "variables"), "row": ("rows", "constraints")}


@dataclass(frozen=True)
class Count:
    """How many there are, as the file says it."""

    number: int
    line: Line


class Entries:
    """The follower's columns, rows and costs in the order of the auxiliary file."""

    def __init__(self, flat: Flat, file: str) -> None:
        self.problems = Problems()
        self.file = file
        self.counts: dict[str, Count | None] = {}
        self.cost: list[float] = []
        self.sense: int = 1
        self.name = ""
        self._listed: dict[str, dict[int, None]] = {"column": {}, "row": {}}
        self.look_in(flat)

    def look_in(self, flat: Flat) -> None:
        """Take names and indices as those of `flat`."""
        self.flat = flat
        self._known = {
            "column": {name: j for j, name in enumerate(flat.columns)},
            "row": {name: i for i, name in enumerate(flat.rows)},
        }

    def add_named(self, what: str, line: Line, at: int) -> None:
        """A column or a row by its name."""
        name = line.fields[at]
        place = self._known[what].get(name)
        if place is not None:
            self._add(what, line, at, place)
        elif what == "row" and name in self.flat.free_rows:
            message = f"`{name}` is a row of type N, an objective and no constraint"
            self.problems.add("E0634", line, at, message, "leave it out")
        else:
            self.problems.unknown("E0634", line, at, what, name, self._known[what])

    def add_indexed(self, what: str, line: Line, at: int) -> None:
        """A column or a row by its index, counted from 0; a word that is no number is a name."""
        word = line.fields[at]
        if not word.isdecimal():
            self.add_named(what, line, at)
            return
        size = len(self._known[what])
        if int(word) < size:
            self._add(what, line, at, int(word))
            return
        plural = _WORDS[what][0]
        message = f"there is no {what} {word}: the MPS file has {size} {plural}"
        self.problems.add("E0634", line, at, message, f"{plural} are counted from 0")

    def count(self, word: str, line: Line, at: int) -> None:
        """A number of columns or rows."""
        text = line.fields[at]
        self.counts[word] = Count(int(text), line) if text.isdecimal() else None
        if not text.isdecimal():
            self.problems.add("E0633", line, at, f"`{text}` is not a whole number")

    def compare(self, of_columns: str, of_rows: str, costs: str = "") -> None:
        """Reports counts that do not fit, where every line could be read.

        The keywords with the numbers of columns and of rows are given, and that of the costs where
        they are listed apart.
        """
        clean = not self.problems.wrong
        for (what, (_, plural)), word in zip(_WORDS.items(), (of_columns, of_rows), strict=True):
            listed, count = len(self._listed[what]), self.counts.get(word)
            if word not in self.counts:
                self.missing(f"has no `{word}`, the number of {plural} of the lower level")
            elif clean and count is not None and count.number != listed:
                message = f"`{word}` says {count.number}, but the list of {plural} has {listed}"
                self.problems.add("E0635", count.line, None, message)
        columns = len(self._listed["column"])
        if not columns and clean:
            self.missing("lists no variable of the lower level")
        elif columns and costs and not self.cost:
            self.missing(f"has no `{costs}`, the objective of the lower level")
        elif clean and columns != len(self.cost):
            message = f"`{self.file}` has {len(self.cost)} `{costs}` for {columns} variables"
            self.problems.put(Diagnostic("E0635", message))

    def instance(self) -> Instance:
        """The two levels, where no mistake was found."""
        lower = Lower(
            np.array(list(self._listed["column"]), np.int64),
            np.array(list(self._listed["row"]), np.int64),
            np.array(self.cost, np.float64),
            self.sense,
            self.name,
        )
        return Instance(self.flat, lower)

    def missing(self, message: str, help: str | None = None) -> None:
        self.problems.put(Diagnostic("E0636", f"`{self.file}` {message}", help=help))

    def _add(self, what: str, line: Line, at: int, place: int) -> None:
        if place in self._listed[what]:
            message = f"the {what} `{line.fields[at]}` is listed twice"
            self.problems.add("E0634", line, at, message)
        self._listed[what][place] = None
