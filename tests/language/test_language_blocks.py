"""Blocks from text to certified answers, sentence by sentence of the language reference."""

from __future__ import annotations

import numpy as np
import pytest

import evdsl
from evdsl.program.assembly import Assembly
from routes import best_on_grid, by_both, messages, solved


def test_the_followers_objective_stands_in_leader_rows() -> None:
    found = evdsl.loads(
        "leader top { var k in [0, 4]; maximize F = low.y - 0.2 * low.cost; constraint purse: low.cost <= 5; }"
        "follower low { var y in [0, 9]; var z in [0, 9]; minimize cost = y + 3 * z;"
        " constraint need: y + z >= 2 * k; constraint most: y <= 4; }"
    )
    solution = by_both(found)
    assert solution.objective == pytest.approx(4 - 0.8)  # k = 2: the fifth would cost 3 for 0 more
    assert solution.objective == pytest.approx(
        best_on_grid(solution.program, [np.linspace(0, 4, 41)])
    )


def test_the_follower_presses_what_its_objective_stands_for() -> None:
    """A leader may ask much of a follower's `abs`: the follower keeps it at its true value."""
    found = evdsl.loads(
        "leader top { var k in [0, 1]; minimize goal = k; constraint far: low.c >= 0.5; }"
        "follower low { var y in [-1, 0]; minimize c = abs(y - k); }"
    )
    solution = by_both(found)
    assert (solution.objective, solution.value("low.y")) == (pytest.approx(0.5), pytest.approx(0))


def test_absolute_values_and_extremes_on_both_levels() -> None:
    found = evdsl.loads(
        "leader top { var k in [0, 2]; maximize F = min(low.y, 3 - k) - abs(k - 1); }"
        "follower low { var y in [0, 5]; minimize q = abs(y - 2 * k) + max(0, 0.5 * y - 0.5); }"
    )
    solution = by_both(found)
    assert solution.objective == pytest.approx(2)  # y = 2 k, so k = 1
    assert solution.value("low.q") == pytest.approx(0.5)


@pytest.mark.parametrize("seed", range(8))
def test_bends_in_followers_against_a_grid(seed: int) -> None:
    """Both encodings bound a follower's `abs`, `min` and `max` by the values that they can take."""
    rng = np.random.default_rng(seed)
    a, b, c, d, e = rng.uniform(-2, 2, 5).round(2)
    found = evdsl.loads(
        f"leader top {{ var k in [0, 2]; minimize F = {a} * low.y + {b} * low.z + {c} * k; }}"
        f"follower low {{ var y in [-2, 3]; var z in [-1, 4]; maximize q = min(y, {1 + abs(d)} - y + k, 2)"
        f" - abs(z - y * {e} + k) - 0.1 * max(abs(y), 2 * z, 0.3); constraint r: max(y, z - k) <= 2.5;"
        " constraint s: y - z >= -3; }"
    )
    solution = by_both(found)
    grid = best_on_grid(solution.program, [np.linspace(0, 2, 41)])
    assert grid - 0.5 <= solution.objective <= grid + 1e-6


def test_followers_of_different_senses_each_on_their_own() -> None:
    found = evdsl.loads(
        'set U = {"a", "b"}; param w[U] = {"a": 1, "b": -1};'
        "leader top { var k in [1, 3]; minimize F = sum{u in U}(up[u].x) + 2 * down.y - 4 * k; }"
        "follower up[u in U] { var x in [-2, k]; maximize gain = w[u] * x; }"
        "follower down { var y in [0, 9]; minimize pain = 2 * y; constraint c: y >= k; constraint d: y >= 4 - k; }"
    )
    solution = by_both(found)
    # x = k and -2, y = max(k, 4 - k): k - 2 + 2 max(k, 4 - k) - 4 k
    assert solution.objective == pytest.approx(
        min(k - 2 + 2 * max(k, 4 - k) - 4 * k for k in (1, 2, 3))
    )
    assert solution.value("up.gain").tolist() == pytest.approx([solution.value("top.k"), 2])


