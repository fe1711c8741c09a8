from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evdsl.source.suggest import closest, distance

WORDS = st.text("abc", max_size=6)


@pytest.mark.parametrize(
    ("name", "candidates", "meant"),
    [
        ("prcies", ["prices", "price"], "prices"),
        ("minimise", ["maximize", "minimize"], "minimize"),
        ("K_C", ["k_s", "k_c"], "k_c"),
        ("t", ["T", "u"], "T"),
        ("x", ["y", "z"], None),
        ("fleet", ["prices", "vehicles"], None),
        ("soc", ["sco", "soc"], "sco"),
        ("fleet_week", [], None),
    ],
)
def test_the_closest_name(name: str, candidates: list[str], meant: str | None) -> None:
    assert closest(name, candidates) == meant


@pytest.mark.parametrize(
    ("a", "b", "edits"),
    [
        ("", "abc", 3),
        ("kitten", "sitting", 3),
        ("ab", "ba", 1),
        ("abc", "abc", 0),
        ("ca", "abc", 3),
    ],
)
def test_distances(a: str, b: str, edits: int) -> None:
    assert distance(a, b) == edits


@given(WORDS, WORDS)
def test_a_distance_is_symmetric_and_zero_for_equal_words_only(a: str, b: str) -> None:
    assert distance(a, b) == distance(b, a)
    assert (distance(a, b) == 0) == (a == b)
