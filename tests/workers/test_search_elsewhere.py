"""The search by workers of each kind: the same answer to the last digit."""

from __future__ import annotations

import math

import pytest

import evdsl
from evdsl.backends.options import SolveOptions
from evdsl.program.program import Program
from evdsl.solve.baselines import answer_baselines
from evdsl.solve.polish import Polished
from evdsl.solve.search.search import Search, search
from evdsl.workers.processes import Processes
from evdsl.workers.workers import InTurn, Workers

UNIT = """
model unit;
set T = 1 .. 16 cyclic;
param price[t in T] = 3 + 5 * (t mod 3) - 2 * (t mod 2);
param wanted[t in T] = (t * t) mod 4;
mapping f[t in T] -> B = t div 2;
leader up {
  var k[b in B] in [0, 4];
  minimize off = sum{t in T}(abs(low.c[t] - wanted[t]));
}
follower low {
  var c[t in T] in [0, up.k[f(t)]];
  var s[t in T] in [0, 6];
  minimize cost = sum{t in T}(price[t] * c[t]);
  constraint soc[t in T]: s[t] == s[prev(t)] + c[t] - 1;
}
baseline wide { k = 4; }
"""


@pytest.fixture(scope="module")
def unit() -> tuple[Program, list[Polished]]:
    model = evdsl.loads(UNIT)
    grounded = model.ground()
    return grounded.program, [*answer_baselines(model.ir, grounded).answers.values()]


def test_the_same_to_the_last_digit(workers: Workers, unit: tuple[Program, list[Polished]]) -> None:
    options = SolveOptions(seed=1)
    here = search(*unit, options, None, InTurn(), problems=600)
    there = search(*unit, options, None, workers, problems=600)
    assert here is not None
    assert there is not None
    assert there.objective == here.objective
    assert (there.x == here.x).all()


def test_jobs_of_a_solve_work_on_the_search(
    processes: Processes, unit: tuple[Program, list[Polished]], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Workers] = []

    class Watched(Search):
        def go_on(self, seconds: float = math.inf) -> Polished | None:
            seen.append(self._workers)
            return None

    monkeypatch.setattr("evdsl.solve.search.sweep.Search", Watched)
    monkeypatch.setattr("evdsl.solve.search.limits._FEW", 0)
    evdsl.loads(UNIT).solve(jobs=2, time_limit=20.0, gap=1e6)
    assert [worker.count for worker in seen] == [2]
