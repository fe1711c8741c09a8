"""The followers' answers against SciPy, optimistic where they are tied, and their multipliers."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from evdsl.program.program import Program
from evdsl.solve.certificate import certify
from evdsl.solve.followers import linked_columns
from evdsl.solve.polish import polish, respond
from small_programs import INF, Row, bard, build


def random_program(seed: int) -> Program:
    """Two leader columns, two followers (a minimum and a maximum) of three columns with ties.

    Costs are few whole numbers, so that optima are rarely unique; the leader has one row over all.
    """
    draw = np.random.default_rng(seed)
    owners = [0, 0, 1, 1, 1, 2, 2, 2]
    rows = []
    sides = [(-INF, 3), (2, INF), (2, 3), (3, 3)]
    for owner in (1, 1, 2, 2):
        terms = np.where(np.array(owners) == owner, draw.integers(0, 3, 8), 0).astype(float)
        terms[:2] = draw.integers(-1, 2, 2)
        rows.append(Row(owner, terms.tolist(), *sides[draw.integers(0, 4)]))
    rows.append(Row(0, draw.integers(-1, 3, 8).tolist(), -INF, float(draw.integers(4, 14))))
    follower_cost = np.where(np.array(owners) > 0, draw.integers(0, 3, 8), 0)
    return build(
        owners,
        [(0, 2)] * 2 + [(0, 3)] * 6,
        rows,
        draw.integers(-3, 4, 8).tolist(),
        follower_cost.tolist(),
        senses=(1, -1),
    )


def scipy_follower(program: Program, k: int, leader: np.ndarray):
    """Follower k's LP at a leader decision: what is minimised, rows, limits."""
    joint = program.joint
    own = np.flatnonzero(program.column_owner == k)
    rows = np.flatnonzero(program.row_owner == k)
    dense = joint.A.toarray()[rows]
    moved = dense[:, program.column_owner == 0] @ leader
    low, high = joint.row_lower[rows] - moved, joint.row_upper[rows] - moved
    matrix = np.vstack([dense[:, own], -dense[:, own]])
    side = np.concatenate([high, -low])
    kept = np.isfinite(side)
    limits = list(zip(joint.lower[own], joint.upper[own], strict=True))
    cost = program.owner_sense[k] * program.follower_cost[own]
    return cost, matrix[kept], side[kept], limits


def optimistic(program: Program, leader: np.ndarray) -> float | None:
    """The leader's best among points whose followers' costs are their optima, by SciPy; inf where
    no such point meets the leader's rows, None where a follower has no answer."""
    n = program.joint.shape[1]
    leads = program.column_owner == 0
    matrix, side = [], []
    for k in (1, 2):
        cost, own_matrix, own_side, limits = scipy_follower(program, k, leader)
        found = linprog(cost, own_matrix, own_side, bounds=limits)
        if found.status != 0:
            return None
        wide = np.zeros((len(own_side) + 1, n))
        wide[:, program.column_owner == k] = np.vstack([own_matrix, cost])
        matrix.append(wide)
        side.append(np.append(own_side, found.fun + 1e-9))
    joint = program.joint
    upper_row = joint.A.toarray()[-1]
    matrix.append(upper_row[None])
    side.append([joint.row_upper[-1]])
    lower, upper = joint.lower.copy(), joint.upper.copy()
    lower[leads] = upper[leads] = leader
    found = linprog(
        joint.cost,
        np.vstack(matrix),
        np.concatenate(side),
        bounds=list(zip(lower, upper, strict=True)),
    )
    return found.fun if found.status == 0 else INF


def test_answers_are_the_leaders_best_among_the_followers_optima():
    answered = excluded = refused = 0
    for seed in range(60):
        program = random_program(seed)
        leader = np.random.default_rng(seed).integers(0, 3, 2).astype(float)
        decision = np.concatenate([leader, np.full(6, np.nan)])
        expected = optimistic(program, leader)
        found = respond(program, decision)
        if expected is None:
            assert found is None
            excluded += 1
            continue
        assert found is not None
        assert found.leader_rows_hold == np.isfinite(expected)
        if np.isfinite(expected):
            assert found.objective == pytest.approx(expected, abs=1e-6)
            certificate = certify(program, found.x, found.multipliers)
            assert certificate.certified
            assert certificate.max_complementarity <= 1e-8
            answered += 1
        else:
            refused += 1
    assert min(answered, excluded, refused) >= 2, (answered, excluded, refused)


