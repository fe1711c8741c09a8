"""One level from dense arrays."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from evdsl.program.linear import Linear, Products

INF = float("inf")


def level(
    cost: object,
    Q: object = None,
    A: object = (),
    low: object = (),
    high: object = (),
    *,
    limits: tuple[float, float] = (-INF, INF),
    sense: int = 1,
    integer: object = (),
) -> Linear:
    """`cost x + ½ x'Qx` over `low <= A x <= high`, all columns within `limits`."""
    c = np.asarray(cost, float)
    n = len(c)
    rows = np.asarray(A, float).reshape(-1, n)
    whole = np.zeros(n, np.bool_)
    whole[np.asarray(integer, np.int64)] = True
    return Linear(
        columns=(),
        rows=(),
        A=sparse.csr_array(rows),
        row_lower=np.asarray(low, float).reshape(len(rows)),
        row_upper=np.asarray(high, float).reshape(len(rows)),
        lower=np.full(n, limits[0]),
        upper=np.full(n, limits[1]),
        integer=whole,
        cost=c,
        sense=sense,
        products=Products.none() if Q is None else of_matrix(np.asarray(Q, float)),
    )


def of_matrix(Q: np.ndarray) -> Products:
    """`½ x'Qx` of a symmetric matrix as products of an objective."""
    first, second = np.nonzero(np.triu(Q))
    coef = np.where(first == second, 0.5, 1.0) * Q[first, second]
    return Products.of(np.full(len(first), -1), first, second, coef)
