"""HiGHS has one scheduler in a process: others may have set other threads for it."""

from collections.abc import Iterator
from pathlib import Path

import highspy
import pytest

import evdsl

BARD = Path(__file__).parents[2] / "models" / "bard" / "bard.evm"


@pytest.fixture
def scheduler_of_others() -> Iterator[None]:
    highspy.Highs.resetGlobalScheduler(True)
    other = highspy.Highs()
    other.setOptionValue("output_flag", False)
    other.setOptionValue("threads", 2)
    other.addVar(0.0, 1.0)
    other.run()
    assert other.getModelStatus() == highspy.HighsModelStatus.kOptimal
    yield
    highspy.Highs.resetGlobalScheduler(True)


@pytest.mark.usefixtures("scheduler_of_others")
@pytest.mark.parametrize(
    ("solver", "method"), [("highs", "branch"), ("highs", "bigm"), ("scip", "sos1")]
)
def test_what_others_did_with_highs_changes_nothing(solver: str, method: str) -> None:
    solution = evdsl.load(BARD).solve(solver, method)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(-12.0)
