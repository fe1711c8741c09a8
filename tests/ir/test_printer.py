"""The printed form parses back to an equal IR, and is what a person would write."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

import strategies
from evdsl import ir
from evdsl.ir.printer import to_text
from evdsl.ir.words import RESERVED
from evdsl.source.diagnostic import EvdslError
from evdsl.source.text import Source
from evdsl.syntax import format_source, parse
from evdsl.syntax.tables import tables

RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(text: str) -> ir.Model:
    model, diagnostics = parse(Source("test.evm", text))
    assert diagnostics == []
    return model


def read_expr(text: str) -> ir.Expr:
    return read(f"report r = {text};").reports[0].value


@RELAXED
@given(strategies.models)
def test_a_printed_model_parses_back_to_an_equal_one(model: ir.Model) -> None:
    assert read(to_text(model)) == model


@RELAXED
@given(strategies.exprs)
def test_a_printed_expression_parses_back_to_an_equal_one(expr: ir.Expr) -> None:
    assert read_expr(to_text(expr)) == expr


@RELAXED
@given(strategies.models)
def test_a_printed_model_is_in_canonical_form(model: ir.Model) -> None:
    text = to_text(model)
    assert format_source(Source("test.evm", text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "a - (b - c)",
        "a - b - c",
        "(a + b) * c",
        "a / (b * c)",
        "-x^2",
        "(-x)^2",
        "2^-3",
        "2^3^2",
        "(2^3)^2",
        "-(a + b)",
        "not (a and b) or c",
        "not a in S and (v, t) in P",
        "(a < b) == c",
        "a <= b < c",
        "(if a then b else c) + 1",
        "if a then b else if c then d else e",
        "0..24 * 7 - 1",
        "(0..3)[t]",
        "S union {1, -2} minus 0..3",
        "sum{v in V, (a, b) in P : a == 1 or b > 2}(x[v] * 2)",
        "count{t in T : price[t] < 0}",
        's[prev(t) else s0["home"]]',
        "c[v, t else 0]",
        "trips.(vehicle, trip)",
        "depot.soc[t].lower.dual",
        "500 [EUR/MWh] + 3 [1/kW^2] + 2 [EUR/(kW*h)] + 1 [1]",
        'x["a ""quoted"" key"]',
        '{t in T : t >= "2019-12-02"}',
        "inf - 1e-05 * 1e+22",
    ],
)
def test_canonical_expressions_stay_as_they_are(text: str) -> None:
    assert to_text(read_expr(text)) == text


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("((a)) + (b * c)", "a + b * c"),
        ("a+b*-c", "a + b * -c"),
        ("(a ^ b) ^ c", "(a^b)^c"),
        ("(a) ^ (b ^ c)", "a^b^c"),
        ("sum { t in T }( x[ t ] )", "sum{t in T}(x[t])"),
        ("1 [EUR/kW/h]", "1 [EUR/(kW*h)]"),
        ("1.50", "1.5"),
    ],
)
def test_parentheses_and_spaces_are_as_few_as_needed(written: str, printed: str) -> None:
    assert to_text(read_expr(written)) == printed


def test_a_statement_of_each_kind() -> None:
    text = """\
model week "A week";

table prices from "prices.csv" index time, "charge id" sep ";" timezone "Europe/Berlin";

set T = prices.time cyclic "hours";

mapping f[t in T] -> B = pos(t) div 4;

param share : 1 in [0, 1] default 0.5 = {"low": 0.3, "high": 0.7} "a share";

check[t in T : t > 3]: share <= 1 "too large";

expr twice[t in T] : kW = 2 * f(t);

reference alone[v in V] "each car" {
  var n integer in [0, inf];
  maximize n;
}

leader up {
  var x[t in T] : kW in [-1, 1] "a variable";
  var b binary;
  minimize cost : EUR = x[1] - 2 "the cost";
  constraint c[t in T]: 0 <= x[t] <= 1 dual in [-10, 0] complements x[t] >= 0 "a row";
}

follower low { }

baseline simple { x = 1; y[t in T] = f(t); z["peak", -1] = 3; }

report r[t in T] : 1/kW^2 = low.c[t].dual;
"""
    assert to_text(read(text)) == text


def test_long_statements_break_at_the_outermost_operators() -> None:
    text = """\
report error =
  sum{u in U, t in T}(weight_c * (aev[u].c[t] - c_ref[u, t])^2
      + weight_d * (aev[u].d[t] - d_ref[u, t])^2 + weight_s * (aev[u].s[t] - s_ref[u, t])^2);
"""
    assert to_text(read(text)) == text


def test_a_sum_of_many_terms_needs_no_deep_recursion() -> None:
    total: ir.Expr = ir.Name("x")
    for _ in range(5000):
        total = total + ir.Name("x")
    text = to_text(ir.Report("r", total))
    assert text.count("x") == 5001
    assert max(map(len, text.split("\n"))) <= 100


def test_a_negative_number_is_printed_as_the_negation_that_the_text_means() -> None:
    assert to_text(ir.Number(-3)) == "-3"
    assert to_text(ir.Number(-3) ** 2) == "(-3)^2"
    assert to_text(ir.Name("x") * -3) == "x * -3"
    assert read_expr("x * -3") == ir.Name("x") * -3


def test_parts_of_a_model_can_be_printed() -> None:
    model = read("leader l { var x[v in V : v > 1] : kW integer in [0, inf]; }")
    assert model.leader is not None
    var = model.leader.variables[0]
    assert to_text(var) == "var x[v in V : v > 1] : kW integer in [0, inf];"
    assert var.binders is not None
    assert to_text(var.binders) == "v in V : v > 1"
    assert to_text(var.binders.items[0]) == "v in V"
    assert to_text(var.domain) == "integer in [0, inf]"
    assert var.domain.bounds is not None
    assert to_text(var.domain.bounds) == "[0, inf]"
    assert to_text(replace(model.leader, items=())) == "leader l { }"


@pytest.mark.parametrize(
    "node",
    [
        ir.Name("charge max"),
        ir.Name("set"),
        ir.Number(math.nan),
        ir.Text("two\nlines"),
        ir.Name("fleet").member("charge max"),
        ir.Number(math.inf, ir.Unit((("kW", 1),))),
        ir.Objective("minimize", ir.Name("x"), unit=ir.Unit(())),
    ],
)
def test_what_no_text_can_say_is_refused(node: ir.Node) -> None:
    with pytest.raises(EvdslError) as caught:
        to_text(node)
    assert [d.code for d in caught.value.diagnostics] == ["E0140"]


def test_the_reserved_words_are_those_of_the_grammar() -> None:
    assert {word for word in tables().fixed if word.isalpha()} == RESERVED
