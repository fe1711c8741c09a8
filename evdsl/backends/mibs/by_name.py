"""An auxiliary file by name: sections of names between keywords that begin with `@`."""

from __future__ import annotations

from evdsl.backends.mibs.entries import Entries
from evdsl.backends.mibs.instance import Instance
from evdsl.backends.mibs.lines import Line
from evdsl.source.suggest import closest

_KEYWORDS = (
    *("@NUMVARS", "@NUMCONSTRS", "@OBJSENSE", "@VARSBEGIN", "@VARSEND"),
    *("@CONSTRSBEGIN", "@CONSTRSEND", "@NAME", "@MPS", "@LP"),
)
_SPELLINGS = {
    "@NUMCONSTR": "@NUMCONSTRS",
    "@CONSTRBEGIN": "@CONSTRSBEGIN",
    "@CONSTREND": "@CONSTRSEND",
    "@CONSTSBEGIN": "@CONSTRSBEGIN",
    "@CONSTSEND": "@CONSTRSEND",
}
"""MibS' documentation and its example files spell these in several ways."""
_ENDS = {"@VARSBEGIN": "@VARSEND", "@CONSTRSBEGIN": "@CONSTRSEND"}
_SENSES = {"MIN": 1, "MAX": -1}


def read_by_name(lines: list[Line], entries: Entries) -> Instance:
    """Mistakes are in `entries.problems`."""
    reading = _Reading(entries)
    for line in lines:
        reading.read(line)
    reading.end()
    entries.compare("@NUMVARS", "@NUMCONSTRS")
    return entries.instance()


_UNKNOWN = "@"


class _Reading:
    """`section` is the keyword that opened a section, `asked` the one whose value comes next.

    Behind an unknown keyword nothing is said of the lines up to the next one.
    """

    def __init__(self, entries: Entries) -> None:
        self.entries = entries
        self.problems = entries.problems
        self.section = ""
        self.asked = ""
        self.begun: set[str] = set()

    def read(self, line: Line) -> None:
        first = line.fields[0]
        if first.startswith("@") and not self._listed(first):
            self._keyword(line, first)
        elif self.asked:
            self._value(line, 0)
        elif self.section == _UNKNOWN:
            return
        elif self.section:
            self._entry(line)
        else:
            self.problems.add("E0633", line, None, "a line outside of any section")

    def end(self) -> None:
        self._close("")
        if _UNKNOWN in self.begun:
            return
        for begin, what in (("@VARSBEGIN", "variables"), ("@CONSTRSBEGIN", "constraints")):
            count = self.entries.counts.get("@NUMVARS" if what == "variables" else "@NUMCONSTRS")
            if begin not in self.begun and count is not None and count.number:
                self.entries.missing(f"has no `{begin}`, the {what} of the lower level")

    def _listed(self, word: str) -> bool:
        """Whether a word with an `@` is the name of a column or row of this section."""
        flat = self.entries.flat
        known = {"@VARSBEGIN": flat.columns, "@CONSTRSBEGIN": flat.rows}.get(self.section, ())
        return word in known

    def _keyword(self, line: Line, written: str) -> None:
        word = _SPELLINGS.get(written.upper(), written.upper())
        if word not in _KEYWORDS:
            near = closest(written.upper(), _KEYWORDS)
            mend = f"did you mean `{near}`?" if near else f"they are: {', '.join(_KEYWORDS)}"
            self.problems.add("E0633", line, 0, f"there is no keyword `{written}`", mend)
            self._close(written)
            self.section = _UNKNOWN
            self.begun.add(_UNKNOWN)
            return
        if word in _ENDS.values():
            self._end_section(line, word)
            return
        self._close(word)
        if word in _ENDS:
            self.section = word
            self.begun.add(word)
            return
        self.asked = word
        if len(line.fields) > 1:
            self._value(line, 1)

    def _end_section(self, line: Line, word: str) -> None:
        if self.section != _UNKNOWN and _ENDS.get(self.section) != word:
            self.problems.add("E0633", line, 0, f"`{line.fields[0]}` ends no section")
        self.section = ""

    def _close(self, word: str) -> None:
        """Another keyword, or the end of the file, where an end or a value was due."""
        where = f"before `{word}`" if word else "at its end"
        if self.section in _ENDS:
            self.entries.missing(f"lacks `{_ENDS[self.section]}` {where}")
        if self.asked:
            self.entries.counts.setdefault(self.asked, None)
            self.entries.missing(f"lacks the value of `{self.asked}` {where}")
        self.section = self.asked = ""

    def _value(self, line: Line, at: int) -> None:
        word, self.asked = self.asked, ""
        if word in ("@NUMVARS", "@NUMCONSTRS"):
            self.entries.count(word, line, at)
        elif word == "@NAME":
            self.entries.name = " ".join(line.fields[at:])
        elif word == "@OBJSENSE":
            sense = _SENSES.get(line.fields[at].upper()[:3])
            if sense is None:
                self.problems.add("E0633", line, at, "the sense is `MIN` or `MAX`")
            self.entries.sense = sense or 1

    def _entry(self, line: Line) -> None:
        of_columns = self.section == "@VARSBEGIN"
        if len(line.fields) != (2 if of_columns else 1):
            wanted = "a variable and its cost" if of_columns else "the name of a constraint"
            self.problems.add("E0633", line, None, f"a line of this section is {wanted}")
            return
        self.entries.add_named("column" if of_columns else "row", line, 0)
        if of_columns:
            cost = self.problems.number("E0633", line, 1)
            self.entries.cost.append(cost or 0.0)
