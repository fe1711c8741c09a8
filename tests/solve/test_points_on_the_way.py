"""What a solver finds on its way becomes an answer before it ends, so a killed run has kept it."""

from __future__ import annotations

from unittest import mock

import pytest

import evdsl
from evdsl.backends.options import Event
from evdsl.solve.monitor import Monitor
from evdsl.solve.polish import Polished

KNAPSACK = """
set N = 1..40;
param gain[n in N] = 20 + (37 * n) mod 41;
param size[n in N] = 10 + (29 * n) mod 31;
leader up {
  var take[n in N] binary;
  maximize profit = sum{n in N}(gain[n] * take[n]) - 0.5 * low.y;
  constraint room: sum{n in N}(size[n] * take[n]) <= 200;
}
follower low {
  var y in [0, 1000];
  minimize cost = y;
  constraint load: y >= sum{n in N}(size[n] * take[n]) - 100;
}
"""


@pytest.mark.parametrize(
    ("solver", "method"),
    [("highs", "bigm"), ("highs", "branch"), ("scip", "sos1"), ("scip", "bigm")],
)
def test_points_of_a_solver_become_answers(solver: str, method: str) -> None:
    on_the_way: list[float] = []
    found = Monitor.found

    def noted(monitor: Monitor, answer: Polished) -> None:
        if monitor._doing.startswith("solving with"):
            on_the_way.append(answer.objective)
        found(monitor, answer)

    def watch(_: Event) -> None:
        pass

    with mock.patch.object(Monitor, "found", noted):
        solution = evdsl.loads(KNAPSACK).solve(solver, method, watch=watch)
    assert solution.status == "optimal"
    assert on_the_way
    assert max(on_the_way) <= solution.objective + 1e-6
