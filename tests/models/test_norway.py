"""Twelve real cars: both solvers, the same objective, certified."""

from pathlib import Path

import pytest

import evdsl

HERE = Path(__file__).parent
DATA = Path(__file__).parents[3] / "shared" / "data"
FLEET, PRICES = DATA / "norway_day_fleet.csv.gz", DATA / "norway_day_prices.csv"
pytestmark = pytest.mark.skipif(
    not FLEET.exists(),
    reason="reads ../shared/data, measured sessions that no licence allows to ship",
)


@pytest.mark.parametrize("v2g", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_both_solvers_find_the_same_optimum(v2g: int) -> None:
    model = evdsl.load(HERE / "norway_day.evm")
    found = {
        solver: model.solve(
            solver=solver, params={"v2g": v2g}, data={"fleet": FLEET, "prices": PRICES}
        )
        for solver in ("highs", "scip")
    }
    for solution in found.values():
        assert solution.status == "optimal"
        assert solution.certificate.certified
        assert solution.objective < solution.baselines["simple"].objective
    assert found["highs"].objective == pytest.approx(found["scip"].objective, rel=1e-4)
