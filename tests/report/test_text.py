"""How figures look."""

from __future__ import annotations

import math

import pytest

from evdsl.report.text import change, columns, counted, figure, figures, per_cent


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.0, "0"), (1e-13, "0"), (717.3090001, "717.309"), (1e9, "1e+09")],
)
def test_figure(value: float, text: str) -> None:
    assert figure(value) == text


def test_no_number_is_a_dash() -> None:
    assert figure(math.nan) == "-"
    assert figures([1.5, math.nan]) == ["1.5000", "-"]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([77.2326, 13.533], ["77.233", "13.533"]),
        ([5.0, 12.0], ["5", "12"]),
        ([-20.751, -1e-9], ["-20.751", "0.000"]),
        ([1234567.0, 0.5], ["1.23457e+06", "0.5"]),
        ([0.0, 0.0], ["0", "0"]),
    ],
)
def test_figures_side_by_side_have_equally_many_decimals(
    values: list[float], texts: list[str]
) -> None:
    assert figures(values) == texts


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (40.0, 10.0, "-75.0 %"),
        (-20.0, -10.0, "+50.0 %"),
        (0.0, 3.0, "-"),
        (0.0, 0.0, "0 %"),
        (math.nan, 3.0, "-"),
        (10.0, 10.0000001, "0 %"),
    ],
)
def test_change(before: float, after: float, text: str) -> None:
    assert change(before, after) == text


def test_per_cent() -> None:
    assert per_cent(0.00012345) == "0.01234 %"
    assert per_cent(math.inf) == "-"


def test_columns() -> None:
    assert columns([["a", "10"], ["long", "9"]], "<>") == ["a     10", "long   9"]


def test_counted() -> None:
    assert [counted(0, "row"), counted(1, "row"), counted(2, "row")] == [
        "0 rows",
        "1 row",
        "2 rows",
    ]
