"""A model built in Python equals the one that is read from text."""

from __future__ import annotations

import math

from evdsl import ir
from evdsl.ir.printer import to_text
from evdsl.source.text import Source
from evdsl.syntax import parse

TEXT = """\
model storage "One storage";

set T = 0..23 cyclic;
param price[t in T] : EUR/MWh = 30 + t;

leader owner {
  var c[t in T : t > 0] : MW in [-1, 1];
  var n integer in [0, inf];
  minimize cost = sum{t in T}(price[t] * c[t]) - n^2 / 4;
  constraint soc[t in T]: 0 <= c[t] - c[prev(t)] <= 1 dual in [-10, 10];
  constraint enough: sum{(u, t) in P}(c[t]) >= 2;
  constraint even: c[1] == c["last"];
  constraint few: n <= 3;
}
"""


def built() -> ir.Model:
    t, c, n, price = ir.names("t c n price")
    hours = ir.over(t="T")
    items = (
        ir.Var("c", ir.within(-1, 1), ir.over(t="T", where=POSITIVE), ir.unit(MW=1)),
        ir.Var("n", ir.within(0, math.inf, integer=True)),
        ir.Objective("minimize", ir.total(hours, price[t] * c[t]) - n**2 / 4, "cost"),
        ir.constraint(
            "soc", ir.between(0, c[t] - c[ir.call("prev", t)], 1), hours, ir.interval(-10, 10)
        ),
        ir.constraint(
            "enough",
            ir.at_least(ir.total(ir.over(ir.Binder(("u", "t"), ir.Name("P"))), c[t]), 2),
        ),
        ir.constraint("even", ir.equal(c[1], c["last"])),
        ir.constraint("few", ir.at_most(n, 3)),
    )
    return ir.Model(
        (
            ir.Set("T", ir.Range(ir.Number(0), ir.Number(23)), cyclic=True),
            ir.Param("price", hours, ir.unit(EUR=1, MWh=-1), value=30 + t),
            ir.Leader("owner", items),
        ),
        "storage",
        "One storage",
    )


POSITIVE = ir.Compare((ir.Name("t"), ir.Number(0)), (">",))


def test_a_model_built_in_python_equals_the_text() -> None:
    model, diagnostics = parse(Source("storage.evm", TEXT))
    assert diagnostics == []
    assert built() == model


def test_it_prints_as_the_text_but_for_empty_lines() -> None:
    def lines(text: str) -> list[str]:
        return [line for line in text.split("\n") if line]

    assert lines(to_text(built())) == lines(TEXT)


def test_the_docstring_of_expressions_is_true() -> None:
    x, low = ir.names("x low")
    tree = ir.Binary("-", x, ir.Binary("*", ir.Number(4), ir.Member(low, "y")))
    assert x - 4 * low.member("y") == tree
    assert -x == ir.Unary("-", x)
    assert x + -1 == ir.Binary("+", x, ir.Unary("-", ir.Number(1)))
    assert x[True, "a", 2] == ir.At(x, (ir.Truth(True), ir.Text("a"), ir.Number(2)))
