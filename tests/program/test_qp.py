"""Convex quadratic programs against closed forms, SciPy and their optimality conditions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, minimize

from dense_levels import INF, level
from evdsl.program.linear import Linear, Products
from evdsl.program.lp import LpAnswer, solve_lp
from evdsl.program.qp import QpSolver, solve_qp


@pytest.mark.parametrize(
    ("limits", "x", "dual"),
    [((-INF, INF), 3, 0), ((0, 2), 2, -2), ((4, 9), 4, 2), ((3, 3), 3, 0), ((1, 1), 1, -4)],
)
@pytest.mark.parametrize("sense", [1, -1])
def test_one_square_by_hand(limits: tuple[float, float], x: float, dual: float, sense: int) -> None:
    """(x - 3)²: the multiplier of the limit is the slope 2 (x - 3); of a maximum its negative."""
    found = solve_qp(level([-6.0 * sense], [[2.0 * sense]], limits=limits, sense=sense))
    assert found.status == "optimal"
    assert found.x == pytest.approx([x], abs=1e-8)
    assert found.column_dual == pytest.approx([sense * dual], abs=1e-7)
    assert found.objective == pytest.approx(sense * (x * x - 6 * x), abs=1e-7)


@pytest.mark.parametrize("sense", [1, -1])
def test_equalities_in_closed_form(sense: int) -> None:
    """min ½ x'Qx + c'x with A x = b is the linear system [[Q, A'], [A, 0]]."""
    rng = np.random.default_rng(4)
    root, c = rng.normal(size=(6, 6)), rng.normal(size=6)
    A, b, Q = rng.normal(size=(2, 6)), rng.normal(size=2), root.T @ root
    system = np.block([[Q, A.T], [A, np.zeros((2, 2))]])
    exact = np.linalg.solve(system, np.append(-c, b))
    found = solve_qp(level(sense * c, sense * Q, A, b, b, sense=sense))
    assert found.x == pytest.approx(exact[:6], abs=1e-7)
    assert found.row_dual == pytest.approx(-sense * exact[6:], abs=1e-6)


def drawn(seed: int) -> Linear:
    """Five columns within [-2, 2], of which two or three have squares, and three ranged rows."""
    rng = np.random.default_rng(seed)
    root = np.zeros((rng.integers(1, 4), 5))
    root[:, : rng.integers(2, 6)] = 1.0
    root *= rng.integers(-2, 3, root.shape)
    root[0, 0] = 1.0
    A = rng.integers(-2, 3, (3, 5))
    at = A @ rng.uniform(-1, 1, 5)
    low = np.where(rng.random(3) < 0.3, -INF, at - rng.uniform(0, 2, 3))
    high = np.where((rng.random(3) < 0.3) & np.isfinite(low), INF, at + rng.uniform(0, 2, 3))
    sense = int(rng.choice([1, -1]))
    return level(
        sense * rng.integers(-4, 5, 5),
        sense * root.T @ root,
        A,
        low,
        high,
        limits=(-2, 2),
        sense=sense,
    )


@pytest.mark.parametrize("seed", range(25))
def test_scipy_finds_nothing_better_and_the_conditions_hold(seed: int) -> None:
    made = drawn(seed)
    found = solve_qp(made)
    assert found.status == "optimal"
    x = found.x
    other = minimize(
        lambda z: made.sense * made.objective(z),
        np.zeros(5),
        jac=lambda z: made.sense * made.gradient(z),
        bounds=[(-2, 2)] * 5,
        constraints=[LinearConstraint(made.A.toarray(), made.row_lower, made.row_upper)],
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 500},
    )
    assert made.sense * (found.objective - made.objective(x)) == pytest.approx(0)
    assert made.sense * found.objective == pytest.approx(other.fun, abs=1e-5)
    assert_conditions(made, found)


def assert_conditions(made: Linear, found: LpAnswer) -> None:
    """Feasible, and the objective's slope is paid for by multipliers of sides that are tight."""
    x, activity = found.x, made.A @ found.x
    assert (activity >= made.row_lower - 1e-8).all()
    assert (activity <= made.row_upper + 1e-8).all()
    size = max(1.0, np.abs(made.cost).max())
    pays = made.A.T @ found.row_dual + found.column_dual
    assert made.gradient(x) == pytest.approx(pays, abs=1e-6 * size)
    for dual, value, low, high in (
        (found.row_dual, activity, made.row_lower, made.row_upper),
        (found.column_dual, x, made.lower, made.upper),
    ):
        turned = made.sense * dual
        assert np.abs(value - low)[turned > 1e-6 * size] == pytest.approx(0, abs=1e-6)
        assert np.abs(value - high)[turned < -1e-6 * size] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("seed", range(10))
def test_each_of_many_problems_over_one_matrix_is_solved_for_itself(seed: int) -> None:
    """Costs of any size, columns that cannot move, rows that are equalities, problems without a
    point in between."""
    rng = np.random.default_rng(seed)
    made = drawn(seed)
    solver = QpSolver(made)
    for _ in range(6):
        lower = rng.uniform(-2, 1, 5)
        upper = np.where(rng.random(5) < 0.3, lower, lower + rng.uniform(0, 3, 5))
        fixed = (rng.random(3) < 0.3) & np.isfinite(made.row_upper)
        row_lower = np.where(fixed, made.row_upper, made.row_lower)
        cost = 10.0 ** rng.uniform(-2, 3) * rng.normal(size=5)
        here = replace(made, cost=cost, lower=lower, upper=upper, row_lower=row_lower)
        found = solver.solve(here)
        anything = solve_lp(replace(here, cost=np.zeros(5), products=Products.none()))
        assert found.status == anything.status
        if found.status == "optimal":
            assert found.objective == pytest.approx(here.objective(found.x))
            assert_conditions(here, found)
    assert solver.solve(made).objective == pytest.approx(solve_qp(made).objective, abs=1e-8)


def test_many_tight_sides_have_multipliers_too() -> None:
    """Seven sides are tight, and six of them decide all columns but one: an interior point's multipliers
    were off by 2e-6, one of the active set's was -2e-6, and the program was given up."""
    forms = np.array([[2, 1, -2, -1, 1, 0, 0], [1, 0, -1, 0, -1, 0, 0]])
    made = level(
        [0, 1, 1, -1, -3, 1, -1],
        forms.T @ forms,
        [
            [-1, 1, 2, 2, 0, 0, -1],
            [1, -2, 1, 0, -1, 0, 0],
            [0, -1, -1, -1, 0, 0, 0],
            [1, 2, -2, 0, 0, 0, 0],
        ],
        [-5, -INF, 4, -1],
        [-2, 3, 4, 2],
    )
    made = replace(
        made,
        lower=np.array([-2.0, -2, -2, -2, 0, 0, 0]),
        upper=np.array([2.0, 2, 2, 2, 3, 0, 0]),
    )
    found = solve_qp(made)
    assert found.status == "optimal"
    assert found.x == pytest.approx([-1, -2, -2, 0, 2, 0, 0], abs=1e-6)


def test_statuses() -> None:
    nowhere = level([1.0], [[2.0]], [[1.0]], [3], [INF], limits=(0, 2))
    assert solve_qp(nowhere).status == "infeasible"
    endless = level([0.0, -1.0], [[2.0, 0], [0, 0]])
    assert solve_qp(endless).status == "unbounded"
    linear = level([1.0, 2.0], A=[[1, 1]], low=[1], high=[INF], limits=(0, 5))
    assert solve_qp(linear).x == pytest.approx([1, 0])


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_the_scale_of_an_objective_changes_nothing(scale: float) -> None:
    made = drawn(5)
    turned = replace(made, cost=scale * made.cost, products=made.products.scaled(scale))
    one, other = solve_qp(made), solve_qp(turned)
    assert other.objective == pytest.approx(scale * one.objective, rel=1e-6)
    assert other.row_dual == pytest.approx(scale * one.row_dual, rel=1e-5, abs=1e-7 * scale)


def test_flat_directions_leave_many_optima_and_one_value() -> None:
    """(x + y - 1)² with x, y in [0, 1] is 0 on a line."""
    found = solve_qp(level([-2.0, -2.0], [[2.0, 2.0], [2.0, 2.0]], limits=(0, 1)))
    assert found.status == "optimal"
    assert found.x.sum() == pytest.approx(1)
    assert found.objective == pytest.approx(-1)
