"""Names: unknown, declared twice, hidden, reserved, and members of blocks."""

from __future__ import annotations

import pytest

from checked import LEADER, WEEK, at, codes, errors

LOW = "follower low { var y in [0, 10]; minimize y; constraint a: up.x + y >= 3; }\n"


def test_an_unknown_name_is_said_once_with_the_closest_visible_one() -> None:
    found = errors(WEEK + LEADER + "report a[t in T] = prise[t] + prise[t];")
    assert [(d.code, d.help) for d in found] == [("E0201", "did you mean `price`?")]


def test_a_name_that_is_only_visible_elsewhere_is_not_proposed() -> None:
    text = LEADER + LOW + "report r = low.y + yy;"
    assert [d.help for d in errors(text)] == [None]


def test_a_declaration_with_an_unknown_set_makes_no_cascade() -> None:
    text = "param p[t in Tt] = 3; param q[t in Tt] = p[t] + p[prev(t)];" + LEADER
    assert at(text) == [("E0201", "Tt")]


def test_after_a_duplicate_nothing_more_is_said_about_the_name() -> None:
    text = "set T = 0..3; param p[t in T] = 1; param p = 2; report r = p + p[first(T)];" + LEADER
    assert codes(text) == ["E0202"]


def test_the_first_declaration_is_related() -> None:
    (found,) = errors("param p = 1; set p = 0..3;" + LEADER)
    assert [(label.span.text, label.text) for label in found.related] == [
        ("p", "first declared here")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "param low = 1; follower low { var y in [0, 1]; minimize y; }",
        "param up = 3;",
        "param x = 3;",  # a member of the leader
        "report F = 3;",  # the leader's objective
    ],
)
def test_top_level_and_leader_names_are_one_namespace(text: str) -> None:
    assert codes(text + LEADER)[0] == "E0202"


def test_members_of_two_blocks_may_have_the_same_name() -> None:
    other = "follower other { var y in [0, 1]; minimize y; constraint a: y >= 1 - up.x; }"
    assert codes(LEADER + LOW + other) == []


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("param r = sum{x in 0..3}(1);", "x"),
        ("set A = 0..3; param r = sum{A in A}(1);", "A"),
        ("set A = 0..3; param r[a in A] = sum{a in A}(1);", "a"),
        ("set A = 0..3; param r[a in A, a in A] = 1;", "a"),
        ("set A = 0..3; set P = {a in A, b in A : a < b}; param r = sum{(x, a) in P}(1);", "x"),
    ],
)
def test_an_index_hides_nothing(text: str, piece: str) -> None:
    assert at(text + LEADER) == [("E0203", piece)]


def test_a_bound_name_of_a_tuple_filters() -> None:
    text = "set A = 0..3; set P = {a in A, b in A : a < b}; param r[a in A] = count{(a, b) in P};"
    assert codes(text + LEADER) == []


def test_a_filter_must_be_of_the_same_set() -> None:
    text = (
        'set A = 0..3; set U = {"u"}; set P = {a in A, u in U : a > 1};'
        "param r[a in U] = count{(a, u) in P};"
    )
    assert codes(text + LEADER) == ["E0215"]


def test_functions_and_reducers_name_nothing() -> None:
    assert codes("param mean = 3; set prev = 0..3;" + LEADER) == ["E0204", "E0204"]
    assert codes("set A = 0..3; param p = sum{sum in A}(1);" + LEADER) == ["E0204"]


def test_members_outside_and_inside_their_block() -> None:
    assert codes(LEADER + LOW + "report r = y;") == ["E0210"]
    assert codes(LEADER + LOW.replace("+ y >=", "+ low.y >=")) == ["E0210"]
    assert codes(LEADER + LOW + "report r = up.x + x + low.y;") == []


def test_the_mend_of_a_bare_member_has_its_blocks_index() -> None:
    text = WEEK + LEADER + "follower car[v in V] { var c in [0, x]; minimize c; } report r = c;"
    assert [d.help for d in errors(text)] == ["write `car[v].c`"]


def test_a_member_that_does_not_exist() -> None:
    (found,) = errors(LEADER + LOW + "report r = low.z + low.z;")
    assert (found.code, found.help) == ("E0209", "its members are `y` and `a`")


@pytest.mark.parametrize(
    "text",
    [
        "param p = 1; param q = p.x;",
        "set A = 0..3; param p = sum{a in A}(a.x);",
        "set A = 0..3; param p = sum{a in A}(a[a]);",
        "set A = 0..3; param p[a in A] = 1; param q = sum{a in A}(p[a][a]);",
        "param q = (1 + 2).x;",
    ],
)
def test_only_names_with_members_have_them(text: str) -> None:
    assert codes(text + LEADER) == ["E0209"]


def test_functions_that_do_not_exist() -> None:
    (found,) = errors("param p = flor(3);" + LEADER)
    assert (found.code, found.help) == ("E0205", "did you mean `floor`?")
    (found,) = errors("set A = 0..3; param p = totl{a in A}(a);" + LEADER)
    assert found.code == "E0205"


def test_a_misspelt_mapping_is_proposed() -> None:
    (found,) = errors(WEEK + "mapping unit[v in V] -> U = fleet.unit[v, first(T)];"
                      "param n[u in U] = count{v in V : uint(v) == u};" + LEADER)  # fmt: skip
    assert (found.code, found.help) == ("E0205", "did you mean `unit`?")


def test_cycles_are_listed_once_with_their_path() -> None:
    (found,) = errors("param a = b; param b = c; param c = a;" + LEADER)
    assert found.code == "E0211"
    assert found.message == "`a` needs itself: `a` → `b` → `c` → `a`"


@pytest.mark.parametrize(
    "text",
    [
        "set A = {a in A : a > 1};",
        "set A = 0..n; param n = card(A);",
        "set A = 0..3; mapping f[a in A] -> B = card(B);",
        "set A = 0..3; expr e[a in A] = e[a] + 1;",
        "reference r { var y in [0, n]; minimize y; } param n = r.y;",
        "report p = q; report q = p;",
        "report p = b.p; baseline b { x = 1; }",
    ],
)
def test_every_kind_of_declaration_can_need_itself(text: str) -> None:
    assert "E0211" in codes(text + LEADER)


def test_objectives_that_need_each_other() -> None:
    text = (
        "leader up { var x in [0, 1]; minimize F = x + low.G; }"
        "follower low { var y in [0, 1]; minimize G = y + F; }"
    )
    assert codes(text)[0] == "E0211"
