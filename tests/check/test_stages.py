"""Where variables, multipliers and reports may stand."""

from __future__ import annotations

import pytest

from checked import WEEK, at, codes

BLOCKS = (
    WEEK
    + """
reference ev {
  var c[t in T] in [0, 1];
  minimize cost = sum{t in T}(c[t]);
  constraint row[t in T]: c[t] >= 0.5;
}
leader up {
  var k[b in B] in [0, 1];
  minimize F = sum{t in T}(low.y[t]);
  constraint lead[b in B]: k[b] <= 0.9;
}
follower low {
  var y[t in T] in [0, k[f(t)]];
  maximize G = sum{t in T}(y[t]);
  constraint row[t in T]: y[t] <= 0.7;
}
expr net[t in T] = low.y[t] - price[t];
report total = sum{t in T}(low.y[t]);
"""
)


def inside(block: str, item: str) -> str:
    start = BLOCKS.index("{", BLOCKS.index(block)) + 1
    return BLOCKS[:start] + "\n" + item + BLOCKS[start:]


def test_the_blocks_themselves() -> None:
    assert codes(BLOCKS) == []


@pytest.mark.parametrize(
    "piece", ["low.y[first(T)]", "k[first(B)]", "up.F", "low.G", "net[first(T)]", "total"]
)
@pytest.mark.parametrize(
    "text",
    [
        "param q = {};",
        "check: {} > 0;",
        "param q in [0, {}] = 3;",
        "param q[t in T] default {} = prices.x;",
        "set Q = 0..(1 + {});",
        "mapping q[t in T] -> Q = 1 + {};",
        "baseline plan {{ k = {}; }}",
    ],
)
def test_data_holds_no_decision(text: str, piece: str) -> None:
    assert at(BLOCKS + text.format(piece)) == [("E0217", piece)]


@pytest.mark.parametrize("piece", ["ev.c[first(T)]", "ev.cost", "ev.row[first(T)].dual"])
def test_what_a_reference_found_is_data(piece: str) -> None:
    assert codes(BLOCKS + f"param q = {piece}; set Q = {{t in T : {piece} > 0}};") == []


@pytest.mark.parametrize(
    ("block", "item"),
    [
        ("leader up", "constraint a[t in T : low.y[t] > 0]: low.y[t] <= 1;"),
        ("leader up", "var z[b in B : k[b] > 0] in [0, 1];"),
        ("follower low", "constraint a[t in T]: (if k[f(t)] > 0 then y[t] else 0) <= 1;"),
        ("reference ev", "constraint a: sum{t in T : c[t] > 0}(c[t]) <= 1;"),
    ],
)
def test_a_condition_over_a_variable(block: str, item: str) -> None:
    assert codes(inside(block, item)) == ["E0216"]


def test_a_condition_over_a_variable_in_data() -> None:
    assert codes(BLOCKS + "set Q = {t in T : low.y[t] > 0};") == ["E0216"]


def test_reports_hold_everything() -> None:
    text = "report r = count{t in T : low.y[t] > 0} + sum{t in T : net[t] > 0}(low.row[t].dual);"
    assert codes(BLOCKS + text) == []


@pytest.mark.parametrize(
    ("block", "item", "code"),
    [
        ("leader up", "constraint a[t in T]: low.row[t].dual <= 1;", ""),
        ("leader up", "constraint a[t in T]: low.y[t].upper.dual <= k[f(t)];", ""),
        ("follower low", "constraint a[t in T]: y[t] <= other.own.dual;", "E0309"),
        ("reference ev", "constraint a[t in T]: c[t] <= low.row[t].dual;", "E0309"),
        ("leader up", "constraint a[b in B]: lead[b].dual <= 1;", "E0218"),
        ("leader up", "constraint a: total <= 1;", "E0217"),
        ("follower low", "constraint a[t in T]: row[t].dual <= y[t];", "E0218"),
        ("follower low", "constraint a[t in T]: other.y <= y[t];", ""),
        ("follower low", "constraint a[t in T]: y[t] <= F;", ""),
        ("reference ev", "constraint a[t in T]: c[t] <= k[f(t)];", "E0217"),
        ("reference ev", "constraint a[t in T]: c[t] <= low.y[t];", "E0217"),
        ("leader up", "constraint a[t in T]: low.y[t] + ev.c[t] <= 3 + ev.row[t].dual;", ""),
        ("follower low", "constraint a[t in T]: y[t] + ev.c[t] <= 3 + k[f(t)];", ""),
    ],
)
def test_what_a_block_sees(block: str, item: str, code: str) -> None:
    other = "follower other { var y in [0, 1]; minimize y; constraint own: y >= k[first(B)]; }"
    found = codes(inside(block, item) + other)
    assert found[:1] == ([code] if code else [])


def test_followers_of_one_block_see_each_other() -> None:
    text = """
set I = {"a", "b"};
leader up { var x in [0, 1]; minimize F = x; }
follower op[i in I] {
  var y in [0, 1];
  minimize y;
  constraint a: sum{j in I}(op[j].y) >= x;
}
"""
    assert codes(text) == []


@pytest.mark.parametrize(
    "piece", ["low.y[first(T)].dual", "lead[first(B)].dual", "low.G.dual", "price[first(T)].dual"]
)
def test_what_has_no_multiplier(piece: str) -> None:
    assert codes(BLOCKS + f"report r = {piece};") == ["E0218"]


def test_a_limit_without_dual() -> None:
    assert codes(BLOCKS + "report r = low.y[first(T)].upper;") == ["E0218"]


def test_an_expr_is_judged_where_it_is_used() -> None:
    assert codes(inside("leader up", "constraint a[t in T]: net[t] <= 3;")) == []
    assert (
        codes(BLOCKS + "expr spare[t in T] = net[t] + k[f(t)]; report r = spare[first(T)];") == []
    )


def test_conditions_of_an_expr_hold_data_where_a_problem_uses_it() -> None:
    text = BLOCKS + "expr high = count{t in T : low.y[t] > 0.5}; report r = high;"
    assert at(text) == []
    text = text.replace("minimize F = sum", "minimize F = high + sum")
    assert at(text) == [("E0216", "low.y[t]")]


def test_the_header_of_a_block_is_judged_once() -> None:
    text = BLOCKS.replace("follower low {", "follower low[t0 in T : up.F > 0] {")
    assert codes(text).count("E0216") == 1
