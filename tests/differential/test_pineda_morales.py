"""S. Pineda and J. M. Morales, Solving linear bilevel problems using big-Ms: not all that glitters is
gold, IEEE Transactions on Power Systems 34 (2019), arXiv 1809.10448: its optimum is 102 at x = 2,
y = 100, in any units. A constant that is too small gives 1.
"""

from __future__ import annotations

from itertools import product

import pytest

from agreement import WAYS, outcome
from patterns import Truth, brute_force
from problems import INF, Level, Problem, Row, Variable

UNITS = [
    dict(zip(("y", "a", "low"), factors, strict=True))
    for factors in product([1e-4, 1.0, 1e4], repeat=3)
]
ONE_AT_A_TIME = [units for units in UNITS if sum(unit != 1.0 for unit in units.values()) <= 1]
BY_PAIRS = [way for way in WAYS if way[1] != "value"]


def pineda_morales(upper: float) -> Problem:
    """In the paper `upper`, the limit of y, is infinite."""
    low = Level(
        "low",
        1,
        {"y": Variable(0.0, upper)},
        {("y",): 1.0},
        {"a": Row({("x",): 1.0, ("y",): -0.01}, -INF, 1.0)},
    )
    return Problem(Level("up", -1, {"x": Variable(0.0, 2.0)}, {("x",): 1.0, ("y",): 1.0}), (low,))


def in_units(problem: Problem, units: dict[str, float]) -> Problem:
    return problem.scaled({"y": units["y"]}, {"a": units["a"]}, {"low": units["low"]})


def test_brute_force_finds_the_published_optimum() -> None:
    assert brute_force(pineda_morales(INF)) == Truth("optimal", pytest.approx(102.0))


def other_answers(
    upper: float, variants: list[dict[str, float]], allowed: tuple[str, ...]
) -> list[str]:
    """What is neither 102, proved (found, by indicators), nor, where that is allowed, a refusal."""
    found = [
        (units, way, outcome(in_units(pineda_morales(upper), units), Truth("optimal", 102.0), *way))
        for units in variants
        for way in BY_PAIRS
    ]
    unproved = {("scip", "indicator"): ("gave up",)}
    return [
        f"{units} {way}: {o.said}"
        for units, way, o in found
        if o.word not in allowed + unproved.get(way, ())
        or (o.word == "gave up" and "102" not in o.said)
    ]


WITHOUT_A_LIMIT = {
    "bigm": ("refused", "E0502"),
    "indicator": ("gave up", "feasible 102, bound nan"),
}
"""SCIP's indicators find it, and claim nothing where the relaxation has no limit."""


@pytest.mark.parametrize("way", BY_PAIRS)
def test_every_method_finds_it_without_a_limit_or_refuses(way: tuple[str, str]) -> None:
    found = outcome(pineda_morales(INF), Truth("optimal", 102.0), *way)
    proved = ("agrees", "optimal 102, bound 102")
    assert (found.word, found.said) == WITHOUT_A_LIMIT.get(way[1], proved)


def test_every_method_finds_it_in_any_unit_where_it_has_a_limit() -> None:
    assert other_answers(1000.0, ONE_AT_A_TIME, ("agrees",)) == []


def test_every_method_finds_it_in_any_unit_or_refuses() -> None:
    assert other_answers(INF, ONE_AT_A_TIME, ("agrees", "refused")) == []


@pytest.mark.slow
@pytest.mark.parametrize("upper", [INF, 1000.0])
def test_every_method_finds_it_in_any_units_or_refuses(upper: float) -> None:
    assert other_answers(upper, UNITS, ("agrees", "refused")) == []


@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_value_function_cuts_refuse_its_continuous_leader(solver: str) -> None:
    found = outcome(pineda_morales(1000.0), Truth("optimal", 102.0), solver, "value")
    assert (found.word, found.said) == ("refused", "E0510")
