"""Elements cut out of a whole are the whole again when they are put together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from evdsl.program.linear import Linear, Products
from evdsl.program.parts import parts


def whole(rng: np.random.Generator, count: int) -> tuple[Linear, np.ndarray, np.ndarray]:
    """A level whose columns and rows belong to elements in no order; 0 is nobody's."""
    n, m = 4 * count + 3, 3 * count + 2
    columns, rows = rng.integers(0, count + 1, n), rng.integers(0, count + 1, m)
    body = np.where(rows[:, None] == columns[None, :], rng.integers(-2, 3, (m, n)), 0)
    first, second = rng.integers(n, size=(2, 6 * count))
    inside = columns[first] == columns[second]
    linear = Linear(
        columns=(),
        rows=(),
        A=sparse.csr_array(body.astype(float)),
        row_lower=rng.normal(size=m),
        row_upper=np.full(m, np.inf),
        lower=np.zeros(n),
        upper=rng.normal(size=n),
        integer=np.zeros(n, np.bool_),
        cost=rng.normal(size=n),
        products=Products.of(
            np.full(inside.sum(), -1), first[inside], second[inside], np.ones(inside.sum())
        ),
    )
    return linear, columns, rows


@pytest.mark.parametrize("count", [1, 2, 5])
def test_parts_make_the_whole(count: int) -> None:
    linear, column_owner, row_owner = whole(np.random.default_rng(count), count)
    every = np.arange(1, count + 1)
    found = list(parts(linear, column_owner, row_owner, count, every))
    body = np.zeros(linear.shape)
    x = np.arange(1.0, linear.shape[1] + 1)
    x[column_owner == 0] = 0.0
    assert len(found) == count
    for k, part in enumerate(found, start=1):
        np.testing.assert_array_equal(part.columns, np.flatnonzero(column_owner == k))
        np.testing.assert_array_equal(part.rows, np.flatnonzero(row_owner == k))
        body[np.ix_(part.rows, part.columns)] = part.linear.A.toarray()
        np.testing.assert_array_equal(part.linear.row_lower, linear.row_lower[part.rows])
        np.testing.assert_array_equal(part.linear.upper, linear.upper[part.columns])
    held = linear.A.toarray() * ((row_owner > 0)[:, None] & (column_owner > 0)[None, :])
    np.testing.assert_array_equal(body, held)
    total = sum(part.linear.objective(x[part.columns]) for part in found)
    assert total == pytest.approx(linear.objective(x))
