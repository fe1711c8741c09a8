"""1000 random problems of at most 9 pairs: what a method accepts agrees with brute force."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from agreement import WAYS, Tally, tally
from patterns import brute_force
from problems import INF, Level, Problem, Row, Variable
from random_problems import CLASSES, MOST_PAIRS, badly_scaled, random_problem

HUNDRED, ALL = range(100), range(1000)


def accepts_what_it_should(found: Tally, each: int) -> None:
    """Every class but those with prices: those that need no constants take it whole."""
    for way in WAYS:
        accepted = {kind: found.counts[kind, way]["agrees"] for kind in CLASSES}
        if way[1] in ("auto", "branch", "sos1"):
            assert min(accepted.values()) >= 0.9 * each, (way, accepted)
        else:
            assert accepted["binary leader"] >= 0.9 * each, (way, accepted)


def test_a_hundred_random_problems() -> None:
    found = tally(HUNDRED)
    assert found.wrong == []
    assert len(found.given_up) <= 10, found.given_up
    accepts_what_it_should(found, each=4)


@pytest.mark.slow
def test_a_thousand_random_problems() -> None:
    found = tally(ALL)
    print(found.table())
    assert found.wrong == []
    accepts_what_it_should(found, each=50)


# ---- what the problems are -------------------------------------------------------------------
def statuses(seeds: Iterable[int]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {kind: set() for kind in CLASSES}
    for seed in seeds:
        drawn = random_problem(seed)
        found[drawn.kind].add(brute_force(drawn.plain).status)
    return found


def test_a_seed_is_a_problem_and_has_few_pairs() -> None:
    for seed in HUNDRED:
        assert random_problem(seed) == random_problem(seed)
        assert 1 <= random_problem(seed).problem.pairs <= MOST_PAIRS


def test_the_classes_are_what_they_are_called() -> None:
    found = statuses(ALL[::7])
    assert found["infeasible"] == {"infeasible"}
    assert "unbounded" in found["unbounded"]
    assert all("optimal" in met for kind, met in found.items() if kind != "infeasible")


# ---- brute force -----------------------------------------------------------------------------
def bard() -> Problem:
    """J. F. Bard, Practical Bilevel Optimization, 1998, example 5.1.1: -12 at (4, 4)."""
    rows = {
        "a": Row({("x",): 1.0, ("y",): 1.0}, 3.0, INF),
        "b": Row({("x",): -2.0, ("y",): 1.0}, -INF, 0.0),
        "c": Row({("x",): 2.0, ("y",): 1.0}, -INF, 12.0),
        "d": Row({("x",): 3.0, ("y",): -2.0}, -INF, 4.0),
    }
    low = Level("low", 1, {"y": Variable(0.0, INF)}, {("y",): 1.0}, rows)
    return Problem(Level("up", 1, {"x": Variable(0.0, INF)}, {("x",): 1.0, ("y",): -4.0}), (low,))


def test_brute_force_finds_a_published_optimum() -> None:
    assert brute_force(bard()).value == pytest.approx(-12.0)


def test_brute_force_does_not_depend_on_mild_units() -> None:
    """In other words: rows, costs and multipliers are scaled as they should be."""
    for seed in HUNDRED:
        plain = random_problem(seed).plain
        scaled = badly_scaled("", plain, np.random.default_rng(seed), sizes=(0.25, 1.0, 2.0))
        right, found = brute_force(plain), brute_force(scaled.problem)
        assert found.status == right.status
        if right.status == "optimal":
            assert found.value == pytest.approx(scaled.unit * right.value, rel=1e-6, abs=1e-6)
