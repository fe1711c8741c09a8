"""HiGHS and SCIP, handed the same problems; answers by hand or by enumeration."""

import itertools
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest

from evdsl.backends import highs, scip
from evdsl.backends.options import Event, SolveOptions
from evdsl.program.lp import LpSolver
from evdsl.program.mip import Mip
from evdsl.source.diagnostic import EvdslError
from small_linears import INF, knapsack, linear, subset_sums

QUICK = SolveOptions()
both = pytest.mark.parametrize("solve", [highs.solve, scip.solve], ids=["highs", "scip"])


@both
def test_knapsack(solve):
    answer = solve(Mip(knapsack()), QUICK)
    assert answer.status == "optimal"
    assert answer.x == pytest.approx([1, 0, 1])
    assert (answer.objective, answer.bound) == pytest.approx((12, 12))


@both
def test_against_enumeration(solve):
    """Three whole numbers and one more column, decided by hand once they are fixed."""
    draw = np.random.default_rng(11)
    for _ in range(8):
        weights = draw.integers(1, 9, 4)
        values = draw.integers(1, 9, 4)
        room = float(draw.integers(8, 25)) + 0.5
        problem = linear(
            [weights.tolist()], [-INF], [room], [0] * 4, [2, 2, 2, 5], values.tolist(),
            sense=-1, integer=range(3),
        )  # fmt: skip
        best = max(
            values[:3] @ whole + values[3] * min(5, left / weights[3])
            for whole in itertools.product(range(3), repeat=3)
            if (left := room - weights[:3] @ np.array(whole)) >= 0
        )
        answer = solve(Mip(problem), SolveOptions(gap=0))
        assert answer.status == "optimal"
        assert answer.objective == pytest.approx(best)
        assert answer.bound == pytest.approx(best)


@both
@pytest.mark.parametrize("integer", [[], [0]], ids=["lp", "mip"])
def test_statuses(solve, integer):
    infeasible = linear([[2]], [3.2], [3.8], [0], [1.5], [1], integer=integer)
    unbounded = linear([[1]], [1], [INF], [0], [INF], [-1], integer=integer)
    assert solve(Mip(linear([[1]], [3], [INF], [0], [2], [1], integer=integer)), QUICK).status == (
        "infeasible"
    )
    assert solve(Mip(infeasible), QUICK).status == "infeasible"
    answer = solve(Mip(unbounded), QUICK)
    assert (answer.status, answer.x, answer.bound) == ("unbounded", None, -INF)
    assert solve(Mip(replace(unbounded, cost=np.array([1.0]), sense=-1)), QUICK).bound == INF


@both
def test_infeasible_although_the_relaxation_is_unbounded(solve):
    problem = linear([[2, 0]], [1], [1], [0, 0], [INF, INF], [0, -1], integer=[0, 1])
    assert solve(Mip(problem), QUICK).status == "infeasible"


@both
def test_time_limit_with_a_point_and_without(solve):
    found = solve(Mip(subset_sums()), SolveOptions(time_limit=1.0, gap=0))
    assert found.status == "feasible"
    assert found.bound < found.objective
    assert found.seconds < 3
    problem = subset_sums()
    slacks = np.arange(48) >= 40
    exact = replace(problem, upper=np.where(slacks, 0.0, problem.upper))
    stopped = solve(Mip(exact), SolveOptions(time_limit=0.5, gap=0))
    assert stopped.status in ("no_solution", "feasible")
    assert (stopped.x is None) == (stopped.status == "no_solution")


@both
def test_no_time_at_all(solve):
    assert solve(Mip(subset_sums()), SolveOptions(time_limit=0)).status == "no_solution"


@both
def test_a_wide_gap_ends_early(solve):
    answer = solve(Mip(knapsack()), SolveOptions(gap=0.9))
    assert answer.status == "optimal"
    assert abs(answer.bound - answer.objective) <= 0.9 * 12 + 1e-6


@both
def test_starts_are_taken(solve):
    """A start is an incumbent from the beginning, whether complete or not."""
    problem = subset_sums()
    numbers, half = problem.A.toarray()[:, :40], problem.row_lower
    picked = np.zeros(40)
    picked[::2] = 1
    over = numbers @ picked - half
    start = np.concatenate([picked, np.maximum(-over, 0), np.maximum(over, 0)])
    value = problem.objective(start)
    for given in (start, np.where(np.arange(48) < 40, start, np.nan)):
        seen: list[Event] = []
        solve(Mip(problem, start=given), SolveOptions(time_limit=1.0, gap=0), seen.append)
        incumbents = [event.incumbent for event in seen if event.incumbent is not None]
        assert min(incumbents) <= value + 1e-6
        assert incumbents[0] <= value + 1e-6


