"""A small problem on which the presolve of HiGHS 1.15 cuts the optimum off at a tolerance of 1e-9."""

from __future__ import annotations

import io

import pandas as pd
import pytest

import evdsl

PRICES = """\
time,price,z
5,8000.0,0
6,2000.0,0
7,-1000.0,1
8,-3000.0,1
9,-4000.0,2
"""

UNITS = """\
unit,time,cmax,smax,smin,need,ref
u1,8,0.0045000000000000005,0.008,0.0,0.0005,0.001
u0,6,0.002,0.011,0.0,0.003,0.003
u0,9,0.002,0.011,0.0,0.003,0.002
u1,6,0.0035,0.008,0.0,0.001,0.0035
u1,7,0.0035,0.008,0.001,0.002,0.001
u1,9,0.004,0.006,0.001,0.0,0.0045000000000000005
u0,5,0.005,0.01,0.0,0.002,0.0045000000000000005
u1,5,0.003,0.01,0.0,0.002,0.005
u0,8,0.004,0.0085,0.0,0.002,0.005
u0,7,0.005,0.0095,0.0,0.002,0.005
"""

MODEL = """\
table pr from "pr.csv" index time;
table fl from "fl.csv" index unit, time;
set T = pr.time;
set U = fl.unit;
mapping z[t in T] -> B = pr.z[t];
param price[t in T] = pr.price[t];
param cmax[U, T] = fl.cmax; param smax[u in U, t in T] = fl.smax[u, t]; param smin[U, T] = fl.smin; param need[U, T] = fl.need;
param eta = 1; param sigma = 0.1; param s0 = 0.002;
leader top {
  var kc[b in B] in [0, 1];
  var ks[b in B] in [0.5, 1];
  minimize z0 = 3 * max{t in T}(sum{u in U}(st[u].c[t]));
}
follower st[u in U] {
  var c[t in T] in [0, kc[z(t)] * cmax[u, t]];
  var d[t in T] in [0, cmax[u, t] / 2];
  var s[t in T] in [smin[u, t], ks[z(t)] * smax[u, t]];
  maximize cost = sum{t in T}(-price[t] * (c[t] - d[t]));
  constraint soc[t in T]: s[t] == (1 - sigma) * s[prev(t) else s0] + eta * c[t] - d[t] / eta - need[u, t];
}
"""


@pytest.mark.parametrize(
    ("solver", "method"), [("highs", "bigm"), ("scip", "sos1"), ("scip", "bigm")]
)
def test_every_route_finds_the_optimum(solver: str, method: str) -> None:
    data = {name: pd.read_csv(io.StringIO(text)) for name, text in (("pr", PRICES), ("fl", UNITS))}
    solution = evdsl.loads(MODEL).solve(solver=solver, method=method, data=data)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(0.0122242, abs=1e-6)
