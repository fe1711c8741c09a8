"""Syntax errors: which code, where the caret stands, what the mend is, and nothing that follows."""

from __future__ import annotations

import pytest

from evdsl import ir
from evdsl.ir.printer import to_text
from evdsl.source.diagnostic import Diagnostic
from evdsl.source.render import render
from evdsl.source.text import Source
from evdsl.syntax import parse

LEADER = "leader l {{ {} }}"

CASES = [
    # the place that the message points at stands between « and »
    ("E0101", "param n = 3 «b»;", None),
    ("E0101", "param n = 2«y»;", "write `2 * y` for a product"),
    ("E0101", "param n = 7 «%» 3;", "write `mod` for the remainder"),
    ("E0101", "param n = a + «if» b then 1 else 2;", "(if ... then ... else ...)"),
    ("E0101", "check: a «not» in B;", "`not x in S`"),
    ("E0101", "set T«;»", None),
    ("E0101", "param n =«»", None),
    ("E0101", LEADER.format("constraint«:» x <= 1;"), "`constraint name: left <= right;`"),
    ("E0101", LEADER.format("var x«,» y free;"), "one statement declares one name"),
    ("E0101", "leader l «[»v in V] { var x free; }", None),
    ("E0102", "param n = 3«»\nparam m = 4;", "end the statement with `;`"),
    ("E0102", "param n = 3«»\nn = 4;\n", "end the statement with `;`"),
    ("E0102", "leader l { var x free«» }", "end the statement with `;`"),
    ("E0102", "report r = 3«»", "end the statement with `;`"),
    ("E0103", "param n = f«(»3;", "write `)` where it ends"),
    ("E0103", "param n = f(x«[»3);", "write `]` where it ends"),
    ("E0103", "param n = sum«{»t in T(3);", "write `}` where it ends"),
    ("E0103", "leader l «{» var x free;\nfollower f { var y free; }", "write `}`"),
    ("E0104", "param n = 3«)»;", "remove this `)`"),
    ("E0104", "param n = 3;\n«}»", "remove this `}`"),
    ("E0105", "param n = 3 «@» 4;", "remove it, or put it into quotes if it is a text"),
    ("E0105", "param n = 3 «−» 4;", "write `-`"),
    ("E0106", 'model m «"a title;»\nparam n = 3;', 'end the text with `"`'),
    ("E0107", "param «set» = 3;", "choose another name, such as `set_`"),
    ("E0107", LEADER.format("var «index»[t in T] free;"), "choose another name"),
    ("E0107", "baseline b { «free» = 3; }", "choose another name"),
    ("E0107", "param n = 2 * «table»[t];", "choose another name"),
    ("E0108", LEADER.format("«contraint» c: x <= 1;"), "write `constraint`"),
    ("E0108", LEADER.format("«minimise» c = x;"), "write `minimize`"),
    ("E0108", "«parameter» n = 3;", "write `param`"),
    ("E0108", "«n» = 3;", "write `param n = ...;`"),
    ("E0108", "«3» + 4;", None),
    ("E0109", "«var» x free;", "`leader`, `follower` or `reference`"),
    ("E0109", LEADER.format("«param» n = 3; var x free;"), "move the `param` out of it"),
    ("E0109", "baseline b { «var» x free; }", "assignments such as `x = 1;`"),
    ("E0110", "param n default 0 «:» kW;", "param name[index] : unit in [low, high]"),
    ("E0110", "param n = 3 «default» 0;", "param name[index] : unit in [low, high]"),
    ("E0110", LEADER.format("var x in [0, 1] «:» kW;"), "var name[index] : unit in [low, high]"),
    ("E0110", "set T = 0..3 cyclic «cyclic»;", "set name = value cyclic"),
    ("E0111", "model a;\nmodel «b»;", "keep one `model` statement"),
    ("E0111", 'table f from "f" index t sep ";" «sep ","»;', "keep one `sep`"),
    ("E0112", "param n : «1000»*Wh = 3;", "put factors into the value"),
    ("E0112", "param n : kW^«0.5» = 3;", "`kW^2` or `h^-1`"),
    ("E0113", "param n = «1e999»;", "write `inf`"),
    ("E0114", "set S = {1, «-2.5»};", '"-2.5"'),
    ("E0115", "leader l { }«;»", "remove this `;`"),
    ("E0116", "param n = «.5»;", "write `0.5`"),
    ("E0116", "param n = «5.» + 1;", "write `5`"),
    ("E0120", "param n «:=» 3;", "write `=`"),
    ("E0121", LEADER.format("constraint c: x «=» 3;"), "write `==`"),
    ("E0121", "check: n «=» 3;", "write `==`"),
    ("E0121", "set S = {t in T : t «=» 3};", "write `==`"),
    ("E0122", LEADER.format("«subject to» c: x <= 3;"), "`constraint name[index]: left <= right;`"),
    ("E0122", LEADER.format("«s.t.» c: x <= 3;"), "`constraint name[index]: left <= right;`"),
    ("E0122", LEADER.format("«subject to» constraint c: x <= 3;"), "`constraint name[index]"),
    ("E0123", "param p«{t in T}» = 3;", "write `[t in T]`"),
    ("E0123", LEADER.format("constraint c«{t in T : t > 0}»: x[t] <= 3;"), "[t in T : t > 0]"),
    ("E0123", "follower f«{d in D}» { var x free; }", "write `[d in D]`"),
    ("E0124", "param n = sum{t in T} «p[t] * 2» + 1;", "write `sum{t in T}(p[t] * 2)`"),
    ("E0124", "param n = «max{t in T}» + 1;", "write what it runs over in parentheses"),
    ("E0125", LEADER.format("var x «>= 0»;"), "write `in [0, inf]`"),
    ("E0125", LEADER.format("var x[t in T] : kW «>= 0, <= p[t]»;"), "write `in [0, p[t]]`"),
    ("E0125", LEADER.format("var x «<= 5, integer»;"), "write `integer in [-inf, 5]`"),
    ("E0126", LEADER.format("var «x»;"), "`in [0, inf]`, `integer in [0, 5]`, `binary` or `free`"),
    ("E0126", LEADER.format('var «x»[t in T] : kW "text";'), "`in [0, inf]`"),
    ("E0127", "param n = «ord(t)» + 1;", "write `pos(t) + 1`"),
    ("E0128", "set T «circular» = 0..3;", "write `set T = ... cyclic;`"),
    ("E0128", "set T = 0..3 «circular»;", "write `set T = ... cyclic;`"),
    ("E0129", "param n = «sum(t in T)» p[t];", "write `sum{t in T}(...)`"),
    ("E0129", "param n = «max(t in T, p[t])»;", "write `max{t in T}(p[t])`"),
    ("E0129", "param n = «sum(p)»;", "write `sum{t in T}(p)`"),
    (
        "E0130",
        LEADER.format("constraint c: «forall»(t in T) x[t] <= 3;"),
        "`constraint name[t in T]",
    ),
    ("E0130", "«forall» (t in T) x[t] <= 3;", "`constraint name[t in T]: left <= right;`"),
    ("E0130", "param n = sum(x[t] «for» t in T);", "write `sum{t in T}(x[t])`"),
    ("E0131", LEADER.format("constraint c: x «<» 3;"), "write `<=`"),
    ("E0131", LEADER.format("constraint c: x «!=» 3;"), "a constraint holds `<=`, `>=` or `==`"),
    ("E0132", "set S = {t in T : t «<>» 3};", "write `!=`"),
    ("E0132", LEADER.format("constraint c: x «=l=» 3;"), "write `<=`"),
    ("E0132", LEADER.format("constraint c: x «≥» 3;"), "write `>=`"),
    ("E0133", "check: a > 3 «&&» b > 3;", "write `and`"),
    ("E0133", "check: «!»(a > 3);", "write `not`"),
    ("E0134", "param n = 3«**»2;", "write `^` for a power"),
    ("E0135", "set S = {«'home'»};", 'write `"home"`'),
    ("E0136", "param n = 3; «// three»", "write `# ...` on each line"),
    ("E0136", "param n = «/* a\n; */» 3;", "write `# ...` on each line"),
    ("E0137", "param n = count{t in T}«(1)»;", "write `count{t in T}`"),
    ("E0138", LEADER.format("minimize cost«:» 3 * x;"), "write `minimize cost = ...`"),
    ("E0139", "set S = {«home, work»};", 'write `{"home", "work"}`'),
]