@both
def test_progress_improves_and_is_not_a_flood(solve):
    seen: list[Event] = []
    answer = solve(Mip(subset_sums()), SolveOptions(time_limit=1.0, gap=0), seen.append)
    incumbents = [event.incumbent for event in seen if event.incumbent is not None]
    assert incumbents == sorted(incumbents, reverse=True)
    assert incumbents[-1] == pytest.approx(answer.objective)
    assert all(event.bound <= answer.objective for event in seen)
    assert [e.seconds for e in seen] == sorted(e.seconds for e in seen)
    assert len(seen) <= 2 + 11 * answer.seconds + len(set(incumbents))


@both
def test_log_goes_to_the_file_and_nowhere_else(solve, tmp_path, capfd):
    log = tmp_path / "solver.log"
    log.write_text("from before\n")
    solve(Mip(knapsack()), SolveOptions(log=log))
    text = log.read_text()
    assert "presol" in text.lower()
    assert text.startswith("from before\n")  # a run has many solvers, one after the other
    assert capfd.readouterr() == ("", "")


@both
def test_log_that_cannot_be_written(solve, tmp_path):
    with pytest.raises(EvdslError) as caught:
        solve(Mip(knapsack()), SolveOptions(log=tmp_path / "no" / "solver.log"))
    assert [d.code for d in caught.value.diagnostics] == ["E0653"]


@pytest.mark.parametrize("solve", [highs.solve, scip.solve, scip.solve_small])
def test_interrupt_returns_what_there_is(solve, capfd):
    before = signal.getsignal(signal.SIGINT)
    signalled = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    signalled.start()
    answer = solve(Mip(subset_sums()), SolveOptions(time_limit=30, gap=0))
    signalled.join()
    assert (answer.status, answer.message) == ("feasible", "interrupted")
    assert answer.seconds < 10
    assert capfd.readouterr() == ("", "")
    assert signal.getsignal(signal.SIGINT) is before


def test_threads_can_change_within_a_process():
    warm = LpSolver(knapsack())
    for threads in (1, 2, 1, 2):
        answer = highs.solve(Mip(knapsack()), SolveOptions(threads=threads))
        assert answer.status == "optimal"
        assert warm.solve(cost=np.array([threads, 1.0, 1.0])).status == "optimal"


def test_seed_and_own_options_reach_the_solvers(tmp_path):
    log = tmp_path / "log"
    highs.solve(Mip(knapsack()), SolveOptions(log=log, extra={"mip_max_nodes": "0"}))
    answer = scip.solve(
        Mip(subset_sums()), SolveOptions(extra={"limits/nodes": "1", "limits/restarts": 0})
    )
    assert answer.status == "feasible"
    assert answer.nodes <= 1
    stopped = highs.solve(
        Mip(subset_sums()), SolveOptions(extra={"mip_max_improving_sols": 1, "time_limit": 5.0})
    )
    assert stopped.status == "feasible"


def test_highs_has_no_sos1():
    with pytest.raises(EvdslError) as caught:
        highs.solve(Mip(knapsack(), np.array([[0, 1]])), QUICK)
    assert [d.code for d in caught.value.diagnostics] == ["E0609"]


def test_scip_error_is_retried_and_then_reported(monkeypatch):
    tried = []

    def fail(model, progress):
        names = ("lp/scaling", "randomization/randomseedshift")
        tried.append([model.getParam(name) for name in names])
        raise scip.SolverError("SCIP: error in LP solver!")

    monkeypatch.setattr(scip, "_optimise", fail)
    answer = scip.solve(Mip(knapsack()), SolveOptions(seed=5))
    assert (answer.status, answer.message) == ("error", "SCIP: error in LP solver!")
    assert tried == [[1, 5], [2, 6], [0, 7], [1, 8]]


def test_scip_recovers_after_an_error(monkeypatch):
    real, calls = scip._optimise, []

    def fail_once(model, progress):
        calls.append(model)
        if len(calls) == 1:
            raise scip.SolverError("SCIP: error in LP solver!")
        real(model, progress)

    monkeypatch.setattr(scip, "_optimise", fail_once)
    answer = scip.solve(Mip(knapsack()), QUICK)
    assert (answer.status, answer.objective, len(calls)) == ("optimal", pytest.approx(12), 2)


def test_backends_are_imported_without_their_solvers():
    code = (
        "import sys, evdsl.backends.highs, evdsl.backends.scip, evdsl.program.lp; "
        "print({'highspy', 'pyscipopt', 'pyomo', 'pandas'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
