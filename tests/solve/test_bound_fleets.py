"""Bounds along the chain of an average car, against the optimum that an exact method proves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import evdsl
from chains import monitor, simple_answer
from evdsl.fleet.generate import generate, write
from evdsl.solve.bound.bound import bound
from evdsl.workers.workers import InTurn

MODEL = Path(__file__).parents[1] / "benchmarks" / "year.evm"
SMALL = 1e-4


def average_car(folder: Path, seed: int, v2g: float) -> evdsl.Model:
    """The model of a year over a day, with one factor for all hours and absolute deviations."""
    write(folder, generate(8, 24, seed, v2g=v2g))
    text = MODEL.read_text(encoding="utf-8")
    leader, follower = text.replace("param n = 1", "param n = 24").split("follower aev")
    absolute = re.sub(r"\((aev[^()]*)\)\^2", r"abs(\1)", leader)
    return evdsl.loads(f"{absolute}follower aev{follower}", folder)


@pytest.mark.parametrize(("seed", "v2g"), [(3, 0.0), (1, 1.0)])
def test_no_bound_of_a_fleet_is_beyond_its_optimum(tmp_path: Path, seed: int, v2g: float) -> None:
    model = average_car(tmp_path, seed, v2g)
    best = model.solve("highs", method="bigm", gap=1e-5)
    assert best.status == "optimal"
    given = model.ground().program
    found = bound(given, simple_answer(given), monitor(given), InTurn(), rows=8, arcs=30)
    assert found is not None
    assert (found.windows, found.failed, found.refuted) == (3, 0, 0)
    assert 0.2 * best.objective < found.window <= found.value <= best.objective + SMALL
