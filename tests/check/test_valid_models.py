"""What is right is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from checked import WEEK, errors
from evdsl.check import check
from evdsl.source.text import Source
from evdsl.syntax import parse

ROOT = Path(__file__).parents[2]
MODELS = sorted((ROOT / "models").rglob("*.evm"))

BOSS = "leader boss { var chosen in [0, 10]; minimize effort = chosen; }"

FLEET = (
    WEEK
    + """
param sigma = 0.001;
reference ev[v in V] {
  var c[t in T] in [0, c_max[v, t]];
  var s[t in T] in [0, 50];
  minimize cost = sum{t in T}(price[t] * c[t]);
  constraint soc[t in T]: s[t] == (1 - sigma) * s[prev(t)] + c[t];
}
param c_ref[t in T] = sum{v in V}(ev[v].c[t]);
param worth[t in T] = max{v in V}(ev[v].soc[t].dual) + ev["a"].cost + ev["a"].c[t].upper.dual;
leader planner {
  var k[b in B] in [0, 1];
  var n[b in B] integer in [0, 3];
  expr most = max{b in B}(k[b]);
  minimize deviation = sum{t in T}(abs(aev.c[t] - c_ref[t])) + most + 0.1 * aev.cost;
  constraint band[t in T]: -5 <= aev.c[t] - c_ref[t] <= 5;
  constraint whole[b in B]: k[b] <= planner.n[b];
}
follower aev {
  var c[t in T] in [0, k[f(t)] * sum{v in V}(c_max[v, t])];
  var s[t in T] in [0, 50];
  minimize cost = sum{t in T}(price[t] * c[t]);
  constraint soc[t in T]: s[t] == (1 - sigma) * s[prev(t)] + c[t];
  constraint ramp[t in T]: abs(c[t] - c[prev(t)]) <= 3;
}
baseline simple { k = 1; n = 0; }
baseline part { k[b in B : b < 3] = 1; k[b in B : b >= 3] = 0; n[b in B] = b mod 2; }
report rmse = sqrt(mean{t in T}((aev.c[t] - c_ref[t])^2));
report gain = 1 - rmse / simple.rmse;
report shadow[t in T : aev.c[t] > 0] = aev.soc[t].dual / aev.c[t];
report limits[t in T] = aev.c[t].upper.dual - aev.c[t].lower.dual;
check[v in V, t in T]: c_max[v, t] >= 0 and count{v2 in V : v2 != v} >= 0 "limits";
"""
)


def test_a_whole_fleet_model() -> None:
    assert errors(FLEET) == []


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_the_models_of_the_repository(path: Path) -> None:
    model, wrong = parse(Source(path.name, path.read_text(encoding="utf-8")))
    assert [*wrong, *check(model)] == []


@pytest.mark.parametrize(
    "text",
    [
        # sets
        "set A = 0..9; set Odd = {a in A : a mod 2 == 1}; set Even = A minus Odd;"
        "set All = Odd union Even; param p[a in All] = a * 2;",
        'set A = {"x", "y"}; set B = {"u"}; set P = {a in A, b in B : a == "x"};'
        "param p = count{(a, b) in P} + count{a in A, b in B : (a, b) in P};",
        "set T = 0..9; set Late = {t in T : t >= 5}; set Later = {t in Late : t != last(Late)};"
        "param p = sum{t in Later}(pos(t) + card(Late));",
        "set T = {t in 0..9 : t mod 2 == 0} cyclic; param p[t in T] = pos(prev(t));",
        'table d from "d.csv" index time; set T = {t in d.time : t >= "2019-12-02"} cyclic;'
        "param x[t in T] = hour(prev(t)) + step(t);",
        'table d from "d.csv" index time; set T = d.time; set L = {t in T : hour(t) > 3};'
        "param x[T] = d.x; param y[t in L] = x[t] + x[first(T)];",
        'table d from "d.csv" index v; param p = sum{v in d.v}(1); set V = d["v"];'
        "param x[V] = d.x; param y = sum{v in d.v}(x[v]);",
        # tuples from tables
        'table trips from "t.csv" index vehicle, trip; set V = trips.vehicle; set N = trips.trip;'
        "set R = trips.(vehicle, trip); param kwh[V, N] default 0 = trips.kwh;"
        "param e[v in V] = sum{(v, k) in R}(kwh[v, k]); mapping dep[(v, k) in R] -> T = trips.dep;"
        "param n[t in T] = count{(v, k) in R : dep(v, k) == t};",
        # mappings
        "set T = 0..9; set B = 0..4; mapping f[t in T] -> B = t div 2;"
        'mapping g[b in B] -> C = if b < 2 then "low" else "high";'
        "param p[c in C] = count{t in T : g(f(t)) == c};",
        'set U = {"a"}; set T = 0..9; mapping f[u in U, t in T] -> B = pos(t) div 4;'
        "param p[u in U, b in B] = sum{t in T : f(u, t) == b}(t);",
        # steps
        "set T = 0..9; param p[t in T] = t; param q[t in T : t > 0] = p[prev(t)];"
        "param r[t in T] = p[prev(t) else 3] + p[next(t, 2) else 0];",
        "set T = 0..9; param p[t in T] = t;"
        "param q[t in T] = (if t == first(T) then 0 else p[prev(t)]);"
        "param r[t in T : pos(t) >= 3] = sum{i in 0..3}(p[prev(t, i)]);",
        "set T = 0..9; param p[t in T] = t; check[t in T]: t == first(T) or p[t] > p[prev(t)];",
        # params
        'set P = {"low", "high"}; param w[P] in [0, 9] = {"low": 1, "high": 2};'
        'param x = w["low"]; param given; param y = given * x;',
        "set T = 0..3; param m[t in T] default 0 = {0: 1, 3: 2}; param t_of[t in T] = t;",
        'table d from "d.csv" index vehicle, time; set T = 0..9; set V = d.vehicle;'
        "param p[V, T] = d.x; param q[v in V, t in T] = d.x[v, t] / 1000;",
        # elements as numbers and literals as elements
        "set T = 0..9; param p[t in T] = 2 * t + (if t in {1, 2} then 1 else 0); param q = p[3];",
        'set P = {"low", "high"}; mapping m[p in P] -> P2 = p; param s = sum{p in {"low"}}(1);'
        'param w[p in P] = if p == "low" then 1 else 2;'
        'param low = sum{p in {"low"}}(w[p]);',
    ],
)
def test_data_that_is_right(text: str) -> None:
    assert errors(text + BOSS) == []


@pytest.mark.parametrize(
    "item",
    [
        "minimize F = abs(x - y) + max(x, 2 * y, 3) - min(x, y);",
        "maximize F = min(x, y) - abs(x);",
        "minimize F = w * abs(x - y);",  # the sign of w is known once it is given
        "minimize F = x; constraint a: max(x, y) <= 3 - abs(y - 1);",
        "minimize F = x; constraint a: min(x, y) >= max(x - 1, 0);",
        "minimize F = x; constraint a: abs(x) == 2;",  # x is not negative
        "minimize F = x; constraint a: x / 2 + 3 * (x - y) / 4 == 1 - -x;",
        "minimize F = x^1 + (2^3) * x; constraint a: x * (1 + sqrt(4)) >= y;",
        "minimize F = -neg * abs(x - y);",
        "minimize F = x; var z in [0, x];",
        "maximize F = -abs(x - y) + twice; expr twice = 2 * min(x, y);",
    ],
)
def test_shapes_that_are_right(item: str) -> None:
    text = f"param w = -2; param neg in [-9, 0] = -1; leader up {{ var x in [0, 9]; var y free; {item} }}"
    assert errors(text) == []
