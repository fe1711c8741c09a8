"""Text to IR: each construct of the language, and where each piece of the IR came from."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evdsl import ir
from evdsl.ir.printer import to_text
from evdsl.source.text import Source
from evdsl.syntax import parse
from sources import FILES, MODELS, read, read_expr, source

t, v, x, y, T, V = ir.names("t v x y T V")


@pytest.mark.parametrize("path", FILES)
def test_models_are_read_without_messages(path: Path) -> None:
    model, diagnostics = parse(source(path))
    assert diagnostics == []
    assert model.declarations


@pytest.mark.parametrize("path", FILES)
def test_printing_a_model_and_reading_it_gives_the_same_model(path: Path) -> None:
    model = parse(source(path))[0]
    assert read(to_text(model)) == model


@pytest.mark.parametrize("path", FILES)
def test_the_span_of_every_expression_is_its_own_text(path: Path) -> None:
    for node in ir.walk(parse(source(path))[0]):
        if isinstance(node, ir.Expr) and not isinstance(node, ir.MapLiteral):
            assert node.span is not None
            assert read_expr(node.span.text) == node


@pytest.mark.parametrize("path", FILES)
def test_the_span_of_every_declaration_is_its_name(path: Path) -> None:
    for node in ir.walk(parse(source(path))[0]):
        name = getattr(node, "name", None)
        if isinstance(node, ir.Expr) or name is None:
            continue
        assert node.span is not None
        assert node.span.text == name


@pytest.mark.parametrize(
    ("text", "expr"),
    [
        ("12", ir.Number(12)),
        ("0.5", ir.Number(0.5)),
        ("1e-05", ir.Number(1e-05)),
        ("inf", ir.Number(math.inf)),
        ("500 [kW]", ir.Number(500, ir.Unit((("kW", 1),)))),
        ('"a ""b"""', ir.Text('a "b"')),
        ("true", ir.Truth(True)),
        ("-x^2", ir.Unary("-", ir.Binary("^", x, ir.Number(2)))),
        ("x - y - t", ir.Binary("-", ir.Binary("-", x, y), t)),
        ("x^y^t", ir.Binary("^", x, ir.Binary("^", y, t))),
        ("x * -y", ir.Binary("*", x, ir.Unary("-", y))),
        ("x div 2 mod 3", ir.Binary("mod", ir.Binary("div", x, ir.Number(2)), ir.Number(3))),
        ("x <= y < t", ir.Compare((x, y, t), ("<=", "<"))),
        ("not x and y or t", ir.Binary("or", ir.Binary("and", ir.Unary("not", x), y), t)),
        ("not x == y", ir.Unary("not", ir.Compare((x, y), ("==",)))),
        ("x in 0..3", ir.In(x, ir.Range(ir.Number(0), ir.Number(3)))),
        ("(v, t) in T", ir.In(ir.Tuple((v, t)), T)),
        ("if x then y else t", ir.Choice(x, y, t)),
        ("depot[v].x[t].lower.dual", x[v]),
        ("s[prev(t) else 0]", x[v]),
        ("trips.(vehicle, trip)", ir.Columns(ir.Name("trips"), ("vehicle", "trip"))),
        ("prev(t, 3)", ir.Call("prev", (t, ir.Number(3)))),
        ("sum{t in T}(x)", ir.Reduce("sum", ir.over(t="T"), x)),
        ("count{t in T : x}", ir.Reduce("count", ir.over(t="T", where=x))),
        ("{1, -2}", ir.SetLiteral((1, -2))),
        ("{}", ir.SetLiteral(())),
        ("{t in T : x}", ir.Comprehension(ir.over(t="T", where=x))),
        ("T union V minus {1}", ir.Binary("minus", ir.Binary("union", T, V), ir.SetLiteral((1,)))),
        ("0..3 union V", ir.Binary("union", ir.Range(ir.Number(0), ir.Number(3)), V)),
    ],
)
def test_expressions(text: str, expr: ir.Expr) -> None:
    if text.startswith("depot"):
        expr = ir.Name("depot")[v].member("x")[t].member("lower").member("dual")
    if text.startswith("s["):
        expr = ir.At(ir.Name("s"), (ir.Call("prev", (t,)),), ir.Number(0))
    assert read_expr(text) == expr


@pytest.mark.parametrize(
    ("text", "factors"),
    [
        ("kW", (("kW", 1),)),
        ("%", (("%", 1),)),
        ("1", ()),
        ("1/kW^2", (("kW", -2),)),
        ("EUR/MWh", (("EUR", 1), ("MWh", -1))),
        ("EUR/(kW*h)", (("EUR", 1), ("kW", -1), ("h", -1))),
        ("EUR/(kW/h)^2", (("EUR", 1), ("kW", -2), ("h", 2))),
        ("h^-1", (("h", -1),)),
    ],
)
def test_units_are_flattened_to_powers(text: str, factors: tuple[tuple[str, int], ...]) -> None:
    assert read(f"param p : {text} = 1;").declarations == (
        ir.Param("p", unit=ir.Unit(factors), value=ir.Number(1)),
    )


