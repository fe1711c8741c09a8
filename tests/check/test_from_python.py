"""Models built without text get the same messages, with the place in words."""

from __future__ import annotations

import ast
import time
from pathlib import Path

import evdsl.check
from evdsl.check import check
from evdsl.ir.expr import Binder, Binders, Call, Compare, Name, Number, Range, Reduce
from evdsl.ir.model import (
    Baseline,
    Constraint,
    Domain,
    Follower,
    Interval,
    Leader,
    Mapping,
    Model,
    Objective,
    Param,
    Set,
    Var,
)

UNIT = Domain("real", Interval(Number(0), Number(1)))
STEPS = Binders((Binder(("t",), Name("T")),))
GROUPS = Binders((Binder(("b",), Name("B")),))


def model(index: Call | Name) -> Model:
    """A leader with one factor for each group, read at `index` by its follower."""
    total = Reduce("sum", GROUPS, Name("k")[Name("b")])
    limit = Interval(Number(0), Name("k")[index])
    return Model(
        (
            Set("T", Range(Number(0), Number(23))),
            Mapping("f", STEPS, "B", Call("floor", (Name("t") / 4,))),
            Leader("planner", (Var("k", UNIT, GROUPS), Objective("minimize", total, "cost"))),
            Follower(
                "aev",
                (
                    Var("c", Domain("real", limit), STEPS),
                    Objective("maximize", Reduce("sum", STEPS, Name("c")[Name("t")]), "charged"),
                ),
            ),
        )
    )


def test_a_right_model() -> None:
    assert check(model(Call("f", (Name("t"),)))) == []


def test_the_same_message_with_a_place_in_words() -> None:
    (found,) = check(model(Name("t")))
    assert (found.code, found.span, found.place) == ("E0207", None, "var aev.c")
    assert found.message == "`k` is indexed by B, but `t` runs over T"
    assert found.help == "a mapping from T to B exists: write `k[f(t)]`"


def test_what_only_python_can_write() -> None:
    names = Model((Param("two words", value=Number(1)), Param("check", value=Number(1))))
    assert [d.code for d in check(names)][:2] == ["E0204", "E0204"]
    item = Constraint("strict", (Name("k"), Number(1)), ("<",))
    leader = Leader("up", (Var("k", UNIT), item, Objective("minimize", Name("k"), "F")))
    assert [(d.code, d.help) for d in check(Model((leader,)))] == [("E0131", "write `<=`")]


def test_nothing_that_python_can_build_ends_in_a_traceback() -> None:
    empty = Model(
        (
            Leader("up", ()),
            Follower("low", (), GROUPS),
            Baseline("plan", ()),
            Param("p", value=Compare((Number(1), Number(2)), ("<",))),
        )
    )
    assert {d.code for d in check(empty)} == {"E0201", "E0214", "E0304"}


def test_a_sum_written_out_is_too_deep() -> None:
    variables = tuple(Var(f"x{i}", UNIT) for i in range(3000))
    total = sum((Name(v.name) for v in variables), Number(0))
    leader = Leader("up", (*variables, Objective("minimize", total, "F")))
    assert [d.code for d in check(Model((leader,)))] == ["E0228"]


def test_a_long_model_is_checked_in_milliseconds() -> None:
    base = model(Call("f", (Name("t"),)))
    total = Reduce("sum", STEPS, Name("p0")[Name("t")] * 2 + Name("aev").member("c")[Name("t")])
    params = [Param(f"p{i}", STEPS, value=Name("t") * i) for i in range(50)]
    checks = [
        Param(f"q{i}", value=Reduce("sum", STEPS, Name(f"p{i}")[Name("t")])) for i in range(50)
    ]
    items = tuple(Constraint(f"r{i}", (total, Number(i)), ("<=",)) for i in range(50))
    leader = base.leader
    assert leader is not None
    leader = Leader("planner", (*leader.items, *items))
    long = Model((*base.declarations[:2], leader, base.declarations[3], *params, *checks))
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        found = check(long)
        seconds.append(time.perf_counter() - start)
    assert [d for d in found if d.severity == "error"] == []
    assert min(seconds) < 0.1


def test_the_check_imports_nothing_heavy() -> None:
    ours = ("evdsl.source", "evdsl.ir", "evdsl.check")
    library = (
        "__future__",
        "collections",
        "dataclasses",
        "enum",
        "itertools",
        "math",
        "re",
        "typing",
    )
    allowed = (*ours, *library)
    for path in Path(evdsl.check.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").startswith(allowed), (path.name, node.module)
            elif isinstance(node, ast.Import):
                assert all(alias.name.startswith(allowed) for alias in node.names), path.name
