"""Linear programs: optima and multipliers by hand, by finite differences and by SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from evdsl.program.linear import Linear
from evdsl.program.lp import LpSolver, solve_lp
from small_linears import INF, linear


def brewery(sense: int) -> Linear:
    """Dantzig's form of a textbook product mix: max 3x + 5y, x <= 4, 2y <= 12, 3x + 2y <= 18."""
    return linear(
        [[1, 0], [0, 2], [3, 2]],
        [-INF] * 3,
        [4, 12, 18],
        [0, 0],
        [INF, INF],
        [3 * -sense, 5 * -sense],
        sense=sense,
        constant=2.0,
    )


@pytest.mark.parametrize("sense", [1, -1])
def test_hillier_and_lieberman_wyndor_glass(sense):
    """Hillier and Lieberman, Introduction to Operations Research: (2, 6), 36, shadow 0, 1.5, 1."""
    answer = solve_lp(brewery(sense))
    assert answer.status == "optimal"
    assert answer.x == pytest.approx([2, 6])
    assert answer.objective == pytest.approx(-sense * 36 + 2)
    assert answer.row_dual == pytest.approx([0, -sense * 1.5, -sense * 1])
    assert answer.column_dual == pytest.approx([0, 0])


@pytest.mark.parametrize("sense", [1, -1])
def test_multipliers_are_derivatives(sense):
    """Each two-sided row and each limit, moved as a whole by a small step."""
    draw = np.random.default_rng(3)
    for _ in range(20):
        matrix = draw.normal(size=(3, 4))
        middle = matrix @ draw.uniform(0.2, 0.8, 4)
        problem = linear(
            matrix.tolist(),
            (middle - 0.1).tolist(),
            (middle + 0.1).tolist(),
            [0] * 4,
            [1] * 4,
            draw.normal(size=4).tolist(),
            sense=sense,
        )
        answer = solve_lp(problem)
        step = 1e-6
        for i in range(3):
            shift = np.eye(3)[i] * step
            moved = solve_lp(
                problem,
                row_lower=problem.row_lower + shift,
                row_upper=problem.row_upper + shift,
            )
            slope = (moved.objective - answer.objective) / step
            assert slope == pytest.approx(answer.row_dual[i], abs=1e-4)
        for j in range(4):
            shift = np.eye(4)[j] * step
            moved = solve_lp(problem, lower=problem.lower + shift, upper=problem.upper + shift)
            slope = (moved.objective - answer.objective) / step
            assert slope == pytest.approx(answer.column_dual[j], abs=1e-4)


def test_statuses_are_told_apart():
    both_ways = [[1, -1], [-1, 1]]
    assert solve_lp(linear([[1]], [3], [INF], [0], [2], [1])).status == "infeasible"
    assert solve_lp(linear([[1]], [0], [INF], [3], [2], [1])).status == "infeasible"
    assert solve_lp(linear([[1]], [5], [4], [0], [9], [1])).status == "infeasible"
    unbounded = linear([[1, -1]], [1], [INF], [0, 0], [INF, INF], [-1, -1])
    assert solve_lp(unbounded).status == "unbounded"
    neither = linear(both_ways, [1, 1], [INF, INF], [0, 0], [INF, INF], [-1, -1])
    assert solve_lp(neither).status == "infeasible"


def test_numbers_are_nan_without_an_optimum():
    answer = solve_lp(linear([[1]], [3], [INF], [0], [2], [1]))
    assert np.isnan([answer.objective, *answer.x, *answer.row_dual, *answer.column_dual]).all()


def test_no_rows_and_no_columns():
    assert solve_lp(linear([], [], [], [0, 0], [2, 3], [1, -1])).x == pytest.approx([0, 3])
    empty = linear([[], []], [-1, 0], [1, INF], [], [], [], constant=7)
    assert solve_lp(empty).objective == 7
    assert solve_lp(linear([[]], [1], [2], [], [], [])).status == "infeasible"


def test_whole_numbers_are_relaxed():
    assert solve_lp(linear([[2]], [1], [1], [0], [9], [1], integer=[0])).x == pytest.approx([0.5])


def test_a_constant_belongs_to_the_own_cost_only():
    problem = linear([], [], [], [0], [2], [1], constant=10)
    solver = LpSolver(problem)
    assert solver.solve().objective == 10
    assert solver.solve(cost=np.array([-1.0])).objective == -2
    assert solver.solve().objective == 10


numbers = st.integers(-5, 5).map(float)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_warm_answers_are_those_of_scipy(data):
    """Costs, limits and sides change from call to call; what is not given is the Linear's own."""
    draw = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    m, n = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 6))
    problem = linear(
        draw.integers(-3, 4, (m, n)).tolist(),
        [-INF] * m,
        draw.integers(0, 6, m).tolist(),
        [0] * n,
        [4] * n,
        draw.integers(-3, 4, n).tolist(),
    )
    solver = LpSolver(problem)
    for _ in range(4):
        cost = np.array(data.draw(st.lists(numbers, min_size=n, max_size=n)))
        upper = draw.integers(1, 5, n).astype(float)
        sense = data.draw(st.sampled_from([1, -1]))
        answer = solver.solve(cost=cost, upper=upper, sense=sense)
        oracle = linprog(
            sense * cost, problem.A.toarray(), problem.row_upper, bounds=[(0, u) for u in upper]
        )
        assert answer.status == "optimal"
        assert answer.objective == pytest.approx(sense * oracle.fun, abs=1e-8)
        dual_value = (
            answer.row_dual @ problem.row_upper
            + np.where(sense * answer.column_dual < 0, answer.column_dual * upper, 0).sum()
        )
        assert dual_value == pytest.approx(answer.objective, abs=1e-7)
    assert solver.solve().objective == pytest.approx(solve_lp(problem).objective, abs=1e-8)


def test_other_threads_of_the_process_do_not_matter():
    """HiGHS sets its threads once in a process, and then refuses to run with other ones."""
    import highspy

    highspy.Highs.resetGlobalScheduler(True)
    others = highspy.Highs()
    others.setOptionValue("output_flag", False)
    others.setOptionValue("threads", 2)
    others.addVar(0, 1)
    assert others.run() == highspy.HighsStatus.kOk
    assert solve_lp(brewery(1)).status == "optimal"
