"""Parts of a program: an answer of a part is one of the whole, and is worth as much there."""

from pathlib import Path

import numpy as np
import pytest

import evdsl
from evdsl.backends.options import SolveOptions
from evdsl.program.program import Program
from evdsl.solve.baselines import answer_baselines
from evdsl.solve.certificate import certify
from evdsl.solve.clock import Clock
from evdsl.solve.monitor import Monitor
from evdsl.solve.polish import Polished
from evdsl.solve.search import sweep
from evdsl.solve.search.local import Parts
from evdsl.solve.search.search import search
from evdsl.workers.workers import InTurn

UNIT = """
model unit;
set T = 1 .. 40 cyclic;
mapping f[t in T] -> B = pos(t) div 2;
param price[t in T] = 3 + 5 * (t mod 3) - 2 * (t mod 5);
param wanted[t in T] = (t * t) mod 4;
leader up {
  var k[b in B] in [0, 4];
  SENSE off = SIGN * (sum{t in T}(DEVIATION) + 0.01 * sum{b in B}(k[b]));
}
follower low {
  var c[t in T] in [0, up.k[f(t)]];
  var s[t in T] in [0, 6];
  minimize cost = sum{t in T}(price[t] * c[t]CURVE);
  constraint soc[t in T]: s[t] == s[prev(t)] + c[t] - 1;
}
baseline wide { k = 4; }
"""
SHAPES = [
    ("minimize", "1", "abs(low.c[t] - wanted[t])", ""),
    ("minimize", "1", "(low.c[t] - wanted[t])^2", ""),
    ("maximize", "(-1)", "(low.c[t] - wanted[t])^2 + 0.1 * low.c[t] * low.s[t] + low.s[t]^2", ""),
    ("minimize", "1", "abs(low.c[t] - wanted[t])", " + c[t]^2"),
    ("minimize", "1", "(low.c[t] - wanted[t])^2", " + c[t]^2 + (c[t] - s[t])^2 / 10"),
]


def unit(sense: str, sign: str, deviation: str, curve: str) -> tuple[Program, Polished]:
    text = UNIT.replace("DEVIATION", deviation).replace("CURVE", curve)
    text = text.replace("SENSE", sense).replace("SIGN", sign)
    model = evdsl.loads(text, Path())
    grounded = model.ground()
    return grounded.program, answer_baselines(model.ir, grounded).answers["wide"]


@pytest.mark.parametrize("shape", SHAPES)
def test_an_answer_of_a_part_is_one_of_the_whole(shape: tuple[str, str, str, str]) -> None:
    program, at = unit(*shape)
    parts, gained = Parts.of(program), 0
    for center in program.follower_columns[::31].tolist():
        part = parts.part(parts.around(center, 24), at)
        assert part is not None
        assert part.program.joint.shape[1] < 50
        assert certify(part.program, part.start.x, part.start.multipliers).certified
        found = search(part.program, [part.start], SolveOptions(time_limit=0.2))
        if found is None:
            continue
        before, at = at, part.put_back(found, at)
        assert certify(program, at.x, at.multipliers).certified
        assert at.objective == pytest.approx(program.joint.objective(at.x))
        still = np.ones(len(at.x), np.bool_)
        still[part.columns] = False
        assert (at.x[still] == before.x[still]).all()
        gained += program.joint.sense * (at.objective - before.objective) < -1e-6
    assert gained


def test_nothing_is_a_part_where_one_factor_serves_all() -> None:
    text = UNIT.replace("pos(t) div 2", "pos(t) div 40").replace("SENSE", "minimize")
    text = text.replace("SIGN", "1").replace("DEVIATION", "abs(low.c[t] - wanted[t])")
    model = evdsl.loads(text.replace("CURVE", ""), Path())
    grounded = model.ground()
    at = answer_baselines(model.ir, grounded).answers["wide"]
    parts = Parts.of(grounded.program)
    center = int(grounded.program.follower_columns[0])
    assert parts.part(parts.around(center, 24), at) is None


def test_a_large_program_is_searched_by_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "_LARGE", 50)
    monkeypatch.setattr(sweep, "_SIZE", 24)
    program, at = unit(*SHAPES[1])
    options = SolveOptions(time_limit=1.5)
    found, goes_on = sweep.search_all(program, [at], options, Monitor(options, Clock()), InTurn())
    assert found is not None
    assert goes_on is None
    assert certify(program, found.x, found.multipliers).certified
    assert found.objective < at.objective
