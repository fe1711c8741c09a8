"""The points that every answer worth finding is among."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from evdsl.program.epigraph import epigraph
from evdsl.program.linear import Linear, Products
from evdsl.program.lp import solve_lp
from evdsl.reformulate.relaxation import relaxation

INF = float("inf")


def drawn(seed: int, *, squares: bool) -> Linear:
    """Four columns within [-2, 2] and two rows that the origin keeps."""
    rng = np.random.default_rng(seed)
    sense = int(rng.choice([1, -1]))
    root = rng.integers(-2, 3, (2, 4)) * squares
    hessian = sense * root.T @ root
    first, second = np.nonzero(np.triu(hessian))
    coef = np.where(first == second, 0.5, 1.0) * hessian[first, second]
    return Linear(
        columns=(),
        rows=(),
        A=sparse.csr_array(rng.integers(-2, 3, (2, 4)).astype(float)),
        row_lower=np.full(2, -INF),
        row_upper=rng.integers(0, 3, 2).astype(float),
        lower=np.full(4, -2.0),
        upper=np.full(4, 2.0),
        integer=np.zeros(4, np.bool_),
        cost=rng.integers(-3, 4, 4).astype(float),
        constant=float(rng.integers(-2, 3)),
        sense=sense,
        products=Products.of(np.full(len(first), -1), first, second, coef),
    )


def holds(linear: Linear, x: np.ndarray) -> bool:
    """Whether rows and limits hold."""
    value = linear.A @ x
    rows = (value >= linear.row_lower - 1e-9).all() and (value <= linear.row_upper + 1e-9).all()
    return bool(rows and (x >= linear.lower - 1e-9).all() and (x <= linear.upper + 1e-9).all())


def with_squares(found: Linear, x: np.ndarray, made: Linear) -> np.ndarray:
    """The point with its squares' true values behind it, where the relaxation has columns for them."""
    flat = epigraph(made)
    return x if found.shape[1] == len(x) or flat is None else flat.at(x)


@pytest.mark.parametrize("squares", [False, True])
@pytest.mark.parametrize("seed", range(10))
def test_no_better_point_is_lost(seed: int, squares: bool) -> None:
    made = drawn(seed, squares=squares)
    rng = np.random.default_rng(seed)
    points = rng.uniform(-2, 2, (200, 4))
    points = points[(points @ made.A.T <= made.row_upper).all(axis=1)]
    known = points[0]
    cut = relaxation(made, known)
    better = [x for x in points if made.sense * (made.objective(x) - made.objective(known)) <= 0]
    assert better
    for x in better:
        assert holds(cut, with_squares(cut, x, made))


@pytest.mark.parametrize("seed", range(10))
def test_worse_points_are_lost_where_the_objective_is_linear(seed: int) -> None:
    made = drawn(seed, squares=False)
    rng = np.random.default_rng(seed)
    points = rng.uniform(-2, 2, (200, 4))
    points = points[(points @ made.A.T <= made.row_upper).all(axis=1)]
    known, cut = points[0], relaxation(made, points[0])
    for x in points:
        room = made.sense * (made.objective(x) - made.objective(known))
        if abs(room) > 0.1:
            assert holds(cut, x) == (room < 0)


def test_squares_keep_the_points_near() -> None:
    """Of a sum of four squares without limits at most 25 keeps each within 5; tangents at 0, 2.5
    and 5 of the others allow some more, but not twice that."""
    made = replace(
        drawn(0, squares=False),
        A=sparse.csr_array((0, 4)),
        row_lower=np.empty(0),
        row_upper=np.empty(0),
        lower=np.full(4, -INF),
        upper=np.full(4, INF),
        cost=np.zeros(4),
        constant=0.0,
        sense=1,
        products=Products.of(np.full(4, -1), np.arange(4), np.arange(4), np.ones(4)),
    )
    cut = relaxation(made, np.array([3.0, 4, 0, 0]))
    for j in range(4):
        cost = np.eye(cut.shape[1])[j]
        farthest = solve_lp(replace(cut, cost=cost, constant=0.0, sense=-1))
        assert farthest.status == "optimal"
        assert 5 <= farthest.objective <= 10


def test_without_an_incumbent_only_rows_without_products_count() -> None:
    made = drawn(1, squares=True)
    rowed = replace(made, products=made.products.plus(Products.of(
        np.array([1]), np.array([0]), np.array([1]), np.array([1.0]))))  # fmt: skip
    found = relaxation(rowed)
    assert len(found.products) == 0
    assert found.row_upper.tolist() == [made.row_upper[0], INF]


def test_an_objective_that_is_not_convex_is_left_out() -> None:
    made = replace(drawn(2, squares=True), sense=-drawn(2, squares=True).sense)
    found = relaxation(made, np.zeros(4))
    assert found.shape == made.shape
