"""A SCIP that is used again gives what one that has just started gives."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from evdsl.backends import scip, scip_model
from evdsl.backends.options import Event, SolveOptions
from evdsl.backends.scip_model import quiet_scip
from evdsl.program.mip import Answer, Mip
from small_linears import linear


@pytest.fixture(autouse=True)
def _none_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scip_model, "_idle", [])


def knapsack(seed: int) -> Mip:
    draw = np.random.default_rng(seed)
    n = int(draw.integers(8, 25))
    weights = draw.integers(10, 90, (3, n))
    room = weights.sum(axis=1) / 3
    value = -(weights.sum(axis=0) + draw.integers(-9, 10, n))
    made = linear(weights, [-np.inf] * 3, room, [0] * n, [1] * n, value, integer=range(n))
    return Mip(made)


def said(answer: Answer) -> tuple[str, int, float, list[float]]:
    assert answer.x is not None
    return answer.status, answer.nodes, answer.objective, answer.x.tolist()


def solved(seed: int, watch: list[Event] | None = None) -> Answer:
    stop = {"limits/nodes": 1} if seed % 3 == 0 else {}
    told = None if watch is None else watch.append
    return scip.solve(knapsack(seed), SolveOptions(gap=0, seed=seed, extra=stop), told)


def test_problems_leave_no_trace_in_the_next() -> None:
    """Neither their own parameters nor anything that SCIP has learned from them."""
    fresh = list[tuple[str, int, float, list[float]]]()
    for seed in range(12):
        scip_model._idle.clear()
        fresh.append(said(solved(seed)))
    assert any(status == "feasible" for status, *_ in fresh)
    assert max(nodes for _, nodes, *_ in fresh) > 1
    (one,) = scip_model._idle
    assert [said(solved(seed)) for seed in range(12)] == fresh
    assert [*scip_model._idle] == [one]


def test_events_are_told_to_those_alone_who_watch_the_problem() -> None:
    first, second = list[Event](), list[Event]()
    solved(1, first)
    told = len(first)
    solved(2, second)
    solved(4)
    assert len(first) == told > 0
    assert len(second) > 0


def test_a_scip_that_has_raised_is_not_used_again() -> None:
    with pytest.raises(RuntimeError, match="broken"), quiet_scip():
        raise RuntimeError("broken")
    assert not scip_model._idle


def test_a_scip_within_another_is_one_of_its_own() -> None:
    with quiet_scip() as outer, quiet_scip() as inner:
        assert outer is not inner


def test_what_holds_many_columns_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scip_model, "_LARGE", 5)
    solved(1)
    assert not scip_model._idle


def test_python_ends_while_a_scip_is_idle() -> None:
    """Also where it is let go last of all, and freed memory is no longer what it was."""
    text = """
import sys
from evdsl.backends import scip_model
with scip_model.quiet_scip():
    pass
sys.kept = scip_model._idle
"""
    ran = subprocess.run(
        [sys.executable, "-c", text], env=os.environ | {"PYTHONMALLOC": "debug"}, check=False
    )
    assert ran.returncode == 0
