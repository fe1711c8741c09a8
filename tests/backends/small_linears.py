"""One level from dense lists, with one family of columns `v` and one of rows `r`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from evdsl.program.keys import Elements, Keys
from evdsl.program.linear import Family, Linear

INF = float("inf")


def family(block: str, name: str, labels: Sequence[str | int], start: int = 0) -> Family:
    texts = Elements("I", "text", np.array([str(label) for label in labels], object))
    return Family(block, name, Keys((texts,), (np.arange(len(labels)),), len(labels)), start)


def linear(
    matrix: Sequence[Sequence[float]],
    row_lower: Sequence[float],
    row_upper: Sequence[float],
    lower: Sequence[float],
    upper: Sequence[float],
    cost: Sequence[float],
    *,
    sense: int = 1,
    constant: float = 0.0,
    integer: Sequence[int] = (),
) -> Linear:
    m, n = len(row_lower), len(cost)
    whole = np.zeros(n, np.bool_)
    whole[list(integer)] = True
    return Linear(
        columns=(family("p", "v", range(n)),),
        rows=(family("p", "r", range(m)),),
        A=sparse.csr_array(np.array(matrix, float).reshape(m, n)),
        row_lower=np.array(row_lower, float),
        row_upper=np.array(row_upper, float),
        lower=np.array(lower, float),
        upper=np.array(upper, float),
        integer=whole,
        cost=np.array(cost, float),
        constant=constant,
        sense=sense,
    )


def knapsack() -> Linear:
    """max 4a + 6b + 7c + 1, 3a + 5b + 7c <= 10, binary: by hand a = c = 1, 12."""
    return linear(
        [[3, 5, 7]],
        [-INF],
        [10],
        [0] * 3,
        [1] * 3,
        [4, 6, 7],
        sense=-1,
        constant=1,
        integer=range(3),
    )


def subset_sums() -> Linear:
    """Split columns of numbers into equal halves, missed as little as possible; takes minutes."""
    draw = np.random.default_rng(0)
    m, n = 4, 40
    numbers = draw.integers(1, 100, (m, n))
    half = numbers.sum(axis=1) // 2
    eye = np.eye(m)
    return linear(
        np.hstack([numbers, eye, -eye]).tolist(),
        half.tolist(),
        half.tolist(),
        [0] * (n + 2 * m),
        [1] * n + [INF] * (2 * m),
        [0] * n + [1] * (2 * m),
        integer=range(n),
    )
