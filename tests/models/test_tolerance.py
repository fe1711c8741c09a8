"""At a tolerance of 1e-9 HiGHS 1.15 and 1.16 called 34.05 and 232.6 optimal here."""

import pytest

from golden import model


@pytest.mark.parametrize(
    ("name", "seed", "optimum"), [("two_units", 1, 25.961), ("fleet_day", 2, 224.271)]
)
def test_the_seed_does_not_move_the_optimum(name: str, seed: int, optimum: float) -> None:
    solution = model(name).solve(solver="highs", method="bigm", seed=seed)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(optimum, abs=1e-3)
