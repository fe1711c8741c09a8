"""The six 24-hour instances: absolute deviations, whose optima three solvers have proven, and squares."""

import re
from pathlib import Path

import pytest

import evdsl

HERE = Path(__file__).parent
DATA = Path(__file__).parents[3] / "shared" / "data" / "synthetic"
pytestmark = pytest.mark.skipif(
    not DATA.exists(),
    reason="reads ../shared/data/synthetic, an evaluation set kept out of the repository",
)

OPTIMA = {
    ("charge_only", 1): 0.580,
    ("charge_only", 4): 2.269,
    ("charge_only", 24): 4.163,
    ("v2g", 1): 4.892,
    ("v2g", 4): 10.107,
    ("v2g", 24): 19.605,
}
SQUARES = {
    ("charge_only", 1): 1.1897,
    ("charge_only", 4): 2.3590,
    ("charge_only", 24): 2.8423,
    ("v2g", 1): 4.2796,
    ("v2g", 4): 13.998,
    ("v2g", 24): 23.415,
}
QUICK = [("charge_only", 1), ("v2g", 1)]
SIMPLE = {"charge_only": 10.41, "v2g": 36.84}


def solve(fleet: str, n: int, solver: str, squares: bool = False) -> evdsl.Solution:
    text = (HERE / "synthetic.evm").read_text(encoding="utf-8")
    if squares:
        text = re.sub(r"abs(\([^()]*\))", r"\1^2", text)
    return evdsl.loads(text, HERE).solve(
        solver=solver,
        gap=1e-3 if squares else 1e-4,
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


@pytest.mark.parametrize("solver", ["highs", "scip"])
@pytest.mark.parametrize(
    ("fleet", "n"),
    [pytest.param(*i, marks=[] if i in QUICK else pytest.mark.slow) for i in SQUARES],
)
def test_squares(fleet: str, n: int, solver: str) -> None:
    """Two solvers, by tangents over big-M and by SOS1 sets, prove the same to a gap of 1e-3."""
    solution = solve(fleet, n, solver, squares=True)
    assert solution.status == "optimal"
    assert solution.certificate.certified
    assert solution.objective == pytest.approx(SQUARES[fleet, n], rel=1.1e-3)
    assert solution.bound <= SQUARES[fleet, n] * (1 + 1e-4)
