"""Our own branch and bound, and tangents on HiGHS, against all decisions tried one by one."""

from __future__ import annotations

import math
import signal
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from evdsl.backends import branch, scip, tangents
from evdsl.backends.options import Event, SolveOptions
from evdsl.program.mip import Answer, Mip
from small_mips import Kind, breach, drawn, optimum

EXACT = SolveOptions(gap=1e-7)
KINDS = {
    "pairs": Kind(squares=False, pairs=3, whole=0),
    "pairs and numbers": Kind(squares=False, pairs=3, whole=1),
    "pairs and squares": Kind(squares=True, pairs=3, whole=0),
    "squares and numbers": Kind(squares=True, pairs=0, whole=2),
    "everything": Kind(squares=True, pairs=2, whole=1),
}
SEEDS = range(8)
INF = math.inf


@cache
def problem(name: str, seed: int) -> tuple[Mip, float]:
    mip = drawn(KINDS[name], seed)
    return mip, optimum(mip)


def check(mip: Mip, best: float, answer: Answer) -> None:
    """The answer is a point of this value, and its bound is no better than any point."""
    sense = mip.linear.sense
    if math.isinf(best):
        assert answer.status == "infeasible"
        assert answer.x is None
        return
    assert answer.status == "optimal"
    assert answer.x is not None
    assert breach(mip, answer.x) < 1e-6
    assert mip.linear.objective(answer.x) == pytest.approx(answer.objective, abs=1e-7)
    assert answer.objective == pytest.approx(best, abs=1e-4)
    assert sense * answer.bound <= sense * best + 1e-4


@pytest.mark.parametrize("name", KINDS)
def test_branching_finds_every_optimum(name: str) -> None:
    solvable = 0
    for seed in SEEDS:
        mip, best = problem(name, seed)
        check(mip, best, branch.solve(mip, EXACT))
        solvable += not math.isinf(best)
    assert solvable >= 5


def test_tangents_find_every_optimum() -> None:
    for seed in SEEDS:
        mip, best = problem("squares and numbers", seed)
        check(mip, best, tangents.solve(mip, EXACT))
        check(mip, best, scip.solve(mip, EXACT))


@pytest.mark.parametrize("solve", [branch.solve, tangents.solve])
def test_what_is_not_convex_is_refused(solve: object) -> None:
    mip, _ = problem("squares and numbers", 0)
    turned = replace(mip.linear, sense=-mip.linear.sense)
    with pytest.raises(ValueError, match="not convex"):
        solve(replace(mip, linear=turned), EXACT)


def test_groups_exclude_but_lose_no_optimum() -> None:
    """Two limits of one column, x1 <= 2 and a row x1 <= y: one multiplier at most need be positive,
    and where neither is worth more than the other the optimum stays."""
    for seed in SEEDS:
        mip, best = problem("pairs", seed)
        base = mip.linear
        shared = replace(mip.pairs, group=np.array([0, 0, -1]))
        only_one = replace(
            base, upper=np.minimum(base.upper, np.where(np.arange(7) == 5, 0.0, INF))
        )
        other = replace(base, upper=np.minimum(base.upper, np.where(np.arange(7) == 4, 0.0, INF)))
        ends = [optimum(replace(mip, linear=linear)) for linear in (only_one, other)]
        exact = base.sense * min(base.sense * end for end in ends)
        answer = branch.solve(replace(mip, pairs=shared), EXACT)
        found = answer.objective if answer.x is not None else base.sense * INF
        assert base.sense * found <= base.sense * exact + 1e-5, seed
        assert base.sense * found >= base.sense * best - 1e-5, seed


# ---- limits, starts and what is said meanwhile ---------------------------------------------------


def solvable(name: str) -> list[tuple[Mip, float]]:
    found = [problem(name, seed) for seed in SEEDS]
    return [(mip, best) for mip, best in found if not math.isinf(best)]


