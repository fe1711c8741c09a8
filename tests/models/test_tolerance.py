"""At a tolerance of 1e-9 HiGHS 1.15 and 1.16 called 34.05 optimal for `two_units`, and wrong ones for `fleet_day`."""

import pytest

from golden import model


@pytest.mark.parametrize(
    ("name", "seed", "optimum"), [("two_units", 1, 25.961), ("fleet_day", 2, 1352.157)]
)
def test_the_seed_does_not_move_the_optimum(name: str, seed: int, optimum: float) -> None:
    solution = model(name).solve(solver="highs", method="bigm", seed=seed)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(optimum, rel=1e-4)
