"""An exact method and the boxes along a chain by turns."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any

import pytest

import evdsl
from chains import optimum, storage
from evdsl.backends.options import SolveOptions
from evdsl.program.mip import Answer
from evdsl.solve.bound.bound import Bounding
from evdsl.solve.bound.turn import chain_for_turns
from evdsl.solve.plan import plan
from evdsl.solve.route import Request, Route

TWO = """
leader up { var x in [0, 1]; minimize f = x + sum{i in 1..2}(low[i].y); }
follower low[i in 1..2] { var y in [x, 2]; minimize g = y; }
"""


@pytest.fixture(autouse=True)
def _every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evdsl.solve.bound.turn._FEW", -1)


def exact(monkeypatch: pytest.MonkeyPatch, answers: list[Answer | None]) -> list[float | None]:
    """The exact method gives these answers, None for its own, and a time limit takes no time; its
    time limits so far."""
    limits: list[float | None] = []
    real = Route.solve

    def solve(route: Route, single: Any, mip: Any, options: SolveOptions, watch: Any) -> Answer:
        limits.append(options.time_limit)
        answer = answers.pop(0)
        if answer is None:
            return real(route, single, mip, replace(options, time_limit=None), watch)
        time.sleep(options.time_limit or 0)
        return answer

    monkeypatch.setattr(Route, "solve", solve)
    monkeypatch.setattr("evdsl.solve.bilevel._FIRST_TURN", 0.01)
    return limits


NOTHING = Answer("no_solution", bound=-math.inf)


def test_the_boxes_prove_what_the_exact_method_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    model = storage(hours=8, cyclic=False)
    best = model.solve("scip", gap=1e-6)
    monkeypatch.setattr("evdsl.solve.bound.turn.ROWS", 4)
    exact(monkeypatch, [NOTHING] * 20)
    found = model.solve(gap=0.01, start=best)
    assert found.status == "optimal"
    assert found.method.endswith(" and boxes")
    assert 0.99 * best.objective <= found.bound <= best.objective + 1e-4
    assert found.objective == pytest.approx(best.objective)


def test_the_exact_method_has_all_time_where_the_boxes_have_nothing_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = storage(hours=8)
    best = optimum(model)
    monkeypatch.setattr("evdsl.solve.bound.turn.ROWS", 4)
    monkeypatch.setattr(Bounding, "go_on", lambda *_: False)
    limits = exact(monkeypatch, [NOTHING, None])
    found = model.solve()
    assert found.status == "optimal"
    assert found.objective == pytest.approx(best, rel=2e-4)
    assert limits == [0.01, None]


def test_the_turns_grow_while_both_may_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    model = storage(hours=8)
    monkeypatch.setattr("evdsl.solve.bound.turn.ROWS", 4)
    boxes: list[float] = []
    monkeypatch.setattr(Bounding, "go_on", lambda _, seconds: boxes.append(seconds) is None)
    limits = exact(monkeypatch, [NOTHING, NOTHING, None])
    assert model.solve().status == "optimal"
    assert limits == pytest.approx([0.01, 0.02, 0.04])
    assert boxes == pytest.approx([0.03, 0.06])


@pytest.mark.parametrize(
    ("model", "request_"),
    [
        (evdsl.loads(TWO), Request()),
        (storage(hours=8), Request(method="bigm")),
        (storage(hours=8), Request(options=SolveOptions(extra={"mip_max_nodes": 5}))),
        (storage(hours=8), Request(pessimistic=True)),
    ],
    ids=["no chain", "a method", "options", "pessimistic"],
)
def test_elsewhere_the_exact_method_goes_alone(model: evdsl.Model, request_: Request) -> None:
    program = model.ground().program
    assert chain_for_turns(program, plan(program, request_), request_) is None
