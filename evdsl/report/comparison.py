"""The leader's objective and the reports: each baseline beside the bilevel solution."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from evdsl.program.values import FamilyValues
from evdsl.report.text import change, columns, figures
from evdsl.solve.point import Point

_ROWS_OF_ONE_REPORT = 12


def comparison(found: Point, baselines: Mapping[str, Point]) -> list[str]:
    """Lines of a table: a row for each report and element, a column for each point.

    The last column is the change from the first baseline to the solution. Of a report with more
    than twelve elements the first twelve are shown.
    """
    points = [*baselines.values(), found]
    rows = [_head(found, list(baselines))]
    for name, unit, values in _rows(found, points):
        cells = figures(values)
        row = [name, unit, *cells]
        rows.append([*row, _change(cells, values)] if baselines else row)
    return columns(rows, "<<" + ">" * (len(rows[0]) - 2))


def _change(cells: Sequence[str], values: Sequence[float]) -> str:
    """From the first to the last value; from what is printed as zero there is none."""
    if cells[0].strip("0.") == "":
        return "0 %" if cells[0] == cells[-1] else "-"
    return change(values[0], values[-1])


def _head(found: Point, names: list[str]) -> list[str]:
    last = "bilevel" if found.program.followers else "solution"
    return ["report", "", *names, last, "change"] if names else ["report", "", last]


def _rows(found: Point, points: Sequence[Point]) -> Iterator[tuple[str, str, list[float]]]:
    leader = found.leader_objective
    yield leader.name.partition(".")[2], leader.unit, [point.objective for point in points]
    for name, family in found.reported.items():
        others = [point.reported.get(name) for point in points]
        for position, label in enumerate(_labels(family)):
            values = [_at(other, position) for other in others]
            yield f"{name}{label}", family.unit, values
        hidden = family.keys.size - _ROWS_OF_ONE_REPORT
        if hidden > 0:
            yield f"{name}: {hidden} more", "", [math.nan for _ in points]


def _labels(family: FamilyValues) -> list[str]:
    shown = min(family.keys.size, _ROWS_OF_ONE_REPORT)
    return [family.keys.label(position) for position in range(shown)]


def _at(family: FamilyValues | None, position: int) -> float:
    return float(family.values[position]) if family else math.nan