@pytest.mark.parametrize("solve", [branch.solve, tangents.solve])
@pytest.mark.parametrize("gap", [0.5, 0.05])
def test_the_gap_is_kept_and_the_optimum_is_within_it(solve: object, gap: float) -> None:
    for mip, best in solvable("squares and numbers"):
        answer: Answer = solve(mip, SolveOptions(gap=gap))
        sense = mip.linear.sense
        assert answer.status == "optimal"
        assert sense * answer.bound - 1e-6 <= sense * best <= sense * answer.objective + 1e-6
        allowed = max(gap * abs(answer.objective), 1e-6)
        assert abs(answer.objective - answer.bound) <= allowed


@pytest.mark.parametrize("name", ["pairs", "everything"])
def test_no_time_no_claim(name: str) -> None:
    for mip, best in solvable(name):
        sense = mip.linear.sense
        answer = branch.solve(mip, SolveOptions(time_limit=0.0))
        assert (answer.status, answer.x) == ("no_solution", None)
        assert sense * answer.bound <= sense * best + 1e-6
        start = branch.solve(mip, EXACT).x
        held = branch.solve(replace(mip, start=start), SolveOptions(time_limit=0.0))
        assert held.status == "feasible"
        assert held.objective == pytest.approx(best, abs=1e-4)
        assert sense * held.bound <= sense * best + 1e-6


@pytest.mark.parametrize("solve", [branch.solve, tangents.solve])
def test_from_the_optimum_there_is_nothing_better(solve: object) -> None:
    for mip, best in solvable("squares and numbers"):
        start = branch.solve(mip, EXACT).x
        again: Answer = solve(replace(mip, start=start), EXACT)
        check(mip, best, again)


def test_a_start_with_gaps_is_passed_over() -> None:
    mip, best = solvable("pairs")[0]
    check(mip, best, branch.solve(replace(mip, start=np.full(7, np.nan)), EXACT))


@pytest.mark.parametrize("name", ["pairs and squares", "everything", "squares and numbers"])
@pytest.mark.parametrize("started", [False, True])
def test_what_is_said_meanwhile_is_true(name: str, started: bool) -> None:
    """No bound is beyond the optimum and no incumbent better than it, at any time."""
    for mip, best in solvable(name):
        sense, events = mip.linear.sense, list[Event]()
        start = branch.solve(mip, EXACT).x if started else None
        for solve in (branch.solve, tangents.solve)[: 1 + (not len(mip.pairs))]:
            solve(replace(mip, start=start), EXACT, events.append)
        assert events
        for event in events:
            assert sense * event.bound <= sense * best + 1e-5
            if event.incumbent is not None:
                assert sense * event.incumbent >= sense * best - 1e-5


def test_ctrl_c_ends_the_search_with_what_it_has() -> None:
    def press(event: Event) -> None:
        if event.nodes == 1:
            signal.raise_signal(signal.SIGINT)

    before, interrupted = signal.getsignal(signal.SIGINT), 0
    for mip, best in solvable("everything"):
        sense = mip.linear.sense
        answer = branch.solve(mip, EXACT, press)
        assert signal.getsignal(signal.SIGINT) is before
        assert sense * answer.bound <= sense * best + 1e-6
        if answer.x is not None:
            assert breach(mip, answer.x) < 1e-6
        if answer.message == "interrupted":
            assert answer.status == ("no_solution" if answer.x is None else "feasible")
            interrupted += 1
    assert interrupted >= 2


def test_a_problem_without_end() -> None:
    """min -x, x free, beside a pair that cannot stop it."""
    mip, _ = solvable("pairs")[0]
    linear = mip.linear
    endless = replace(
        linear,
        row_lower=np.full(4, -INF),
        row_upper=np.full(4, INF),
        upper=np.where(np.arange(7) == 0, INF, linear.upper),
        lower=np.where(np.arange(7) == 0, -INF, linear.lower),
        cost=np.where(np.arange(7) == 0, 1.0, linear.cost),
    )
    answer = branch.solve(Mip(endless, pairs=mip.pairs.take(np.array([2]))), EXACT)
    assert answer.status == "unbounded"
    assert answer.bound == -linear.sense * INF
