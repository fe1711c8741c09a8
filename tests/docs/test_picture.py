"""The picture in the README is that of the model's solution."""

import re
import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def test_picture_is_drawn_from_the_solution() -> None:
    script = runpy.run_path(str(DOCS / "fleet_day.py"))
    drawn = script["draw"](script["solve"]())
    shown = (DOCS / "fleet_day.svg").read_text(encoding="utf-8")
    assert NUMBER.sub("#", drawn) == NUMBER.sub("#", shown)
    numbers = [[float(number) for number in NUMBER.findall(text)] for text in (drawn, shown)]
    assert numbers[0] == pytest.approx(numbers[1], abs=0.5)
