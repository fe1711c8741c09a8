"""Leader decisions to begin with, against what can be computed by hand."""

import numpy as np
import pytest

from evdsl.backends.options import SolveOptions
from evdsl.program.program import Program
from evdsl.solve.certificate import certify
from evdsl.solve.starts import best_start, tightest_decision
from small_programs import INF, Row, bard, build

WANTED = np.array([1.0, 3.0, 2.0, 0.5, 1.0, 4.0])
LIMIT = np.array([4.0, 4.0, 5.0, 5.0, 2.0, 8.0])
PRICE = np.array([3.0, 1.0, 2.0, 2.5, 1.5, 0.5])


def scaled_limits() -> Program:
    """A unit buys energy at prices, within a limit that a factor scales for each half of the time.

    The leader wants the profile `WANTED` back: columns k0, k1, six deviations, six purchases.
    """
    hours = len(WANTED)
    owners = [0] * (2 + hours) + [1] * hours

    def row(owner, pairs, low, high):
        terms = np.zeros(len(owners))
        for column, value in pairs:
            terms[column] += value
        return Row(owner, terms.tolist(), low, high)

    bought = [2 + hours + t for t in range(hours)]
    rows = [row(1, [(c, 1) for c in bought], WANTED.sum(), WANTED.sum())]
    for t, c in enumerate(bought):
        rows.append(row(1, [(c, 1), (t // 3, -LIMIT[t])], -INF, 0))
        rows.append(row(0, [(2 + t, 1), (c, -1)], -WANTED[t], INF))
        rows.append(row(0, [(2 + t, 1), (c, 1)], WANTED[t], INF))
    return build(
        owners,
        [(0, 1)] * 2 + [(0, INF)] * (2 * hours),
        rows,
        [0, 0] + [1] * hours + [0] * hours,
        [0] * (2 + hours) + PRICE.tolist(),
    )


def test_the_tightest_factors_are_the_largest_ratios():
    decision = tightest_decision(scaled_limits(), SolveOptions())
    ratios = (WANTED / LIMIT).reshape(2, 3).max(axis=1)
    assert decision[:2] == pytest.approx(ratios)
    assert np.isnan(decision[2:]).all()


def test_starts_are_bilevel_feasible_and_sorted():
    program = scaled_limits()
    simple = np.full(14, np.nan)
    simple[:2] = 1
    too_tight = np.full(14, np.nan)
    too_tight[:2] = 0.1
    decisions = [too_tight, simple, tightest_decision(program, SolveOptions())]
    found = best_start(program, decisions)
    assert len(found) == 2
    assert found[0].x[:2] == pytest.approx([0.75, 0.5])
    assert found[1].x[:2] == pytest.approx([1, 1])
    cheapest = np.array([0, 3.5, 0, 0, 0, 8])
    assert found[1].x[8:] == pytest.approx(cheapest)
    assert found[1].objective == pytest.approx(np.abs(cheapest - WANTED).sum())
    assert found[0].objective < found[1].objective
    assert all(certify(program, start.x, start.multipliers).certified for start in found)


def test_a_leaders_row_excludes_a_start():
    """Bard's leader must keep y <= 3: x = 4 answers 4."""
    base = bard()
    program = build(
        [0, 1],
        [(0, INF), (0, INF)],
        [
            *(
                Row(1, terms, low, high)
                for terms, low, high in zip(
                    base.joint.A.toarray().tolist(),
                    base.joint.row_lower,
                    base.joint.row_upper,
                    strict=True,
                )
            ),
            Row(0, [0, 1], -INF, 3),
        ],
        [1, -4],
        [0, 1],
    )
    decisions = [np.array([x, np.nan]) for x in (4.0, 1.0, 9.0)]
    assert [start.x.tolist() for start in best_start(program, decisions)] == [[1.0, 2.0]]


def test_maximising_leaders_want_more():
    program = build([0, 1], [(0, 3), (0, INF)], [Row(1, [-1, 1], 0, INF)], [0, 1], [0, 1], sense=-1)
    decisions = [np.array([x, np.nan]) for x in (1.0, 3.0, 2.0)]
    assert [start.objective for start in best_start(program, decisions)] == [3, 2, 1]


def test_no_relaxation_no_decision():
    program = build([0, 1], [(0, 1), (0, 1)], [Row(1, [1, 1], 5, INF)], [1, 0], [0, 1])
    assert tightest_decision(program, SolveOptions()) is None
