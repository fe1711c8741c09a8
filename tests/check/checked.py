"""One-line access to the messages of a text."""

from __future__ import annotations

from evdsl.check import check
from evdsl.source.diagnostic import Diagnostic
from evdsl.source.text import Source
from evdsl.syntax import parse

LEADER = "leader up { var x in [0, 10]; minimize F = x; }\n"
"""The smallest leader, for what does not depend on it."""

WEEK = """
table prices from "prices.csv" index time;
table fleet from "fleet.csv" index vehicle, time;
set T = prices.time cyclic;
set V = fleet.vehicle;
mapping f[t in T] -> B = (weekday(t) * 24 + hour(t)) div 4;
param price[T] = prices.price;
param c_max[V, T] in [0, inf] = fleet.c_max;
"""
"""Declarations to build upon: steps T, vehicles V, groups B."""


def messages(text: str) -> list[Diagnostic]:
    """All messages of the check; the text itself must be free of syntax errors."""
    model, wrong = parse(Source("model.evm", text))
    assert not wrong, [d.message for d in wrong]
    return check(model)


def errors(text: str) -> list[Diagnostic]:
    return [d for d in messages(text) if d.severity == "error"]


def codes(text: str) -> list[str]:
    """The codes of the errors, in the order of the text."""
    return [d.code for d in errors(text)]


def at(text: str) -> list[tuple[str, str]]:
    """Code and marked piece of each error."""
    return [(d.code, d.span.text if d.span else "") for d in errors(text)]
