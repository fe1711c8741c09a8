"""Grounding against what a person would write out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import codes, costs, grounded, row_dicts

INF = float("inf")


def leader(body: str, objective: str = "0 * x[0]") -> str:
    return f"leader top {{ {body} minimize goal = {objective}; }}"


def test_storage_chain_on_a_cyclic_set() -> None:
    built = grounded(
        "set T = 0..2 cyclic; param e = 0.5;"
        + leader(
            "var c[t in T] in [0, 4]; var s[t in T] in [t, 10];"
            "constraint soc[t in T]: s[t] == 0.9 * s[prev(t)] + e * c[t] - 2;",
            "sum{t in T}((t + 1) * c[t])",
        )
    )
    assert row_dicts(built, "top.soc") == {
        "top.soc[0]": ({"top.s[0]": 1.0, "top.s[2]": -0.9, "top.c[0]": -0.5}, -2.0, -2.0),
        "top.soc[1]": ({"top.s[1]": 1.0, "top.s[0]": -0.9, "top.c[1]": -0.5}, -2.0, -2.0),
        "top.soc[2]": ({"top.s[2]": 1.0, "top.s[1]": -0.9, "top.c[2]": -0.5}, -2.0, -2.0),
    }
    assert costs(built) == {"top.c[0]": 1.0, "top.c[1]": 2.0, "top.c[2]": 3.0}
    assert built.program.joint.lower.tolist() == [0, 0, 0, 0, 1, 2]


def test_three_ways_over_the_end_of_a_set() -> None:
    text = "set T = 0..2; param s0 = 7;" + leader(
        "var s[t in T] free;"
        "constraint a[t in T]: s[t] == s[prev(t) else s0];"
        "constraint b[t in T : t != first(T)]: s[t] == s[prev(t)];"
        "constraint c[t in T]: s[t] == (if t == first(T) then s0 else s[prev(t)]);"
        "constraint d[t in T : t != last(T)]: s[next(t)] - s[prev(t, 2) else 1] >= 0;",
        "s[first(T)]",
    )
    built = grounded(text)
    assert row_dicts(built, "top.a")["top.a[0]"] == ({"top.s[0]": 1.0}, 7.0, 7.0)
    assert list(row_dicts(built, "top.b")) == ["top.b[1]", "top.b[2]"]
    assert [row for _, row in sorted(row_dicts(built, "top.a").items())] == [
        row for _, row in sorted(row_dicts(built, "top.c").items())
    ]
    assert row_dicts(built, "top.d") == {
        "top.d[0]": ({"top.s[1]": 1.0}, 1.0, INF),
        "top.d[1]": ({"top.s[2]": 1.0}, 1.0, INF),
    }
    assert codes(text.replace("[prev(t) else s0]", "[prev(t)]")) == ["E0410"]


@pytest.mark.filterwarnings("error")
def test_a_row_has_no_side_where_its_data_is_infinite() -> None:
    text = "set T = 0..1; param most[t in T] = {0: inf, 1: 4};" + leader(
        "var x[t in T] free; constraint a[t in T]: x[t] <= most[t];"
        "constraint b[t in T]: -most[t] <= x[t] - 1;"
    )
    built = grounded(text)
    assert [row[1:] for row in row_dicts(built, "top.a").values()] == [(-INF, INF), (-INF, 4.0)]
    assert sorted(row[1:] for row in row_dicts(built, "top.b").values()) == [
        (-INF, 3.0),
        (-INF, INF),
    ]
    assert codes(text.replace("x[t] <= most", "x[t] >= most")) == ["E0416"]
    assert codes(text.replace("x[t] <= most", "x[t] == most")) == ["E0416"]


def test_limits_that_hold_leader_variables_become_rows_only_where_they_do() -> None:
    built = grounded(
        "set T = 0..3; param U[T] = {0: 5, 1: 0, 2: inf, 3: 2};"
        "leader top { var k in [0, 1]; minimize goal = k; }"
        "follower low { var c[t in T] in [0, k * U[t]]; minimize cost = sum{t in T}(c[t]); }"
    )
    joint, program = built.program.joint, built.program
    assert row_dicts(built, "low.c.upper") == {
        "low.c.upper[0]": ({"low.c[0]": 1.0, "top.k": -5.0}, -INF, 0.0),
        "low.c.upper[3]": ({"low.c[3]": 1.0, "top.k": -2.0}, -INF, 0.0),
    }
    assert joint.upper.tolist() == [1, INF, 0, INF, INF]
    assert [joint.column_name(j) for j in program.limit_column] == ["low.c[0]", "low.c[3]"]


def test_one_follower_for_each_element_with_its_own_rows_and_objective() -> None:
    built = grounded(
        'set U = {"a", "b"}; set T = 0..1; param w[U] = {"a": 1, "b": 10};'
        "leader top { var k[u in U] in [0, 1]; maximize goal = sum{u in U}(low[u].cost + k[u]); }"
        "follower low[u in U] { var c[t in T] in [0, k[u]];"
        " minimize cost = sum{t in T}(w[u] * c[t]) + 3 * k[u] + w[u];"
        " constraint need: sum{t in T}(c[t]) >= w[u]; }"
    )
    program = built.program
    assert [f.label for f in program.followers] == ["low[a]", "low[b]"]
    assert program.column_owner.tolist() == [0, 0, 1, 1, 2, 2]
    assert program.follower_cost.tolist() == [0, 0, 1, 1, 10, 10]
    assert program.foreign_cost.toarray()[:, :2].tolist() == [[3, 0], [0, 3]]
    assert [f.constant for f in program.followers] == [1, 10]
    assert costs(built) == {
        "top.k[a]": 4.0, "top.k[b]": 4.0, "low.c[a, 0]": 1.0, "low.c[a, 1]": 1.0,
        "low.c[b, 0]": 10.0, "low.c[b, 1]": 10.0,
    }  # fmt: skip
    assert program.joint.constant == 11
    assert row_dicts(built, "low.need")["low.need[b]"][1:] == (10.0, INF)
    assert program.row_owner.tolist() == [1, 1, 2, 2, 1, 2]


def test_absolute_values_maxima_and_minima_become_rows() -> None:
    built = grounded(
        "set T = 0..1; leader top { var x[t in T] in [-5, 5]; var y free;"
        "minimize goal = sum{t in T}(abs(x[t] - 1)) + max{t in T}(x[t]) - min(y, 2 * x[0]);"
        "constraint band: abs(y) <= 3; }"
    )
    rows = {
        name: row
        for f in built.program.joint.rows
        for name, row in row_dicts(built, f.path).items()
    }
    assert rows["top.band"] == ({"top.abs1": 1.0}, -INF, 3.0)
    assert rows["top.abs1.1"] == ({"top.abs1": 1.0, "top.y": -1.0}, 0.0, INF)
    assert rows["top.abs1.2"] == ({"top.abs1": 1.0, "top.y": 1.0}, 0.0, INF)
    assert rows["top.abs2.1[1]"] == ({"top.abs2[1]": 1.0, "top.x[1]": -1.0}, -1.0, INF)
    assert rows["top.max3.1[1]"] == ({"top.max3": 1.0, "top.x[1]": -1.0}, 0.0, INF)
    assert rows["top.min4.2"] == ({"top.min4": 1.0, "top.x[0]": -2.0}, -INF, 0.0)


@pytest.mark.parametrize(
    ("goal", "convex"),
    [
        ("minimize goal = a * abs(x);", True),
        ("minimize goal = -a * abs(x);", False),
        ("maximize goal = a * min(x, 2);", True),
        ("maximize goal = a * max(x, 2);", False),
        ("minimize goal = x; constraint r: a * abs(x) >= 1;", False),
        ("minimize goal = x; constraint r: -a * abs(x) >= -1;", True),
        ("minimize goal = x; constraint r: abs(x) == 1;", False),
        ("minimize goal = abs(max(x, 2 * x));", False),
        ("minimize goal = max(abs(x), 2 * x);", True),
    ],
)
def test_the_numbers_decide_convexity(goal: str, convex: bool) -> None:
    text = f"param a = 2; leader top {{ var x in [-9, 9]; {goal} }}"
    assert codes(text) == ([] if convex else ["E0417"])


def test_chains_of_two_comparisons() -> None:
    built = grounded(
        "leader top { var x free; var y free; minimize goal = x;"
        "constraint data: 1 <= x + y <= 3; constraint down: 3 >= x >= 1;"
        "constraint mixed: y <= x + 1 <= 2 * y dual in [-1, 1]; }"
    )
    assert row_dicts(built, "top.data") == {"top.data": ({"top.x": 1.0, "top.y": 1.0}, 1.0, 3.0)}
    assert row_dicts(built, "top.down") == {"top.down": ({"top.x": 1.0}, 1.0, 3.0)}
    assert row_dicts(built, "top.mixed.first") == {
        "top.mixed.first": ({"top.x": 1.0, "top.y": -1.0}, -1.0, INF)
    }
    assert row_dicts(built, "top.mixed.second") == {
        "top.mixed.second": ({"top.x": 1.0, "top.y": -2.0}, -INF, -1.0)
    }


def test_expressions_by_name_are_put_in() -> None:
    built = grounded(
        "set T = 0..2 cyclic; param w[t in T] = t;"
        "leader top { var x[t in T] free; expr net[t in T] = w[t] * x[t] - x[prev(t)];"
        "minimize goal = sum{t in T}(net[next(t)]); constraint r[t in T]: net[t] + half >= half; }"
        "expr half = x[0] / 2;"
    )
    assert costs(built) == {"top.x[0]": -1.0, "top.x[2]": 1.0}
    assert row_dicts(built, "top.r")["top.r[0]"][0] == {"top.x[2]": -1.0}


def test_baselines_by_whole_family_by_index_and_by_key() -> None:
    built = grounded(
        'set P = {"a", "b"}; leader top { var x in [0, 9]; var y[p in P] in [0, 9];'
        "var z[p in P] in [0, 9]; minimize goal = x; }"
        'baseline base { x = 1 + 1; y[p in P] = pos(p) + 5; z["b"] = 3; z["a"] = 4; }'
    )
    assert built.baselines["base"].tolist() == [2, 5, 6, 4, 3]


def test_reports_read_points_multipliers_and_baselines() -> None:
    from evdsl.program.program import Multipliers

    built = grounded(
        "set T = 0..2; leader top { var k in [0, 1]; minimize goal = k + low.cost; }"
        "follower low { var c[t in T] in [0, k * 2]; minimize cost = sum{t in T}(c[t]);"
        "constraint need[t in T : t > 0]: c[t] >= 1; }"
        "baseline full { k = 1; }"
        "report rms : kW = sqrt(mean{t in T}((low.c[t] - t)^2));"
        "report price[t in T : t > 0] = low.need[t].dual + 10 * low.c[t].upper.dual + low.c[t].lower.dual;"
        "report gain = full.rms - rms; report cost = low.cost;"
    )
    m, n = built.program.joint.shape
    x = np.array([1.0, 0.0, 3.0, 4.0])
    row = np.arange(1.0, m + 1)  # three limits, then two rows
    multipliers = Multipliers(row, np.full(n, 0.5), np.zeros(n))
    first = built.reports(x, multipliers)
    assert first["rms"].values.tolist() == [pytest.approx((8 / 3) ** 0.5)]
    assert first["rms"].unit == "kW"
    assert first["price"].values.tolist() == [4 + 20 + 0.5, 5 + 30 + 0.5]
    assert first["price"].bind == ("t",)
    assert "gain" not in first
    second = built.reports(x * 0, multipliers, {"full": first})
    assert second["gain"].values[0] == pytest.approx((8 / 3) ** 0.5 - (5 / 3) ** 0.5)
    assert built.objectives(x, multipliers)["low"].values.tolist() == [7.0]
    assert built.objectives(x, multipliers)["top"].values.tolist() == [8.0]


# ---- joins against plain enumeration -----------------------------------------------------------
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=8),
    st.integers(1, 3),
    st.data(),
)
def test_joins_equal_plain_enumeration(group: list[int], width: int, data: st.DataObject) -> None:
    n = len(group)
    pairs = data.draw(st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, 3)), min_size=1))
    table = "t,b,on\n" + "\n".join(
        f"{t},{b},{int((t, b) in pairs)}" for t in range(n) for b in range(4)
    )
    built = grounded(
        f"set T = 0..{n - 1}; set B = 0..3; table g index_placeholder;".replace(
            "table g index_placeholder;", 'table g from "g" index t; table p from "p" index t, b;'
        )
        + "mapping f[t in T] -> B = g.b; param on[t in T, b in B] = p.on[t, b];"
        "set P = {t in T, b in B : on[t, b] > 0};"
        "leader top { var x[t in T] free; minimize goal = x[0];"
        "constraint inverse[b in B]: sum{t in T : f(t) == b}(x[t]) >= 0;"
        "constraint nested[b in B]: sum{s in {t in T : f(t) == b}}(x[s]) >= 0;"
        "constraint slice[b in B]: sum{t in T : (t, b) in P}(x[t]) >= 0;"
        "constraint bound[b in B]: sum{(t, b) in P}(x[t]) >= 0;"
        f"constraint window[b in B]: sum{{t in T : pos(t) >= b and pos(t) < b + {width}}}(x[t]) >= 0;"
        "constraint both[b in B]: sum{t in T : f(t) == b and (t, b) in P and pos(t) > 0}(x[t]) >= 0; }",
        g="t,b\n" + "\n".join(f"{t},{b}" for t, b in enumerate(group)),
        p=table,
    )

    def expected(which: object) -> dict[str, set[int]]:
        return {str(b): {t for t in range(n) if which(t, b)} for b in range(4)}

    wanted = {
        "inverse": expected(lambda t, b: group[t] == b),
        "nested": expected(lambda t, b: group[t] == b),
        "slice": expected(lambda t, b: (t, b) in pairs),
        "bound": expected(lambda t, b: (t, b) in pairs),
        "window": expected(lambda t, b: b <= t < b + width),
        "both": expected(lambda t, b: group[t] == b and (t, b) in pairs and t > 0),
    }
    for name, sets in wanted.items():
        rows = row_dicts(built, f"top.{name}")
        for b, members in sets.items():
            terms = rows[f"top.{name}[{b}]"][0]
            assert terms == {f"top.x[{t}]": 1.0 for t in members}, name


def test_joins_never_make_all_pairs() -> None:
    """10 000 by 10 000 pairs would need gigabytes and minutes."""
    built = grounded(
        "set T = 0..9999; mapping f[t in T] -> B = pos(t) div 1;"
        "leader top { var x[t in T] in [0, 1]; minimize goal = sum{t in T}(x[t]);"
        "constraint one[b in B]: sum{t in T : f(t) == b}(x[t]) >= 0;"
        "constraint run[b in T]: sum{t in T : pos(t) <= pos(b) and pos(t) > pos(b) - 3}(x[t]) <= 2; }"
    )
    assert built.program.joint.A.nnz == 10000 + 3 * 10000 - 3


def test_tuple_sets_from_tables_and_conditions() -> None:
    built = grounded(
        'table trips from "t" index vehicle, trip; set V = trips.vehicle; set N = trips.trip;'
        "set R = trips.(vehicle, trip); param kwh[V, N] default 0 = trips.kwh;"
        "set Long = {v in V, k in N : kwh[v, k] > 5};"
        "leader top { var x[(v, k) in R] in [0, kwh[v, k]]; minimize goal = sum{(v, k) in R}(x[v, k]);"
        "constraint each[v in V]: sum{(v, k) in R}(x[v, k]) <= count{(v, k) in Long};"
        "constraint other[v in V, k in N]: x[v, k else 0] <= 1; }",
        trips="vehicle,trip,kwh\nb,1,4\na,1,6\nb,2,9",
    )
    assert [built.program.joint.column_name(j) for j in range(3)] == [
        "top.x[b, 1]", "top.x[a, 1]", "top.x[b, 2]",
    ]  # fmt: skip
    assert built.program.joint.upper.tolist() == [4, 6, 9]
    assert row_dicts(built, "top.each") == {
        "top.each[b]": ({"top.x[b, 1]": 1.0, "top.x[b, 2]": 1.0}, -INF, 1.0),
        "top.each[a]": ({"top.x[a, 1]": 1.0}, -INF, 1.0),
    }
    assert row_dicts(built, "top.other")["top.other[a, 2]"][0] == {}
