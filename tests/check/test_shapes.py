"""Linearity and convexity, with the term named."""

from __future__ import annotations

import pytest

from checked import at, errors

DATA = """
param w = 2;
param pos_w in [0, 9] = 2;
param neg_w in [-9, 0] = -2;
set I = 0..3;
param table_w[i in I] = i - 2;
param square_w[i in I] = (i - 2)^2;
"""
VARIABLES = "var x in [0, 9]; var y free; var z binary; var n in [-9, 0];"


def leader(item: str) -> list[tuple[str, str]]:
    return at(f"{DATA} leader up {{ {VARIABLES} {item} }}")


def row(constraint: str) -> list[tuple[str, str]]:
    return leader(f"minimize F = x; constraint a: {constraint};")


def follower(item: str, domain: str = "in [0, 9]") -> list[tuple[str, str]]:
    return at(
        f"{DATA} leader up {{ {VARIABLES} minimize F = x; }}"
        f"follower low {{ var q {domain}; var p free; {item} }}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "x * y",
        "w * (x + 1) * (y - 2)",
        "y^2",
        "3 + 2 * (x - y)^2",
        "sum{i in I}(i * z * x)",
        "x * (y + y^1)",
    ],
)
def test_objectives_hold_products_of_two(text: str) -> None:
    assert leader(f"minimize F = {text};") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x * y * z", ("E0307", "x * y")),
        ("(x * y)^2", ("E0307", "(x * y)")),
        ("y^2 * x", ("E0307", "y^2")),
        ("x * abs(y)", ("E0308", "abs(y)")),
        ("max(x, y^2)", ("E0307", "y^2")),
        ("-y^2", ("E0308", "y^2")),
        ("neg_w * (x - y)^2", ("E0308", "(x - y)^2")),
    ],
)
def test_what_is_more_than_a_product(text: str, found: tuple[str, str]) -> None:
    assert leader(f"minimize F = {text};") == [found]


PRICED = """
leader up {{ var x in [0, 9]; {up} }}
follower low {{
  var q in [0, 9];
  var r in [0, 9];
  minimize cost = q - r + q * r;
  constraint a: q + x >= 1;
}}
follower other {{ var s in [0, 9]; minimize s; constraint b: s >= x; }}
"""


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ("maximize F = low.a.dual * x;", []),
        ("maximize F = low.a.dual * (x - low.q);", []),
        ("maximize F = low.q.upper.dual * low.r;", []),
        ("maximize F = x; constraint rate: low.a.dual * x + x * low.q <= 3;", []),
        ("maximize F = x; constraint rate: low.cost <= 3;", []),
        ("maximize F = x; constraint rate: low.q * low.r <= 3;", ["E0307"]),
        ("maximize F = low.a.dual * other.s;", ["E0307"]),
        ("maximize F = low.a.dual * low.a.dual;", ["E0307"]),
        ("maximize F = low.a.dual * other.b.dual;", ["E0307"]),
        ("maximize F = x; constraint rate: x * x <= 3;", ["E0307"]),
    ],
)
def test_prices_times_quantities(item: str, found: list[str]) -> None:
    assert [code for code, _ in at(PRICED.format(up=item))] == found


def test_pairs_are_linear() -> None:
    pair = "constraint a: x <= 3 complements {} >= 0;"
    assert leader("minimize F = x;" + pair.format("3 - y")) == []
    assert leader("minimize F = x;" + pair.format("x * y")) == [("E0307", "x * y")]
    assert leader("minimize F = x;" + pair.format("abs(y)")) == [("E0308", "abs(y)")]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("x * y <= 3", "x * y"),
        ("y^2 <= 3", "y^2"),
        ("y^3 <= 3", "y^3"),
        ("2^y <= 3", "2^y"),
        ("1 / x <= 3", "1 / x"),
        ("x / (1 + y) <= 3", "x / (1 + y)"),
        ("sqrt(x) >= 3", "sqrt(x)"),
        ("floor(x) + x >= 3", "floor(x)"),
        ("x div 2 <= 3", "x div 2"),
        ("x mod 2 <= 3", "x mod 2"),
        ("abs(x * y - 1) <= 3", "x * y"),
        ("x^2 <= 3", "x^2"),
    ],
)
def test_rows_are_linear(text: str, term: str) -> None:
    assert row(text) == [("E0307", term)]