@pytest.mark.parametrize(("code", "marked", "help"), CASES)
def test_an_error_has_its_code_place_and_mend(code: str, marked: str, help: str | None) -> None:
    start = marked.index("«")
    end = marked.index("»") - 1
    text = marked.replace("«", "").replace("»", "")
    (diagnostic,) = [*messages(text)][:1]
    assert diagnostic.span is not None
    assert (diagnostic.code, diagnostic.span.start, diagnostic.span.end) == (code, start, end)
    if help is not None:
        assert diagnostic.help is not None
        assert help in diagnostic.help
    expected = {"E0108"} if text.endswith("n = 4;\n") else set()
    assert {d.code for d in messages(text)} == {code} | expected
    assert len(messages(text)) == 1 + len(expected)


@pytest.mark.parametrize(("code", "marked", "help"), CASES)
def test_statements_around_an_error_are_kept(code: str, marked: str, help: str | None) -> None:
    text = marked.replace("«", "").replace("»", "")
    model = parse(Source("test.evm", f"param before = 1;\n{text}\nparam behind = 2;"))[0]
    assert model.declaration("before") == ir.Param("before", value=ir.Number(1))
    assert model.declaration("behind") == ir.Param("behind", value=ir.Number(2))


def messages(text: str) -> list[Diagnostic]:
    return parse(Source("test.evm", text))[1]


