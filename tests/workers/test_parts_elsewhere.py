"""A model's independent parts in processes and on a cluster: the same answer, whatever happens."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import evdsl
from evdsl.backends.options import Event

if TYPE_CHECKING:
    from distributed import Client

UNITS = """
set U = 1..4;
set T = 1..4;
param price[t in T] = {1: 3, 2: 1, 3: 2, 4: 5};
leader planner {
  var k[u in U, t in T] in [0, 1];
  minimize deviation = sum{u in U, t in T}(abs(unit[u].c[t] - 1.3 - 0.1 * u));
}
follower unit[u in U] {
  var c[t in T] in [0, 4 * k[u, t]];
  minimize cost = sum{t in T}(price[t] * c[t]);
  constraint full: sum{t in T}(c[t]) == 5 + u;
}
baseline simple { k = 1; }
"""
OPTIMUM = sum(abs(5 + u - 4 * (1.3 + 0.1 * u)) for u in range(1, 5))
"""The leader can have any split: what remains is what is needed beyond the sum of the targets."""


@pytest.fixture(autouse=True)
def _every_detail_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evdsl.solve.monitor._PAUSE", 0.0)


def elsewhere(kind: str, request: pytest.FixtureRequest) -> dict[str, Any]:
    if kind == "processes":
        return {"jobs": 2}
    return {"cluster": request.getfixturevalue("client")}


@pytest.mark.parametrize("kind", ["processes", "cluster"])
def test_the_same_to_the_last_digit(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    model, log = evdsl.loads(UNITS), tmp_path / "solver.log"
    here = model.solve(method="bigm")
    there = model.solve(method="bigm", log=log, **elsewhere(kind, request))
    assert here.status == there.status == "optimal"
    assert here.objective == pytest.approx(OPTIMUM)
    assert (here.objective, here.bound, here.nodes) == (there.objective, there.bound, there.nodes)
    assert here.frame().equals(there.frame())
    assert log.read_text().count("component ") == 4


class Killer:
    """Kills a worker once some parts are done and others are not."""

    def __init__(self, client: Client | None) -> None:
        self.client, self.killed = client, 0

    def __call__(self, event: Event) -> None:
        if self.killed or event.detail != "2 of 4":
            return
        if self.client is None:
            pids = [process.pid for process in multiprocessing.active_children()]
        else:
            pids = list(self.client.run(os.getpid).values())
        assert pids[0] is not None
        os.kill(pids[0], signal.SIGKILL)
        self.killed = pids[0]


@pytest.mark.parametrize("kind", ["processes", "cluster"])
def test_a_worker_that_is_killed_in_mid_run(kind: str, request: pytest.FixtureRequest) -> None:
    workers = elsewhere(kind, request)
    killer = Killer(workers.get("cluster"))
    solution = evdsl.loads(UNITS).solve(watch=killer, **workers)
    assert killer.killed
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(OPTIMUM)


class Finger:
    """Presses Ctrl-C once, when so many parts are solved."""

    def __init__(self, solved: int) -> None:
        self.detail, self.pressed = f"{solved} of 4", False

    def __call__(self, event: Event) -> None:
        if event.detail == self.detail and not self.pressed:
            self.pressed = True
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_keeps_the_parts_that_are_solved(jobs: int) -> None:
    before = set(multiprocessing.active_children())
    solution = evdsl.loads(UNITS).solve(watch=Finger(2), jobs=jobs)
    assert [diagnostic.code for diagnostic in solution.diagnostics] == ["W0610"]
    assert solution.certificate.certified
    assert OPTIMUM < solution.objective < solution.baselines["simple"].objective
    assert set(multiprocessing.active_children()) == before


LONG = """
set U = 1..2;
set T = 1..72 cyclic;
param price[t in T] = 3 + 5 * (t mod 5) - 2 * (t mod 3);
mapping f[t in T] -> B = t div 4;
leader planner {
  var k[u in U, b in B] in [0, 4];
  minimize off = sum{u in U, t in T}(abs(unit[u].c[t] - (t * t + u) mod 4));
}
follower unit[u in U] {
  var c[t in T] in [0, k[u, f(t)]];
  var s[t in T] in [0, 6];
  minimize cost = sum{t in T}(price[t] * c[t]);
  constraint soc[t in T]: s[t] == s[prev(t)] + c[t] - 1;
}
baseline simple { k = 4; }
"""


class Impatient:
    """Presses Ctrl-C when the whole is better than `worst` and no part is solved."""

    def __init__(self, worst: float) -> None:
        self.worst = worst
        self.at: float | None = None

    def __call__(self, event: Event) -> None:
        better = event.incumbent is not None and event.incumbent < self.worst
        if better and event.detail.startswith(("0 of 2", "1 of 2: ")) and self.at is None:
            self.at = event.incumbent
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("kind", ["in turn", "processes", "cluster"])
def test_ctrl_c_keeps_what_the_parts_have_told_that_still_run(
    kind: str, request: pytest.FixtureRequest
) -> None:
    workers = {} if kind == "in turn" else elsewhere(kind, request)
    model = evdsl.loads(LONG)
    begun = Impatient(model.solve(time_limit=0).baselines["simple"].objective)
    solution = model.solve(watch=begun, **workers)
    assert [diagnostic.code for diagnostic in solution.diagnostics] == ["W0610"]
    assert solution.status == "feasible"
    assert begun.at is not None
    assert solution.objective <= begun.at < begun.worst


def test_ctrl_c_without_an_answer_ends_it() -> None:
    before = set(multiprocessing.active_children())
    text = UNITS.replace("baseline simple { k = 1; }", "")
    with pytest.raises(KeyboardInterrupt):
        evdsl.loads(text).solve(watch=Finger(0), jobs=2)
    assert set(multiprocessing.active_children()) == before


def test_what_a_part_refuses_is_said() -> None:
    with pytest.raises(evdsl.EvdslError, match="E0650"):
        evdsl.loads(UNITS).solve(jobs=2, options={"no_such": 1})