def test_all_terms_of_a_row_are_named() -> None:
    assert [term for _, term in row("sqrt(x) + 1 / y <= exp(x)")] == ["sqrt(x)", "1 / y", "exp(x)"]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("minimize F = -abs(y);", "abs(y)"),
        ("maximize F = abs(y - 1);", "abs(y - 1)"),
        ("minimize F = min(x, y);", "min(x, y)"),
        ("maximize F = max{i in I}(i * y);", "max{i in I}(i * y)"),
        ("minimize F = neg_w * abs(y);", "abs(y)"),
        ("minimize F = abs(y) * (0 - pos_w);", "abs(y)"),
        ("minimize F = abs(y) / -2;", "abs(y)"),
        ("maximize F = sum{i in I}(square_w[i] * abs(y));", "abs(y)"),
        ("minimize F = 2 - max(x, y);", "max(x, y)"),
        ("minimize F = x - (y - abs(y - x)) - 2 * abs(y);", "abs(y)"),
        ("minimize F = abs(max(x, y) - 20 + y);", "max(x, y)"),
        ("minimize F = max(x, min(x, y));", "min(x, y)"),
    ],
)
def test_objectives_that_are_not_convex(text: str, term: str) -> None:
    assert leader(text) == [("E0308", term)]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("abs(y) >= 3", "abs(y)"),
        ("3 <= abs(y)", "abs(y)"),
        ("max(x, y) == 3", "max(x, y)"),
        ("min(x, y) <= 3", "min(x, y)"),
        ("-1 <= abs(y) <= 3", "abs(y)"),
        ("x >= y + abs(y)", ""),
        ("x <= y - abs(y)", ""),
        ("x <= y + abs(y)", "abs(y)"),
    ],
)
def test_rows_that_are_not_convex(text: str, term: str) -> None:
    assert row(text) == ([("E0308", term)] if term else [])


@pytest.mark.parametrize(
    "text",
    [
        "maximize F = abs(x);",  # x is never negative
        "maximize F = abs(n - x);",  # and n - x never positive
        "minimize F = -abs(3 + x);",
        "maximize F = w * abs(y);",  # the number decides
        "maximize F = sum{i in I}(table_w[i] * abs(y));",
        "maximize F = abs(w - 5);",
    ],
)
def test_what_signs_allow_or_leave_open(text: str) -> None:
    assert leader(text) == []


def test_terms_of_followers() -> None:
    assert follower("minimize G = x * q;") == []
    assert follower("minimize G = q * (x + q - 3 * p);") == []
    assert follower("minimize G = q * x * p;") == [("E0307", "q * x")]
    assert follower("minimize G = q; constraint a: x * q <= 3;") == [("E0307", "x * q")]
    assert follower("minimize G = q; constraint a: z * q <= 3;") == []
    assert follower("minimize G = q; constraint a: q * (1 - z) + p <= 3;") == []
    assert follower("minimize G = q; constraint a: z * (q + x) <= 3;") == [("E0307", "z * (q + x)")]
    assert follower("minimize G = q; constraint a: (z + x) * q <= 3;") == [("E0307", "(z + x) * q")]
    assert follower("minimize G = q;", "in [0, z * q]") == [("E0307", "z * q")]
    assert follower("maximize G = abs(p);") == [("E0308", "abs(p)")]
    assert follower("maximize G = q;", "in [0, max(x, y)]") == [("E0308", "max(x, y)")]
    assert follower("maximize G = q;", "in [0, min(x, y)]") == []
    assert follower("maximize G = q;", "in [max(0, y), 9]") == []


def test_a_term_inside_an_expr_is_named_there_with_its_use() -> None:
    text = f"leader up {{ {VARIABLES} expr swing = abs(y); maximize F = 2 * swing; }}"
    (found,) = errors(text)
    assert found.span is not None
    assert (found.code, found.span.text) == ("E0308", "abs(y)")
    assert [label.span.text for label in found.related] == ["swing"]


def test_a_followers_objective_stands_for_its_expression() -> None:
    text = (
        "leader up { var x in [0, 9]; maximize F = x - low.G; }"
        "follower low { var p in [0, 9]; minimize G = max(p, 5 - x); }"
    )
    assert at(text) == []
    assert at(text.replace("x - low.G", "x + low.G")) == [("E0308", "max(p, 5 - x)")]
