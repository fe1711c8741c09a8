"""The six 24-hour instances whose optima three solvers have proven."""

from pathlib import Path

import pytest

import evdsl

HERE = Path(__file__).parent
DATA = Path(__file__).parents[3] / "shared" / "data" / "synthetic"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the instances are not at hand")

OPTIMA = {
    ("charge_only", 1): 0.580,
    ("charge_only", 4): 2.269,
    ("charge_only", 24): 4.163,
    ("v2g", 1): 4.892,
    ("v2g", 4): 10.107,
    ("v2g", 24): 19.605,
}
SIMPLE = {"charge_only": 10.41, "v2g": 36.84}


def solve(fleet: str, n: int, solver: str) -> evdsl.Solution:
    return evdsl.load(HERE / "synthetic.evm").solve(
        solver=solver,
        params={"n": n},
        data={
            "fleet": DATA / f"fleet_24h_{fleet}.csv.gz",
            "prices": DATA / "prices_24h.csv",
        },
    )


@pytest.mark.parametrize("solver", ["highs", "scip"])
@pytest.mark.parametrize(("fleet", "n"), OPTIMA)
def test_known_optimum(fleet: str, n: int, solver: str) -> None:
    solution = solve(fleet, n, solver)
    assert solution.status == "optimal"
    assert solution.certificate.certified
    assert solution.objective == pytest.approx(OPTIMA[fleet, n], abs=1e-3)
    assert solution.baselines["simple"].objective == pytest.approx(SIMPLE[fleet], abs=1e-2)
