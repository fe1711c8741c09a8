from __future__ import annotations

from evdsl import ir
from evdsl.source.text import Source
from evdsl.syntax import parse

TEXT = """\
leader up { var x[t in T] in [0, 1]; minimize cost = sum{t in T : t > 0}(p[t] * x[t]); }
"""


def model(text: str = TEXT) -> ir.Model:
    return parse(Source("m.evm", text))[0]


def test_walk_gives_parents_before_children_in_the_order_written() -> None:
    found = [node.name for node in ir.walk(model()) if isinstance(node, ir.Name)]
    assert found == ["T", "T", "t", "p", "t", "x", "t"]
    kinds = [type(node).__name__ for node in ir.walk(model())]
    assert kinds[:3] == ["Model", "Leader", "Var"]


def test_substitute_replaces_every_equal_expression_and_leaves_the_rest() -> None:
    old = model()
    new = ir.substitute(old, ir.Name("p")[ir.Name("t")], ir.Number(3))
    assert new == model(TEXT.replace("p[t]", "3"))
    assert old == model()


def test_what_does_not_change_is_the_same_object() -> None:
    old = model()
    assert ir.substitute(old, ir.Name("nowhere"), ir.Number(1)) is old


def test_transform_changes_children_first() -> None:
    seen: list[str] = []

    def note(node: ir.Node) -> ir.Node:
        seen.append(type(node).__name__)
        return node

    ir.transform(ir.Name("x") + 1, note)
    assert seen == ["Name", "Number", "Binary"]


def test_a_deep_expression_can_be_walked() -> None:
    total: ir.Expr = ir.Name("x")
    for _ in range(5000):
        total = total + 1
    assert sum(isinstance(node, ir.Number) for node in ir.walk(total)) == 5000
