"""References are the same whoever solves them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pytest

import evdsl
from crews import Crew
from evdsl.program import references
from evdsl.program.ground import ground
from evdsl.source.diagnostic import EvdslError
from evdsl.workers.workers import Workers

MODEL = """
model fleet;
set T = 0..5 cyclic;
set V = 1..7;
param most = 2;
param price[t in T] = 3 + (t * t - 4 * t) / 5;
reference ev[v in V] {
  var c[t in T] in [0, most];
  minimize cost = sum{t in T}(price[t] * c[t] + 0.1 * v * c[t]^2);
  constraint need: sum{t in T}(c[t]) == v;
}
param c_ref[t in T] = sum{v in V}(ev[v].c[t]);
leader planner {
  var k[t in T] in [0, 1];
  minimize off = sum{t in T}(abs(aev.c[t] - c_ref[t]));
}
follower aev {
  var c[t in T] in [0, k[t] * 14];
  minimize cost = sum{t in T}(price[t] * c[t]);
  constraint need: sum{t in T}(c[t]) == sum{v in V}(v);
}
baseline simple { k = 1; }
"""


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand over from the first element on."""
    monkeypatch.setattr(references, "_FIRST", 0.0)
    monkeypatch.setattr(references, "_PAYS", 0.0)


def test_the_same_references_with_any_workers(workers: Workers) -> None:
    told: list[str] = []
    model = evdsl.loads(MODEL).ir
    here = ground(model).program.joint
    there = ground(model, tell=lambda what, detail: told.append(detail), workers=workers)
    assert np.array_equal(there.program.joint.row_lower, here.row_lower)
    assert np.array_equal(there.program.joint.row_upper, here.row_upper)
    assert "7 of 7" in told


def test_what_cannot_be_solved_is_named_all_the_same(workers: Workers) -> None:
    """The seventh car needs more than it may charge."""
    with pytest.raises(EvdslError) as refused:
        ground(evdsl.loads(MODEL).ir, params={"most": 1.1}, workers=workers)
    assert [(d.code, "ev[7]" in d.message) for d in refused.value.diagnostics] == [("E0560", True)]


def busy(_: object, tasks: Iterable[object]) -> Iterator[tuple[int, object]]:
    for _task in tasks:
        pytest.fail("asked for a task")
    yield from ()


def test_a_short_reference_is_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert ground(evdsl.loads(MODEL).ir, workers=Crew(busy, 2)).program.followers
