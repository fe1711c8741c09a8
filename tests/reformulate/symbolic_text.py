"""The single level of a model as text, read back, and its comparison with the arrays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import evdsl
from evdsl.api import Model
from evdsl.check import check
from evdsl.ir.printer import to_text
from evdsl.reformulate.symbolic import symbolic_kkt
from evdsl.source.diagnostic import errors
from single_levels import differences

SETS = """
set T = 0..5;
set C = 0..5 cyclic;
set V = {"a", "b", "c"};
set Late = {t in T : t >= 3};
set P = {v in V, t in T : pos(v) + t != 4 and t > 0};
mapping f[t in T] -> B = t div 2;
mapping g[v in V, t in T] -> B = (pos(v) + t) mod 3;
param w[t in T] = 1 + t / 10;
param q[v in V, t in T] = 2 + pos(v) + t / 7;
param cw[c in C] = 3 - c / 4;
"""
UP = (
    "leader up { var x[b in B] in [0, 9]; minimize F = sum{b in B}(x[b]) + sum{t in T}(low.y[t]); }"
)


def one_level(model: Model, data: Mapping[str, Any] | None = None) -> Model:
    """The single level, read back from its text."""
    made = symbolic_kkt(model.ir, model.ground(data=data).program)
    back = evdsl.loads(to_text(made), model.base)
    assert back.ir == made
    assert errors(check(made)) == []
    assert made.followers == ()
    return back


def assert_same(model: Model, data: Mapping[str, Any] | None = None) -> Model:
    back = one_level(model, data)
    program, text = (m.ground(data=data).program for m in (model, back))
    assert differences(model.ir, program, text) == []
    return back


def statement(model: Model, name: str) -> str:
    """An item of the single level as text on one line."""
    assert model.ir.leader is not None
    (item,) = (item for item in model.ir.leader.items if item.name == name)
    return " ".join(to_text(item).split())


def stationarity(model: Model, member: str) -> str:
    """What is zero in the condition of a follower's variable."""
    text = statement(model, f"stat_{member}").removesuffix(" == 0;")
    return re.sub(r"^constraint \w+(\[.*?\])?: ", "", text)
