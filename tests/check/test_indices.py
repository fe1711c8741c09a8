"""Indices: their number, their set, and steps."""

from __future__ import annotations

import pytest

from checked import LEADER, WEEK, at, codes, errors


def mend(text: str) -> str | None:
    (found,) = errors(text + LEADER)
    return found.help


def test_the_wrong_set_with_a_mapping_to_the_right_one() -> None:
    text = """
table prices from "p.csv" index time;
set T = prices.time;
mapping f[t in T] -> B = hour(t) div 4;
leader planner {
  var k_c[b in B] in [0, 1];
  minimize total = sum{t in T}(k_c[t]);
}
"""
    (found,) = errors(text)
    assert found.code == "E0207"
    assert found.message == "`k_c` is indexed by B, but `t` runs over T"
    assert found.label == "element of T"
    assert found.help == "a mapping from T to B exists: write `k_c[f(t)]`"
    assert found.span is not None
    assert (found.span.line, found.span.column) == (7, 36)


def test_several_mappings_are_all_named() -> None:
    text = WEEK + "mapping g[t in T] -> B = 3; param p[b in B] = 1; param q[t in T] = p[t];"
    assert mend(text) == "mappings from T to B exist: write `p[f(t)]` or `p[g(t)]`"


def test_a_bound_name_of_the_right_set_is_proposed() -> None:
    text = WEEK + "param p[v in V, t in T] = price[v];"
    assert mend(text) == "`t` runs over T here: write `price[t]`"


def test_swapped_indices() -> None:
    assert mend(WEEK + "param p[v in V, t in T] = c_max[t, v];") == "write `c_max[v, t]`"


def test_subsets_share_their_root() -> None:
    text = WEEK + "set Late = {t in T : hour(t) > 18}; param p[t in Late] = price[t];"
    assert codes(text + "param q[t in T : t in Late] = p[t];" + LEADER) == []


def test_sets_from_equal_columns_are_different_sets() -> None:
    text = 'table a from "a.csv" index v; table b from "b.csv" index v; set V = a.v; set W = b.v;'
    assert codes(text + "param p[V] = a.x; param q[w in W] = p[w];" + LEADER) == ["E0207"]


@pytest.mark.parametrize(
    ("use", "help"),
    [
        ("param r = sum{t in T}(price);", "write `price[t]`"),
        ("param r[t in T] = c_max[t];", None),
        ("param r[v in V, t in T] = c_max[v];", "write `c_max[v, t]`"),
        ("param n = 1; param r[t in T] = n[t];", "write `n`"),
        ("param r = price;", "give it an index, or sum it up: `sum{t in T}(price[t])`"),
    ],
)
def test_the_wrong_number(use: str, help: str | None) -> None:
    (found,) = errors(WEEK + use + LEADER)
    assert (found.code, found.help) == ("E0206", help)


def test_a_block_without_its_index() -> None:
    text = WEEK + "reference ev[v in V] { var c[t in T] in [0, 1]; minimize sum{t in T}(c[t]); }"
    assert mend(text + "param r[v in V, t in T] = ev.c[t];") == "write `ev[v].c[t]`"
    assert codes(text + "param r[v in V, t in T] = ev[t].c[t];" + LEADER) == ["E0207"]


@pytest.mark.parametrize(
    ("step", "help"),
    [
        ("t - 1", "write `prev(t)`: a step in the order of T"),
        ("t + 1", "write `next(t)`: a step in the order of T"),
        ("t - 4", "write `prev(t, 4)`: a step in the order of T"),
    ],
)
def test_arithmetic_is_no_step(step: str, help: str) -> None:
    (found,) = errors(WEEK + f"param r[t in T] = price[{step}];" + LEADER)
    assert (found.code, found.help) == ("E0208", help)


def test_arithmetic_of_another_set_is_a_number() -> None:
    text = "set T = 0..23; set D = 0..5; param p[d in D] = d; param q[t in T] = p[t div 4];"
    assert codes(text + LEADER) == []


def test_stepping_off_the_end_names_the_three_ways_out() -> None:
    text = "set T = 0..9; param p[t in T] = t; param q[t in T] = p[prev(t)];"
    help = mend(text)
    assert help is not None
    for way in ("`cyclic`", "`t in T : t != first(T)`", "`p[prev(t) else 0]`"):
        assert way in help


@pytest.mark.parametrize(
    "use",
    [
        "p[next(t)]",
        "p[prev(t, 2)]",
        "pos(prev(t))",
        "(if n > 1 then p[prev(t)] else 0)",  # a condition on something else
    ],
)
def test_steps_that_certainly_fall_off(use: str) -> None:
    text = f"set T = 0..9; param n = 1; param p[t in T] = t; param q[t in T] = {use};"
    assert codes(text + LEADER) == ["E0212"]


def test_texts_and_numbers_as_an_index() -> None:
    text = 'set P = {"low", "high"}; param w[p in P] = 1; set N = 0..9; param v[n in N] = n;'
    assert at(text + 'param q = w["hihg"] + v[10] + w[3] + v["x"];' + LEADER) == [
        ("E0225", '"hihg"'),
        ("E0225", "10"),
        ("E0214", "3"),
        ("E0214", '"x"'),
    ]


def test_mappings_take_arguments_of_their_set() -> None:
    assert codes(WEEK + "param p[v in V] = price[first(T)] + f(v);" + LEADER) == ["E0207"]
    assert codes(WEEK + "param p[t in T] = f(t, t);" + LEADER) == ["E0206"]
    assert codes(WEEK + "param p[t in T] = f[t];" + LEADER) == ["E0226"]


@pytest.mark.parametrize(
    ("declaration", "wrong"),
    [
        ("param p[V] = fleet.x;", True),
        ("param p[V, T] = fleet.x;", False),
        ("param p[T, V] = fleet.x;", False),
        ("param p[V, B] = fleet.x;", False),  # B comes from no column and takes what is left
        ("param p[I, J] = fleet.x; set I = 0..3; set J = 0..4;", True),
        ("param p[V, V2] = fleet.x; set V2 = fleet.driver;", True),
        ("param p[v in V] = fleet.x[v, first(T)];", False),
        ("mapping m[v in V] -> M = fleet.x;", True),
    ],
)
def test_bare_columns_match_by_the_names_of_the_columns(declaration: str, wrong: bool) -> None:
    assert codes(WEEK + declaration + LEADER) == (["E0224"] if wrong else [])


def test_a_column_is_indexed_as_its_table() -> None:
    assert codes(WEEK + "param p[t in T] = fleet.x[t];" + LEADER) == ["E0206"]
    assert codes(WEEK + "param p[t in T] = prices.x / 2;" + LEADER) == ["E0223"]
    assert codes(WEEK + "param p = prices.x;" + LEADER) == ["E0223"]


def test_the_index_of_the_follower_is_no_index_of_its_variable() -> None:
    text = """
set U = 1..2;
leader up { var x in [0, 1]; minimize f = x + sum{u in U}(low.y[u]); }
follower low[u in U] { var y in [0, 1]; minimize g = y; constraint a: y >= x; }
"""
    assert errors(text)[0].help == "write `low[u].y`"
