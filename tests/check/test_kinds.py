"""Kinds: numbers, texts, conditions, elements, sets."""

from __future__ import annotations

import pytest

from checked import LEADER, WEEK, at, codes, errors

SETS = 'set T = 0..9; set P = {"low", "high"}; mapping m[t in T] -> P = if t > 4 then "high" else "low";'


@pytest.mark.parametrize(
    ("use", "piece"),
    [
        ("param q = 1 > 2;", "1 > 2"),
        ("param q = if 3 then 1 else 0;", "3"),
        ("param q[p in P] = 2 * p;", "p"),
        ('param q = "x";', '"x"'),
        ("param q = T;", "T"),
        ("param q = up;", "up"),
        ("check: 3;", "3"),
        ("param q = sum{t in T : t}(1);", "t"),
        ('param q[t in T] = if t == "high" then 1 else 0;', '"high"'),
        ("param q = pos(3);", "3"),
        ("param q = abs(1 > 2);", "1 > 2"),
    ],
)
def test_the_wrong_kind(use: str, piece: str) -> None:
    assert at(SETS + use + LEADER) == [("E0214", piece)]


def test_the_two_sides_of_a_choice() -> None:
    assert codes(SETS + 'param q = if 1 > 2 then 1 else "x";' + LEADER) == ["E0214"]


@pytest.mark.parametrize("use", ["t == p", "m(t) == t", "t < p", "p in {t2 in T : t2 > 3}"])
def test_elements_of_different_sets_are_not_compared(use: str) -> None:
    assert codes(SETS + f"param q = count{{t in T, p in P : {use}}};" + LEADER) == ["E0215"]


def test_comparing_through_the_mapping_is_proposed() -> None:
    (found,) = errors(SETS + "param q[p in P] = count{t in T : t == p};" + LEADER)
    assert found.help == "a mapping from T to P exists: compare `m(t)` with `p`"


def test_literals_that_no_element_can_be() -> None:
    text = SETS + 'param q = count{p in P, t in T : p == "hihg" or t == 12 or p in {"low", "mid"}};'
    assert at(text + LEADER)[:2] == [("E0225", '"hihg"'), ("E0225", "12")]


def test_each_value_of_a_mapping_is_an_element_of_its_target() -> None:
    text = 'set T = 0..9; set P = {"low", "high"};'
    wrong = 'mapping g[t in T] -> P = if t > 4 then "hi" else if t > 2 then "low" else "lo";'
    assert at(text + wrong + LEADER) == [("E0225", '"hi"'), ("E0225", '"lo"')]
    assert codes(text + "mapping g[t in T] -> P = pos(t);" + LEADER) == ["E0214"]
    assert codes(text + "mapping g[t in T] -> G = t > 3;" + LEADER) == ["E0214"]
    assert codes("param n = 1; set T = 0..9; mapping g[t in T] -> n = 1;" + LEADER) == ["E0220"]


def test_values_by_element() -> None:
    text = 'set P = {"low", "high"};'
    assert codes(text + 'param w[P] = {"low": 1, "high": 2};' + LEADER) == []
    assert codes(text + 'param w[P] = {"low": 1};' + LEADER) == ["E0225"]
    assert codes(text + 'param w[P] default 0 = {"low": 1};' + LEADER) == []
    assert codes(text + 'param w[P] = {"low": 1, "high": 2, "mid": 3};' + LEADER) == ["E0225"]
    assert codes(text + 'param w = {"low": 1, "high": 2};' + LEADER) == ["E0206"]
    assert codes(text + 'param w[P] = {"low": 1, "low": 2, "high": 3};' + LEADER) == ["E0202"]


def test_the_calendar_needs_time_stamps() -> None:
    assert codes("set T = 0..9; param p[t in T] = hour(t);" + LEADER) == ["E0213"]
    assert codes(SETS + "param p[q in P] = weekday(q);" + LEADER) == ["E0213"]
    assert codes(WEEK + "param p[t in T] = minute(t) + step(t);" + LEADER) == []


@pytest.mark.parametrize(
    ("declaration", "code"),
    [
        ("set A = {t in T : t > 3} cyclic;", "E0219"),
        ("set A = {t in T, p in P : t > 3} cyclic;", "E0219"),
        ("set A = T union P;", "E0220"),
        ("set A = n; param n = 3;", "E0220"),
        ('set A = {"x", "x"};', "E0220"),
        ("set A = 0..9 cyclic;", ""),
        ("param q = sum{t in n}(1); param n = 3;", "E0220"),
        ("param q = sum{t in T}(sum{s in t}(1));", "E0220"),
        ("set A = {t in T, p in P}; param q = sum{a in A}(1);", "E0222"),
        ("set A = {t in T, p in P}; param q = sum{(a, b, c) in A}(1);", "E0222"),
        ("param q = sum{(a, b) in T}(1);", "E0222"),
        ("set A = {t in T, p in P}; param q = count{t in T : t in A};", "E0222"),
    ],
)
def test_sets(declaration: str, code: str) -> None:
    assert codes(SETS + declaration + LEADER) == ([code] if code else [])


@pytest.mark.parametrize(
    "use", ["max(1)", "abs(1, 2)", "prev(t, 1, 2)", "card(T, T)", "sqrt(1, 2)", "min(3)"]
)
def test_the_number_of_arguments(use: str) -> None:
    assert codes(SETS + f"param q[t in T] = {use};" + LEADER) == ["E0221"]


def test_an_indexed_parameter_cannot_be_left_open() -> None:
    assert codes(SETS + "param n; param q[p in P];" + LEADER) == ["E0227"]
