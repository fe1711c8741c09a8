"""An auxiliary file by index: keywords of one or two letters, each with a value."""

from __future__ import annotations

from dataclasses import dataclass

from evdsl.backends.mibs.entries import Entries
from evdsl.backends.mibs.instance import Instance
from evdsl.backends.mibs.interdiction import expanded
from evdsl.backends.mibs.lines import Line
from evdsl.source.suggest import closest

_KEYWORDS = {
    "N": "the number of lower-level variables",
    "M": "the number of lower-level constraints",
    "LC": "a lower-level variable",
    "LR": "a lower-level constraint",
    "LO": "the cost of a lower-level variable",
    "OS": "the sense of the lower level, 1 for a minimum and -1 for a maximum",
    "IC": "the cost of an interdiction",
    "IB": "the budget of the interdictions",
}


@dataclass(frozen=True)
class _Value:
    line: Line
    at: int


def read_by_index(lines: list[Line], entries: Entries) -> Instance:
    """Mistakes are in `entries.problems`."""
    values = _values(lines, entries)
    for word in ("N", "M"):
        for value in values[word]:
            entries.count(word, value.line, value.at)
    if _interdiction(values, entries):
        for word, what in (("LC", "column"), ("LR", "row")):
            for value in values[word]:
                entries.add_indexed(what, value.line, value.at)
    entries.cost = _numbers(values["LO"], entries)
    _sense(values["OS"], entries)
    entries.compare("N", "M", "LO")
    return entries.instance()


def _values(lines: list[Line], entries: Entries) -> dict[str, list[_Value]]:
    """The values of each keyword, in the order of the file."""
    values: dict[str, list[_Value]] = {word: [] for word in _KEYWORDS}
    for line in lines:
        for at in range(0, len(line.fields), 2):
            word = line.fields[at].upper()
            if word not in values:
                near = closest(word, _KEYWORDS)
                mend = f"did you mean `{near}`?" if near else f"they are: {', '.join(_KEYWORDS)}"
                message = f"there is no keyword `{line.fields[at]}`"
                entries.problems.add("E0633", line, at, message, mend)
                break
            if at + 1 == len(line.fields):
                message = f"`{word}` lacks its value, {_KEYWORDS[word]}"
                entries.problems.add("E0633", line, at, message)
                break
            values[word].append(_Value(line, at + 1))
    return values


def _numbers(values: list[_Value], entries: Entries) -> list[float]:
    numbers = (entries.problems.number("E0633", value.line, value.at) for value in values)
    return [number or 0.0 for number in numbers]


def _interdiction(values: dict[str, list[_Value]], entries: Entries) -> bool:
    """Whether the indices have a meaning: always without interdiction."""
    if not values["IC"] and not values["IB"]:
        return True
    costs, budget = _numbers(values["IC"], entries), _numbers(values["IB"], entries)
    n = len(entries.flat.columns)
    if len(costs) != n:
        help = "each column of the MPS file has a cost of interdiction"
        entries.missing(f"has {len(costs)} `IC` for {n} columns", help)
    if len(budget) != 1:
        entries.missing(f"has {len(budget)} `IB`, the budget of the interdictions", "write one")
    if entries.problems.wrong:
        return False
    entries.look_in(expanded(entries.flat, costs, budget[0], entries.problems))
    return not entries.problems.wrong


def _sense(values: list[_Value], entries: Entries) -> None:
    if not values:
        entries.missing("has no `OS`, the sense of the lower level", "write `OS 1` for a minimum")
    for value in values:
        number = entries.problems.number("E0633", value.line, value.at)
        if number in (1.0, -1.0):
            entries.sense = int(number)
        elif number is not None:
            message = "the sense is 1 for a minimum or -1 for a maximum"
            entries.problems.add("E0633", value.line, value.at, message)
