"""Small storages whose follower is a chain, with their optimum by the exact method."""

from __future__ import annotations

from pathlib import Path

import evdsl
from evdsl.backends.options import SolveOptions
from evdsl.program.program import Program
from evdsl.solve.clock import Clock
from evdsl.solve.monitor import Monitor
from evdsl.solve.polish import Polished, respond
from evdsl.solve.starts import tightest_decision

STORAGE = """
model storage;
set T = 0 .. HOURS - 1 CYCLIC;
mapping f[t in T] -> B = t div GROUP;
param price[t in T] = 1 + (7 * t * t + 3 * SEED * t) mod 11;
param wanted[t in T] = 3 * ((t * t + SEED * t) mod 4) / 3;
param used[t in T] = (5 * t + SEED) mod 3;
leader planner {
  var k[b in B] in [0, 1];
  var u[b in B] in [0, 1];
  SENSE off = SIGN * (sum{t in T}(abs(unit.c[t] - wanted[t]) + 0.1 * abs(unit.s[t] - 3)) + 0.5);
}
follower unit {
  var c[t in T] in [0, 4 * k[f(t)]];
  var d[t in T] in [0, POWER];
  var s[t in T] in [0, 8 * u[f(t)]];
  minimize cost = sum{t in T}(price[t] * (c[t] - 0.8 * d[t]));
  constraint soc[t in T]: s[t] == 0.99 * BEFORE + 0.9 * c[t] - d[t] - used[t];
}
baseline simple { k = 1; u = 1; }
"""


def storage(
    *,
    seed: int = 0,
    hours: int = 12,
    group: int = 4,
    power: float = 0.0,
    cyclic: bool = True,
    squares: bool = False,
    maximise: bool = False,
) -> evdsl.Model:
    text = STORAGE.replace("HOURS", str(hours)).replace("GROUP", str(group))
    text = text.replace("SEED", str(seed)).replace("POWER", str(power))
    text = text.replace("CYCLIC", "cyclic" if cyclic else "")
    text = text.replace("BEFORE", "s[prev(t)]" if cyclic else "(if t > 0 then s[prev(t)] else 4)")
    text = text.replace("SENSE", "maximize" if maximise else "minimize")
    text = text.replace("SIGN", "-1" if maximise else "1")
    if squares:
        text = text.replace("abs(unit.c[t] - wanted[t])", "(unit.c[t] - wanted[t])^2")
    return evdsl.loads(text, Path())


def simple_answer(program: Program) -> Polished:
    """The followers' answer to the tightest decision, or to factors of 1."""
    tightest = tightest_decision(program, SolveOptions())
    x = program.joint.upper if tightest is None else tightest
    found = respond(program, x)
    assert found is not None
    assert found.leader_rows_hold
    return found


def monitor(program: Program, gap: float = 1e-4) -> Monitor:
    made = Monitor(SolveOptions(gap=gap), Clock())
    made.begins(program)
    return made


def optimum(model: evdsl.Model) -> float:
    found = model.solve("scip", gap=1e-6)
    assert found.status == "optimal"
    return found.objective