@pytest.mark.parametrize("sense", [1, -1])
def test_multipliers_are_derivatives_of_the_followers_optimum(sense):
    """Every row and limit is moved a little and the follower solved anew."""
    program = build(
        [0, 1, 1, 1],
        [(0, 5), (0.5, INF), (-INF, 4), (0, 9)],
        [
            Row(1, [-1, 1, 1, 1], 0, INF) if sense == 1 else Row(1, [-1, 1, 1, 1], -INF, 0),
            Row(1, [0, 1, -1, 0], -2, 2),
        ],
        [1, 0, 0, 0],
        [0, 3, 1, 2] if sense == 1 else [0, 1, 3, 2],
        senses=(sense,),
    )
    decision = np.array([4.75, np.nan, np.nan, np.nan])
    found = respond(program, decision)
    value = program.follower_objectives(found.x)[0]
    step = 1e-5

    def moved(**parts) -> float:
        joint = replace(program.joint, **parts)
        there = respond(replace(program, joint=joint), decision)
        return (program.follower_objectives(there.x)[0] - value) / step

    joint = program.joint
    for i in range(2):
        shift = np.eye(2)[i] * step
        slope = moved(row_lower=joint.row_lower + shift, row_upper=joint.row_upper + shift)
        assert found.multipliers.row[i] == pytest.approx(slope, abs=1e-4)
    for j in (1, 2, 3):
        shift = np.eye(4)[j] * step
        below, above = moved(lower=joint.lower + shift), moved(upper=joint.upper + shift)
        assert found.multipliers.lower[j] == pytest.approx(below, abs=1e-4)
        assert found.multipliers.upper[j] == pytest.approx(above, abs=1e-4)
    assert np.abs(found.multipliers.row).max() > 0.5


def test_bard_scanned():
    """Bard (1998): x = 4, y = 4, F = -12, and no answer beyond x in [1, 4]."""
    answers = {x: polish(bard(), np.array([x, 0.0])) for x in np.linspace(0, 6, 121)}
    found = {x: answer for x, answer in answers.items() if answer is not None}
    assert (min(found), max(found)) == pytest.approx((1, 4))
    best = min(found.values(), key=lambda answer: answer.objective)
    assert best.x == pytest.approx([4, 4])
    assert best.objective == pytest.approx(-12)


def test_the_leaders_other_columns_are_chosen_anew():
    """x2 measures |y - 2| by two rows and is in no follower's row: it follows y, not the start."""
    program = build(
        [0, 1, 0],
        [(0, 4), (0, INF), (0, INF)],
        [Row(1, [-1, 1, 0], 0, INF), Row(0, [0, 1, -1], -INF, 2), Row(0, [0, 1, 1], 2, INF)],
        [0, 0, 1],
        [0, 1, 0],
    )
    assert linked_columns(program).tolist() == [True, False, False]
    answer = polish(program, np.array([3.5, 0, 77]))
    assert answer.x == pytest.approx([3.5, 3.5, 1.5])


def test_whole_numbers_and_limits_are_restored_after_a_solver():
    program = build(
        [0, 0, 1],
        [(0, 1), (0, 1), (0, INF)],
        [Row(1, [-2, -1, 1], 0, INF)],
        [0, 0, 1],
        [0, 0, 1],
        integer=[0],
    )
    answer = polish(program, np.array([0.9999999, 1 + 1e-8, 3]))
    assert answer.x.tolist() == [1, 1, 3]


def test_a_decision_beyond_the_leaders_limits_is_answered_but_marked():
    program = build([0, 1], [(0, 1), (0, INF)], [Row(1, [-1, 1], 0, INF)], [1, 0], [0, 1])
    inside, outside = (respond(program, np.array([x, np.nan])) for x in (1, 2))
    assert (inside.leader_rows_hold, outside.leader_rows_hold) == (True, False)
    assert outside.x == pytest.approx([2, 2])


def test_a_column_that_followers_read_must_be_decided():
    with pytest.raises(ValueError, match="undecided"):
        respond(bard(), np.array([np.nan, np.nan]))


def test_small_costs_are_optimised_as_well_as_large_ones():
    """Two equal goods, the second dearer by 1e-9 of a cost of 1e-6: ties are judged relative."""
    program = build(
        [0, 1, 1],
        [(0, 1), (0, 1), (0, 1)],
        [Row(1, [-1, 1, 1], 0, INF)],
        [0, 1, -1],
        [0, 1e-6, 2e-6],
    )
    answer = polish(program, np.array([1.0, 0, 0]))
    assert answer.x == pytest.approx([1, 1, 0])


def test_no_followers():
    program = build([0, 0], [(0, 4), (0, 1)], [Row(0, [1, 1], 2, INF)], [1, 3], [0, 0], senses=())
    answer = polish(program, np.array([3.0, 0]))
    assert answer.x == pytest.approx([2, 0])
    assert certify(program, answer.x, answer.multipliers).certified