def test_expressions_of_blocks_are_read_from_outside() -> None:
    found = evdsl.loads(
        "set T = 0..2 cyclic; set U = 1..2; expr both[t in T] = sum{u in U}(low[u].net[t]);"
        "leader top { var k[t in T] in [0, 2]; expr turn[t in T] = k[t] - k[prev(t)];"
        " minimize F = sum{t in T}(both[t]) + abs(turn[1]); constraint r: both[0] + turn[2] >= 1; }"
        "follower low[u in U] { var y[t in T] in [0, 5]; expr net[t in T] = u * y[t] - y[next(t)];"
        " minimize c = sum{t in T}((1 + t) * y[t]); constraint n[t in T]: y[t] >= k[t]; }"
        "report nets[u in U, t in T] = low[u].net[t]; report total = sum{t in T}(both[t]);"
    )
    solution = by_both(found)
    k = solution.value("k").to_numpy()
    nets = [[u * k[t] - k[(t + 1) % 3] for t in range(3)] for u in (1, 2)]
    assert solution.reports["nets"].tolist() == pytest.approx(np.ravel(nets).tolist())
    assert solution.reports["total"] == pytest.approx(float(np.sum(nets)))
    assert solution.objective == pytest.approx(float(np.sum(nets)) + abs(k[1] - k[0]))


def test_sparse_variables_conditions_and_choices() -> None:
    found = evdsl.loads(
        "set V = 1..2; set T = 0..3; set P = {v in V, t in T : (v + t) mod 2 == 0};"
        "leader top { var k[v in V, t in T : t > 0] in [0, 1]; maximize F = sum{v in V}(home[v].got) - sum{v in V, t in T : t > 0}(0.4 * k[v, t]); }"
        "follower home[v in V] { var c[(v, t) in P] in [0, (if t > 0 then k[v, t] * t else 1)];"
        " var s[t in T] free; maximize got = sum{t in T}((1 + t) * c[t else 0]) - 0.1 * s[last(T)];"
        " constraint level[t in T]: s[t] == (if t == first(T) then 2 else s[prev(t)]) + c[t else 0]; }"
    )
    solution = by_both(found)
    pairs = [(v, t) for v in (1, 2) for t in range(4) if (v + t) % 2 == 0]
    assert list(solution.value("home.c").index) == pairs
    assert {f.path: f.bind for f in solution.program.joint.columns}["home.c"] == ("v", "t")
    worth = [(1 + t - 0.1) * t - 0.4 for _, t in pairs if t > 0]
    first = sum(0.9 for _, t in pairs if t == 0)
    assert solution.objective == pytest.approx(sum(worth) + first - 2 * 0.2)


def test_references_with_conditions_are_data() -> None:
    found = evdsl.loads(
        "set V = 1..3; set T = 0..1; reference car[v in V : v != 2] { var x[t in T] in [0, v];"
        " minimize cost = sum{t in T}((1 + t) * x[t]); constraint n: sum{t in T}(x[t]) == v + 0.5; }"
        "param sum_x[t in T] = sum{v in V : v != 2}(car[v].x[t]); param price[v in V : v != 2] = car[v].n.dual;"
        "check: sum_x[0] == 4 and sum_x[1] == 1; check[v in V : v != 2]: price[v] == 2;"
        "leader top { var k in [0, 9]; minimize F = abs(k - sum{v in V : v != 2}(car[v].cost)); }"
    )
    solution = by_both(found)
    assert solution.value("k") == pytest.approx((1 + 1) + (3 + 1))