def test_all_errors_of_a_text_are_found_in_one_run() -> None:
    text = """\
param n := 24;
param price{t in T} = 30
set T circular = 0..n - 1;
leader planner {
  var k >= 0, <= 1;
  minimise cost: sum{t in T} price[t] * k;
  subject to half: 2 * k = 1;
  contraint quarter: 4 * k < 1;
}
follower aev[ {
  var c[t in T] : kW;
  minimize (c;
}
report r = abs(planner.cost;
"""
    assert [(d.code, d.span.line) for d in messages(text) if d.span] == [
        ("E0120", 1),
        ("E0123", 2),
        ("E0102", 2),
        ("E0128", 3),
        ("E0125", 5),
        ("E0108", 6),
        ("E0138", 6),
        ("E0124", 6),
        ("E0122", 7),
        ("E0121", 7),
        ("E0108", 8),
        ("E0131", 8),
        ("E0101", 10),
        ("E0126", 11),
        ("E0103", 12),
        ("E0103", 14),
    ]


def test_what_can_be_mended_is_in_the_model_as_it_was_meant() -> None:
    text = """\
param p{t in T} := 3 ** 2
leader l {
  var x >= 0;
  minimise cost: sum{t in T} x * p[t] + 1;
  s.t. c{t in T}: x =e= 3 && ;
}
"""
    model = parse(Source("test.evm", text))[0]
    assert to_text(model) == (
        "param p[t in T] = 3^2;\n\nleader l {\n  var x free;\n"
        "  minimize cost = sum{t in T}(x * p[t]) + 1;\n}\n"
    )


def test_a_function_that_the_model_declares_is_no_habit() -> None:
    assert messages("mapping ord[t in T] -> B = t; param n = ord(3);") == []


def test_an_unclosed_bracket_shows_both_ends() -> None:
    text = render(messages("param n = (3 + 4 * 2;\n"))
    assert (
        text
        == """\
error[E0103]: `(` is not closed
 --> test.evm:1:11
  |
1 | param n = (3 + 4 * 2;
  |           ^
 --> test.evm:1:21
  |
1 | param n = (3 + 4 * 2;
  |                     - `)` expected at the latest here
  = help: write `)` where it ends"""
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("param = 3;", "expected a name, found `=`"),
        ("param n = 3 b;", "expected an operator or `;`, found `b`"),
        ("param n = ;", "expected an expression, found `;`"),
        ("param n = if a then b;", "expected an operator or `else`, found `;`"),
        ("table f from f.csv;", "expected a text in double quotes, found `f`"),
        ('table f from "f.csv";', "expected `index`, found `;`"),
        ("mapping f[t in T] = 3;", "expected `->`, found `=`"),
        (LEADER.format("constraint c: x;"), "expected an operator or a comparison, found `;`"),
    ],
)
def test_what_was_expected_is_said_in_words(text: str, message: str) -> None:
    assert [d.message for d in messages(text)] == [message]
