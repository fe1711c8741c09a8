"""The certificate against points that are wrong in one way each."""

import numpy as np
import pytest

from evdsl.program.program import Multipliers
from evdsl.solve.certificate import certify
from evdsl.solve.polish import polish
from small_programs import INF, Row, bard, build


def nothing(program) -> Multipliers:
    m, n = program.joint.shape
    return Multipliers(np.zeros(m), np.zeros(n), np.zeros(n))


def test_bilevel_feasible():
    answer = polish(bard(), np.array([4.0, 0]))
    certificate = certify(bard(), answer.x, answer.multipliers)
    assert certificate.certified
    assert certificate.follower_gap <= 1e-12
    assert certificate.max_violation <= 1e-9
    assert certificate.max_complementarity <= 1e-9


def test_a_follower_that_is_not_optimal():
    """At x = 2 the follower's best is 1; at y = 3 it loses 2, of max(1, 3)."""
    certificate = certify(bard(), np.array([2.0, 3.0]), nothing(bard()))
    assert not certificate.certified
    assert certificate.follower_gap == pytest.approx(2 / 3)
    assert certificate.max_violation == 0
    assert certificate.worst == ""


@pytest.mark.parametrize(("off", "certified"), [(1e-7, True), (1e-4, False)])
def test_the_limit_of_the_gap(off, certified):
    x = np.array([2.0, 1.0 + off])
    assert certify(bard(), x, nothing(bard())).certified == certified


def test_a_violated_row_is_named_in_the_users_units():
    x = np.array([2.0, 0.5])
    certificate = certify(bard(), x, nothing(bard()))
    assert not certificate.certified
    assert certificate.max_violation == pytest.approx(1.0)
    assert certificate.worst == "low1.r3[0]"


def test_no_answer_at_the_decision():
    certificate = certify(bard(), np.array([5.0, 2.0]), nothing(bard()))
    assert certificate.follower_gap == INF
    assert not certificate.certified


def test_a_violation_that_is_no_number_is_not_certified():
    """A leader's variable alone in its row: every follower is optimal all the same."""
    program = build([0, 1], [(-INF, INF), (0, INF)], [Row(0, [1, 0], -INF, 1)], [1, 0], [0, 1])
    assert certify(program, np.zeros(2), nothing(program)).certified
    certificate = certify(program, np.array([np.nan, 0]), nothing(program))
    assert certificate.follower_gap == 0
    assert not certificate.certified


def test_a_violation_is_judged_relative_to_its_terms():
    """0.5 of 1e6 is 5e-7: certified, but shown as it is."""
    program = build([0, 1], [(0, 2), (0, INF)], [Row(0, [1e6, 0], -INF, 1e6)], [1, 0], [0, 1])
    certificate = certify(program, np.array([1 + 5e-7, 0]), nothing(program))
    assert certificate.certified
    assert certificate.max_violation == pytest.approx(0.5)
    assert certificate.worst == "top.r0[0]"
    assert not certify(program, np.array([1 + 5e-6, 0]), nothing(program)).certified


def test_limits_and_whole_numbers_count():
    program = build([0, 1], [(0, 3), (0, 1)], [], [1, 0], [0, 1], integer=[0])
    assert certify(program, np.array([3.0, 0]), nothing(program)).certified
    for x in ([3.5, 0], [2.5, 0], [2.0, -0.5]):
        certificate = certify(program, np.array(x), nothing(program))
        assert not certificate.certified
        assert certificate.max_violation == pytest.approx(0.5)


def test_complementarity_in_the_sign_of_dual():
    """max y, y <= 3 (row), y in [0, 5]: .dual of the row is 1, of the limits 0."""
    program = build(
        [0, 1], [(0, 1), (0, 5)], [Row(1, [0, 1], -INF, 3)], [1, 0], [0, 1], senses=(-1,)
    )
    x = np.array([0.0, 3.0])
    right = Multipliers(np.array([1.0]), np.zeros(2), np.zeros(2))
    assert certify(program, x, right).max_complementarity == 0
    loose = Multipliers(np.array([0.0]), np.zeros(2), np.array([0, 1.0]))
    assert certify(program, x, loose).max_complementarity == pytest.approx(2)
    wrong_sign = Multipliers(np.array([-1.0]), np.zeros(2), np.zeros(2))
    assert certify(program, x, wrong_sign).max_complementarity == INF


def test_each_follower_has_its_gap():
    program = build(
        [0, 1, 2],
        [(0, 1), (0, 4), (0, 4)],
        [],
        [1, 0, 0],
        [0, 1, 1],
        senses=(1, -1),
    )
    certificate = certify(program, np.array([0.0, 2.0, 3.0]), nothing(program))
    assert certificate.follower_gaps == pytest.approx([1.0, 1 / 3])
    assert certificate.follower_gap == pytest.approx(1.0)


def test_a_large_number_that_is_not_whole_is_none():
    """0.5 is little beside 600 000, and yet it is half a car."""
    program = build([0, 1], [(0, 1e6), (0, 1)], [], [1, 0], [0, 1], integer=[0])
    certificate = certify(program, np.array([600_000.5, 0]), nothing(program))
    assert not certificate.certified
    assert certificate.max_violation == pytest.approx(0.5)


def test_each_of_many_followers_has_its_own_gap():
    """min y_k with y_k >= x, for 30 followers: the 5th and the 9th are off, the 12th has none."""
    size = 30
    rows = [Row(k, [-1, *np.eye(size)[k - 1]], 0, INF) for k in range(1, size + 1)]
    program = build(
        list(range(size + 1)),
        [(0, 9), *[(0, INF)] * size],
        rows,
        [1] + [0] * size,
        [0] + [1] * size,
        senses=[1] * size,
    )
    program.joint.upper[12] = 1.0
    x = np.full(size + 1, 2.0)
    x[5], x[9], x[12] = 3.0, 6.0, 1.0
    gaps = certify(program, x, nothing(program)).follower_gaps
    expected = np.zeros(size)
    expected[[4, 8, 11]] = [1 / 3, 4 / 6, INF]
    assert gaps == pytest.approx(expected)