@pytest.mark.parametrize("solver", ["scip", "highs"])
def test_models_without_a_follower(solver: str) -> None:
    linear = evdsl.loads(
        "set T = 1..3; leader top { var x[t in T] in [0, 4]; maximize F = sum{t in T}(t * x[t]) - max{t in T}(x[t]);"
        " constraint c: sum{t in T}(x[t]) <= 6; }"
    )
    assert solved(linear, solver=solver).objective == pytest.approx(4 * 3 + 2 * 2 - 4)
    whole = evdsl.loads(
        "set T = 1..4; param worth[T] = {1: 3, 2: 5, 3: 4, 4: 1}; param size[T] = {1: 2, 2: 3, 3: 3, 4: 1};"
        "leader top { var x[t in T] binary; var n integer in [0, 2.5]; maximize sum{t in T}(worth[t] * x[t]) + 0.7 * n;"
        " constraint c: sum{t in T}(size[t] * x[t]) + n <= 6; }"
    )
    assert solved(whole, solver=solver).objective == pytest.approx(9)


def test_baselines_stand_in_reports_declared_anywhere() -> None:
    found = evdsl.loads(
        "report gain = better / full.cost; report better = full.cost - cost; expr twice = 2 * low.g;"
        "report cost = twice + sum{t in T}(part[t]); report part[t in T] = low.y[t] * k;"
        "report sum_full = sum{t in T}(full.part[t]);"
        "set T = 0..1; leader top { var k in [1, 3]; minimize F = k + low.y[0]; }"
        "follower low { var y[t in T] in [0, 9]; minimize g = sum{t in T}(y[t]); constraint c[t in T]: y[t] >= k + t; }"
        "baseline full { k = 3; } baseline half { k = 1.5; }"
    )
    solution = by_both(found)

    def cost(k: float) -> float:
        return 2 * (2 * k + 1) + k * (2 * k + 1)

    assert solution.reports["cost"] == pytest.approx(cost(1))
    assert solution.reports["gain"] == pytest.approx((cost(3) - cost(1)) / cost(3))
    assert solution.reports["sum_full"] == pytest.approx(3 * 7)
    assert solution.baselines["half"].reports["cost"] == pytest.approx(cost(1.5))
    assert list(solution.reports) == ["gain", "better", "cost", "part", "sum_full"]
    assert list(solution.baselines["full"].reports) == ["cost", "part"]
    late = "leader top { var k in [0, 1]; minimize k; } baseline b { k = 1; } report a = b.c; report c = b.d - d; report d = k;"
    with pytest.raises(evdsl.EvdslError, match="compares with baselines"):
        evdsl.loads(late).solve("scip")


# ---- which way a bend may be used is decided for each element ------------------------------------
LOW = "follower low[u in U] {{ var y in [-1, 1]; minimize c = a[u] * abs(y - k); }}"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (LOW.format(), ["E0417"]),
        (LOW.format().replace("a[u] *", "a[u]^2 *"), []),
        ("reference r[u in U] { var y in [-1, 1]; minimize c = a[u] * abs(y); }"
         " report z = sum{u in U}(r[u].c);", ["E0417"]),
        ("follower low { var y in [0, 9]; minimize c = y; constraint r: y >= a[1] * abs(k); }", []),
        ("follower low { var y in [0, 9]; minimize c = y; constraint r: y >= a[2] * abs(k); }", ["E0417"]),
        ("follower low { var y in [0, 9]; minimize c = y; constraint r: y >= a[1] * top.F; }", ["E0417"]),
    ],
)  # fmt: skip
def test_bends_by_element_and_by_level(text: str, codes: list[str]) -> None:
    head = "set U = 1..2; param a[U] = {1: 1, 2: -1}; leader top { var k in [0, 1]; minimize F = abs(k); }"
    assert messages(head + text) == codes


def test_what_defines_an_extreme_is_a_slice() -> None:
    found = evdsl.loads(
        "set T = 0..4; leader top { var x[t in T] in [0, 1]; minimize F = sum{t in T}(abs(x[t] - 1)) + max{t in T}(x[t]); }"
    ).ground()
    assembly: Assembly = found._assembly
    assert [(e.columns, e.rows) for e in assembly.extremes] == [
        (slice(5, 10), slice(0, 10)),
        (slice(10, 11), slice(10, 15)),
    ]
