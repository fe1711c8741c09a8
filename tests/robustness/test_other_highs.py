"""HiGHS has one scheduler in a process: others may have set other threads for it."""

from collections.abc import Iterator

import highspy
import pytest

import evdsl

MODEL = """
leader up { var x in [0, 10]; minimize F = x - 4 * low.y; }
follower low {
  var y in [0, inf];
  minimize f = y;
  constraint a: -x - y <= -3;
  constraint b: -2 * x + y <= 0;
  constraint c: 2 * x + y <= 12;
  constraint d: 3 * x - 2 * y <= 4;
}
"""


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
    solution = evdsl.loads(MODEL).solve(solver, method)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(-12.0)
