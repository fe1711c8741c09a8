"""Quadratic terms as squares: against eigenvalues, and against the terms themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evdsl.program.convexity import not_convex, squares
from evdsl.program.linear import Products


def terms(matrix: np.ndarray) -> Products:
    """`x'Mx` of a symmetric matrix as products."""
    first, second = np.nonzero(np.triu(matrix))
    coef = np.where(first == second, 1.0, 2.0) * matrix[first, second]
    return Products.of(np.full(len(first), -1), first, second, coef)


def drawn(seed: int, lowest: float) -> np.ndarray:
    """A symmetric matrix whose least eigenvalue is `lowest`, of three blocks that do not touch."""
    rng = np.random.default_rng(seed)
    whole = np.zeros((8, 8))
    for start, size in ((0, 1), (1, 3), (4, 4)):
        turn, _ = np.linalg.qr(rng.normal(size=(size, size)))
        values = lowest + rng.uniform(0, 5, size)
        if start == 4:
            values[0] = lowest
        whole[start : start + size, start : start + size] = turn @ np.diag(values) @ turn.T
    order = rng.permutation(8)
    return (whole + whole.T)[np.ix_(order, order)] / 2


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("lowest", [1.0, 1e-3, -1e-3, -1.0])
def test_convex_is_what_has_no_negative_eigenvalue(seed: int, lowest: float) -> None:
    matrix = drawn(seed, lowest)
    assert np.linalg.eigvalsh(matrix).min() == pytest.approx(lowest)
    found = squares(terms(matrix), 8)
    assert (found is not None) == (lowest > 0)
    if found is not None:
        forms = found.forms.toarray()
        np.testing.assert_allclose(forms.T @ np.diag(found.weight) @ forms, matrix, atol=1e-8)
        assert (found.weight > 0).all()


def test_of_a_low_rank_as_few_squares() -> None:
    rng = np.random.default_rng(1)
    form = rng.normal(size=(2, 6))
    found = squares(terms(form.T @ form), 6)
    assert found is not None
    assert len(found) == 2


def test_only_the_part_that_is_not_convex_is_blamed() -> None:
    """x0² - x1² + (x2 - x3)² + x4 x5: the second and the last are not convex."""
    matrix = np.zeros((6, 6))
    matrix[0, 0], matrix[1, 1] = 1, -1
    matrix[2:4, 2:4] = [[1, -1], [-1, 1]]
    matrix[4, 5] = matrix[5, 4] = 0.5
    found = terms(matrix)
    blamed = {
        (int(i), int(j))
        for i, j, bad in zip(found.first, found.second, not_convex(found, 6), strict=True)
        if bad
    }
    assert blamed == {(1, 1), (4, 5)}
    assert squares(found, 6) is None


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_scale_changes_nothing(scale: float) -> None:
    assert squares(terms(drawn(3, 0.5)).scaled(scale), 8) is not None
    assert squares(terms(drawn(3, -0.5)).scaled(scale), 8) is None
    columns = np.diag(10.0 ** np.arange(-4, 4))
    assert squares(terms(columns @ drawn(3, 0.5) @ columns), 8) is not None
    assert squares(terms(columns @ drawn(3, -0.5) @ columns), 8) is None


def test_nothing_is_convex() -> None:
    found = squares(Products.none(), 3)
    assert found is not None
    assert len(found) == 0
    assert not_convex(Products.none(), 3).tolist() == []


coefficients = st.integers(-3, 3)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), coefficients), max_size=8),
       st.lists(st.floats(-10, 10), min_size=5, max_size=5))  # fmt: skip
def test_squares_have_the_value_of_their_terms(
    drawn: list[tuple[int, int, int]], point: list[float]
) -> None:
    first, second, coef = (np.array([t[k] for t in drawn], np.int64) for k in range(3))
    products = Products.of(np.full(len(drawn), -1), first, second, coef.astype(float))
    x, matrix = np.array(point), products.hessian(5).toarray() / 2
    found = squares(products, 5)
    if found is None:
        assert np.linalg.eigvalsh(matrix).min() < -1e-9
    else:
        assert np.linalg.eigvalsh(matrix).min() > -1e-7
        value = float(found.weight @ (found.forms @ x) ** 2)
        assert value == pytest.approx(float(products.values(x).sum()), abs=1e-6)