@pytest.mark.parametrize(
    ("text", "declaration"),
    [
        (
            'table f from "f.csv" index vehicle, "charge id" decimal "," sep ";";',
            ir.Table("f", "f.csv", ("vehicle", "charge id"), sep=";", decimal=","),
        ),
        (
            'set T = 0..3 cyclic "hours";',
            ir.Set("T", ir.Range(ir.Number(0), ir.Number(3)), True, "hours"),
        ),
        ("mapping f[t in T] -> B = t;", ir.Mapping("f", ir.over(t="T"), "B", t)),
        ("param n;", ir.Param("n")),
        (
            "param p[V, T] : kW in [0, inf] default 0 = f.x;",
            ir.Param(
                "p",
                ir.Binders((ir.Binder((), V), ir.Binder((), T))),
                ir.unit(kW=1),
                ir.interval(0, math.inf),
                ir.Number(0),
                ir.Name("f").member("x"),
            ),
        ),
        (
            'param p[V] = {"low": 0.3, "high": -1};',
            ir.Param(
                "p",
                ir.Binders((ir.Binder((), V),)),
                value=ir.MapLiteral((("low", ir.Number(0.3)), ("high", -ir.Number(1)))),
            ),
        ),
        ('check[t in T]: x <= y "m";', ir.Check(ir.at_most(x, y), ir.over(t="T"), "m")),
        ("expr e[t in T] : kW = x;", ir.Definition("e", x, ir.over(t="T"), ir.unit(kW=1))),
        (
            "follower f[v in V] { var x[(v, t) in T : y] binary; minimize x; }",
            ir.Follower(
                "f",
                (
                    ir.Var("x", ir.Domain("binary"), ir.over(ir.Binder(("v", "t"), T), where=y)),
                    ir.Objective("minimize", x),
                ),
                ir.over(v="V"),
            ),
        ),
        (
            "leader l { constraint c: 0 <= x <= 1 dual in [0, 1] complements y >= 0; }",
            ir.Leader(
                "l",
                (
                    ir.Constraint(
                        "c",
                        (ir.Number(0), x, ir.Number(1)),
                        ("<=", "<="),
                        dual=ir.interval(0, 1),
                        complements=ir.at_least(y, 0),
                    ),
                ),
            ),
        ),
        (
            'baseline b { x = 1; y[t in T] = t; z["peak", -1] = 3; }',
            ir.Baseline(
                "b",
                (
                    ir.Assign("x", ir.Number(1)),
                    ir.Assign("y", t, ir.over(t="T")),
                    ir.Assign("z", ir.Number(3), key=("peak", -1)),
                ),
            ),
        ),
        ('report r : kW = x "text";', ir.Report("r", x, unit=ir.unit(kW=1), text="text")),
    ],
)
def test_declarations(text: str, declaration: ir.Declaration) -> None:
    assert read(text).declarations == (declaration,)


def test_the_model_statement_may_stand_anywhere() -> None:
    assert read('param n; model m "title";') == ir.Model((ir.Param("n"),), "m", "title")
    assert read("# nothing but a comment") == ir.Model(())


def test_carets_cover_operands_brackets_and_parentheses() -> None:
    text = "report r = a[i] * (b + c) - f(t);"
    value = read(text).reports[0].value
    assert value.span is not None
    assert value.span.text == "a[i] * (b + c) - f(t)"
    assert isinstance(value, ir.Binary)
    assert value.left.span is not None
    assert value.left.span.text == "a[i] * (b + c)"
    assert isinstance(value.left, ir.Binary)
    assert value.left.right.span is not None
    assert value.left.right.span.text == "(b + c)"


def test_names_may_hold_letters_of_any_alphabet() -> None:
    assert read_expr("η * größe") == ir.Name("η") * ir.Name("größe")


PIECES = ("", ";", "}", "{", "(", "]", '"', "'", "@", "in", "param", "var", "=", ":=", "&&", "x")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_damaged_text_is_reported_and_never_raises(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(MODELS))
    text = path.read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = min(len(text), start + data.draw(st.integers(0, 12)))
    damaged = text[:start] + data.draw(st.sampled_from(PIECES)) + text[end:]
    model, diagnostics = parse(Source("damaged.evm", damaged))
    for diagnostic in diagnostics:
        assert diagnostic.code.startswith("E01")
        assert diagnostic.span is not None
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(damaged)
    if not diagnostics:
        assert read(to_text(model)) == model
