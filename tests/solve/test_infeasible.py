"""No answer, in words of leader and followers: the right level, follower and row are named."""

import numpy as np

from evdsl.solve.infeasible import explain_infeasible
from evdsl.solve.response import explain_response
from evdsl.solve.unbounded import explain_unbounded, unbounded_followers
from small_programs import INF, Row, build

TWO = {"owners": [0, 1, 2], "cost": [1, 0, 0], "senses": (1, 1)}


def said(diagnostics):
    return [(d.code, d.message, *d.notes) for d in diagnostics]


def test_a_follower_without_an_answer_whatever_the_leader_decides():
    program = build(
        **TWO,
        limits=[(0, 1), (0, 4), (0, 4)],
        rows=[Row(1, [-1, 1, 0], 0, INF), Row(2, [1, 0, 1], 8, INF)],
        follower_cost=[0, 1, 1],
    )
    assert said(explain_infeasible(program)) == [
        (
            "E0532",
            "follower `low2` has no answer, whatever the leader decides",
            "`low2.r1[0]` is missed by 3",
            "these contradict each other: `low2.r1[0]`, `top.v[0]` <= 1 and `low2.v[0]` <= 4",
        )
    ]


def test_crossing_limits_are_named():
    program = build(
        **TWO,
        limits=[(0, 1), (3, 2), (0, 4)],
        rows=[Row(2, [1, 0, 1], 1, INF)],
        follower_cost=[0, 1, 1],
    )
    assert said(explain_infeasible(program)) == [
        (
            "E0532",
            "follower `low1` has no answer, whatever the leader decides",
            "the limits of `low1.v[0]` cross: 3 to 2",
        )
    ]


def test_an_unbounded_follower_is_named_with_its_direction():
    program = build(
        **TWO,
        limits=[(0, 1), (0, INF), (0, 4)],
        rows=[Row(1, [1, 1, 0], 1, INF)],
        follower_cost=[0, -2, 1],
    )
    (found,) = explain_infeasible(program)
    assert found.code == "E0533"
    assert found.message == "follower `low1` is unbounded: its objective improves without end"
    assert found.notes == ("`low1.v[0]` rises along the way",)
    assert found.help == "give `low1.v` a finite upper limit, or a constraint that stops it"
    assert said(explain_unbounded(program)) == said([found])


def test_a_maximising_follower_without_a_lower_limit():
    program = build(
        [0, 1], [(0, 1), (-INF, 5)], [Row(1, [-1, 1], -INF, 3)], [1, 0], [0, -1], senses=(-1,)
    )
    (found,) = unbounded_followers(program)
    assert (found.code, found.notes) == ("E0533", ("`low1.v[0]` falls along the way",))


def test_bounded_by_rows_is_not_unbounded():
    program = build([0, 1], [(0, 1), (0, INF)], [Row(1, [-1, 1], -INF, 3)], [1, 0], [0, -1])
    assert unbounded_followers(program) == []


def test_the_leaders_own_rows():
    program = build(
        [0, 1],
        [(0, 1), (0, 4)],
        [Row(1, [-1, 1], 0, INF), Row(0, [1, 0], 3, INF)],
        [1, 0],
        [0, 1],
    )
    assert said(explain_infeasible(program)) == [
        (
            "E0540",
            "the leader's own rows and limits contradict each other",
            "`top.r1[0]` is missed by 2",
            "these contradict each other: `top.r1[0]` and `top.v[0]` <= 1",
        )
    ]


def test_answers_that_each_violate_a_row_of_the_leader():
    """min y, y >= x, x in [0, 1], and the leader asks for y >= 2: possible, but not for y's sake."""
    program = build(
        [0, 1],
        [(0, 1), (0, 4)],
        [Row(1, [-1, 1], 0, INF), Row(0, [0, 1], 2, INF)],
        [1, 0],
        [0, 1],
    )
    assert said(explain_infeasible(program)) == [
        (
            "E0541",
            "the followers have answers, but each of them violates a row of the leader",
            "`top.r1[0]` holds variables of a follower",
        )
    ]
    assert said(explain_response(program, np.array([1, np.nan]), "baseline `simple`")) == [
        (
            "E0541",
            "the followers' answer to the decision of baseline `simple` violates what the leader "
            "demands",
            "`top.r1[0]` is violated by 1",
        )
    ]


def test_whole_numbers_of_the_leader():
    program = build(
        [0, 1],
        [(0, 3), (0, 4)],
        [Row(1, [-1, 1], 0, INF), Row(0, [2, 0], 3, 3)],
        [1, 0],
        [0, 1],
        integer=[0],
    )
    (found,) = explain_infeasible(program)
    assert found.code == "E0540"
    assert found.notes == ("without its whole numbers the leader would have one",)


def test_a_decision_without_an_answer():
    program = build(
        **TWO,
        limits=[(0, 9), (0, 4), (0, 4)],
        rows=[Row(1, [-1, 1, 0], 0, INF), Row(2, [1, 0, 1], -INF, 20)],
        follower_cost=[0, 1, 1],
    )
    assert said(explain_response(program, np.array([6.5, np.nan, np.nan]), "baseline `bold`")) == [
        (
            "E0534",
            "follower `low1` has no answer to the decision of baseline `bold`",
            "`low1.r0[0]` is missed by 2.5",
            "these contradict each other: `low1.r0[0]`, `top.v[0]` = 6.5 and `low1.v[0]` <= 4",
        )
    ]
    assert explain_response(program, np.array([3.5, np.nan, np.nan]), "baseline `calm`") == []


def test_a_decision_beyond_the_leaders_limits():
    program = build([0, 1], [(0, 1), (0, 4)], [Row(1, [-1, 1], 0, INF)], [1, 0], [0, 1])
    (found,) = explain_response(program, np.array([3.0, np.nan]), "baseline `bold`")
    assert (found.code, found.notes) == ("E0541", ("`top.v[0]` is violated by 2",))


def test_the_leader_is_unbounded():
    program = build([0, 1], [(0, INF), (0, 4)], [Row(1, [0, 1], 0, 3)], [1, 0], [0, 1], sense=-1)
    (found,) = explain_unbounded(program)
    assert (found.code, found.notes) == ("E0542", ("`top.v[0]` rises along the way",))
    assert found.help == "give `top.v` a finite upper limit, or a constraint that stops it"


def test_a_leader_that_is_unbounded_where_its_followers_are_tied():
    program = build([0, 1], [(0, 1), (0, INF)], [Row(1, [-1, 1], 0, INF)], [0, -1], [0, 0])
    (found,) = explain_response(program, np.array([1.0, np.nan]), "baseline `simple`")
    assert (found.code, found.notes) == ("E0542", ("`low1.v[0]` rises along the way",))


def test_a_solver_that_fails_is_said(monkeypatch):
    program = build([0, 1], [(0, 1), (0, 4)], [Row(1, [-1, 1], 0, INF)], [0, 1], [0, 1])
    monkeypatch.setattr("evdsl.solve.response.respond", lambda *_: None)
    (found,) = explain_response(program, np.array([1.0, np.nan]), "baseline `simple`")
    assert found.code == "E0534"
    assert "the LP solver fails" in found.message
