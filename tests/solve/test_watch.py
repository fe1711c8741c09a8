"""What is said while a solver runs is true: of every route, at any time."""

from __future__ import annotations

import math

import pytest

import evdsl
from evdsl.backends.options import Event
from stored_answers import FRAMES, KNOWN, Known

PACKER = Known(
    """
set I = 1..6;
param value[i in I] = {1: 7, 2: 9, 3: 4, 4: 8, 5: 5, 6: 6};
param weight[i in I] = {1: 5, 2: 6, 3: 3, 4: 6, 5: 4, 6: 4};
leader guard {
  var x[i in I] binary;
  minimize taken = packer.worth;
  constraint few: sum{i in I}(x[i]) <= 2;
}
follower packer {
  var y[i in I] binary;
  maximize worth = sum{i in I}(value[i] * y[i]);
  constraint room: sum{i in I}(weight[i] * y[i]) <= 12;
  constraint gone[i in I]: y[i] <= 1 - x[i];
}""",
    15.0,
)
"""Without 1 and 2 the best are 3, 5 and 6, at 15; no other two of the fifteen leave less."""

ROUTES = [
    ("linear", "highs", "branch"),
    ("linear", "highs", "bigm"),
    ("linear", "scip", "sos1"),
    ("tariff", "highs", "branch"),
    ("tariff", "scip", "sos1"),
    ("price", "highs", "branch"),
    ("nash", "scip", "sos1"),
    ("packer", "highs", "value"),
    ("packer", "scip", "value"),
    ("indexed", "highs", "branch"),
    ("indexed", "scip", "indicator"),
]


@pytest.mark.parametrize(("name", "solver", "method"), ROUTES)
def test_no_bound_is_beyond_the_optimum(name: str, solver: str, method: str) -> None:
    """And no incumbent is better than it, and seconds and the best incumbent only go one way."""
    events: list[Event] = []
    known = PACKER if name == "packer" else KNOWN[name]
    solution = evdsl.loads(known.text).solve(
        solver, method, data=FRAMES if known.data else None, watch=events.append, gap=1e-7
    )
    assert solution.status == "optimal"
    assert events, "nothing was said"
    sense = solution.program.joint.sense
    for event in events:
        assert math.isnan(event.bound) or sense * event.bound <= sense * known.optimum + 1e-4
        if event.incumbent is not None:
            assert sense * event.incumbent >= sense * known.optimum - 1e-4
    seconds = [event.seconds for event in events]
    assert seconds == sorted(seconds)
    found = [sense * e.incumbent for e in events if e.incumbent is not None]
    assert all(not math.isnan(value) for value in found)
    assert found == pytest.approx(sorted(found, reverse=True), abs=1e-6)
