"""An exact method and the boxes along a chain by turns."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

import evdsl
from chains import optimum, storage
from evdsl.backends.options import SolveOptions
from evdsl.program.mip import Answer
from evdsl.solve.bound.bound import Bounding
from evdsl.solve.clock import Clock
from evdsl.solve.monitor import Monitor
from evdsl.solve.plan import plan
from evdsl.solve.route import Request, Route
from evdsl.solve.search.search import Search
from evdsl.solve.turns import BoxesAndSearch, chain_for_turns, share_of_exact

TWO = """
leader up { var x in [0, 1]; minimize f = x + sum{i in 1..2}(low[i].y); }
follower low[i in 1..2] { var y in [x, 2]; minimize g = y; }
"""


@pytest.fixture(autouse=True)
def _every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evdsl.solve.turns._FEW", -1)
    monkeypatch.setattr("evdsl.solve.turns.ROWS", 4)


def shared(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    monkeypatch.setattr("evdsl.solve.bilevel.share_of_exact", lambda _: share)


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
    monkeypatch.setattr("evdsl.solve.bilevel._FIRST_TURNS", 0.04)
    return limits


NOTHING = Answer("no_solution", bound=-math.inf)


def test_the_boxes_prove_what_the_exact_method_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    model = storage(hours=8, cyclic=False)
    best = model.solve("scip", gap=1e-6)
    exact(monkeypatch, [NOTHING] * 20)
    found = model.solve(gap=0.01, start=best)
    assert found.status == "optimal"
    assert found.method.endswith(" and boxes")
    assert 0.99 * best.objective <= found.bound <= best.objective + 1e-4
    assert found.objective == pytest.approx(best.objective)


def test_boxes_that_take_no_time_leave_it_to_the_exact_method(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where a bound that was taken over is better than it can be."""
    model = storage(hours=8)
    best = optimum(model)
    monkeypatch.setattr(Bounding, "go_on", lambda *_: True)
    shared(monkeypatch, 0.0)
    limits = exact(monkeypatch, [None])
    found = model.solve()
    assert (found.status, found.objective) == ("optimal", pytest.approx(best, rel=1e-4))
    assert limits == [None]


def test_the_exact_method_has_all_time_where_the_boxes_have_nothing_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = storage(hours=8)
    best = optimum(model)
    monkeypatch.setattr(Bounding, "go_on", lambda *_: False)
    shared(monkeypatch, 0.25)
    limits = exact(monkeypatch, [NOTHING, None])
    found = model.solve()
    assert found.status == "optimal"
    assert found.objective == pytest.approx(best, rel=2e-4)
    assert limits == [0.01, None]


def test_the_turns_grow_while_both_may_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    model = storage(hours=8)
    boxes: list[float] = []
    monkeypatch.setattr(Bounding, "go_on", lambda _, seconds: boxes.append(seconds) is None)
    shared(monkeypatch, 0.25)
    limits = exact(monkeypatch, [NOTHING, NOTHING, None])
    assert model.solve().status == "optimal"
    assert limits == pytest.approx([0.01, 0.02, 0.04])
    assert boxes == pytest.approx([0.03, 0.06])


@pytest.mark.parametrize("boxes_end", [False, True])
def test_without_a_share_the_exact_method_waits_until_the_boxes_are_at_their_end(
    monkeypatch: pytest.MonkeyPatch, *, boxes_end: bool
) -> None:
    model = storage(hours=8, cyclic=False)
    best = model.solve("scip", gap=1e-6)
    shared(monkeypatch, 0.0)
    limits = exact(monkeypatch, [None] if boxes_end else [])
    if boxes_end:
        monkeypatch.setattr(Bounding, "go_on", lambda *_: False)
    found = model.solve(gap=1e-6 if boxes_end else 0.01, start=best)
    assert found.status == "optimal"
    assert found.method == ("boxes and branch" if boxes_end else "boxes")
    assert limits == [None] * boxes_end
    assert found.objective == pytest.approx(best.objective, rel=1e-5)


@dataclass
class Worker:
    """Stands for boxes or a search that works for as long as before, with room for a few turns."""

    log: list[str]
    room: int = 1000
    had: float = 0.02

    @property
    def has_room(self) -> bool:
        return self.room > 0

    def go_on(self, seconds: float) -> bool:
        self.room -= 1
        self.log.append(f"{seconds:.2f}")
        used = min(seconds, self.had)
        time.sleep(used)
        self.had += used
        return self.has_room


def test_boxes_and_search_have_turns_of_the_same_length() -> None:
    log = list[str]()
    boxes, search = Worker(log, had=math.inf), Worker(log, room=3)
    monitor = Monitor(SolveOptions(), Clock())
    both = BoxesAndSearch(cast(Bounding, boxes), cast(Search, search), monitor)
    both.go_on(0.5)
    turns = [float(seconds) for seconds in log]
    assert turns[0::2][:3] == [0.02, 0.04, 0.08]
    assert turns[1::2] == [0.02, 0.04, 0.08]
    assert turns[-1] == pytest.approx(0.22, abs=0.06)
    assert len(turns) == 7


@pytest.mark.parametrize("room", [0, 1])
def test_boxes_that_have_nothing_left_end_the_turns(room: int) -> None:
    log = list[str]()
    both = BoxesAndSearch(
        cast(Bounding, Worker(log, room=1, had=0.0)),
        cast(Search, Worker(log, room)),
        Monitor(SolveOptions(), Clock()),
    )
    assert not both.go_on(0.5)
    assert log == ["0.02" if room else "0.50"]


def test_the_exact_method_has_less_time_the_more_pairs_are_open() -> None:
    shares = [share_of_exact(pairs) for pairs in (1, 100, 300, 500, 1000, 3000, 50_000)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] < 1
    assert shares[-2:] == [0.0, 0.0]


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
