"""Small random single levels with squares, pairs and whole numbers, and their optima by trying all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy import sparse

from evdsl.program.linear import Linear, Products
from evdsl.program.mip import Mip, Pairs
from evdsl.program.qp import solve_qp

INF = float("inf")


@dataclass(frozen=True)
class Kind:
    """What a problem holds: squares in its objective, pairs, whole numbers."""

    squares: bool
    pairs: int
    whole: int


def drawn(kind: Kind, seed: int) -> Mip:
    """Columns x0 … x3 in [-2, 2] and three multipliers in [0, 3], two rows over all of them and
    two of x alone; a pair is a multiplier and a side of a row of x or of a column."""
    rng = np.random.default_rng(seed)
    A = np.hstack([rng.integers(-2, 3, (4, 4)), rng.integers(-1, 2, (4, 3))]).astype(float)
    A[2:, 4:] = 0.0
    at = A @ np.append(rng.integers(-2, 3, 4), rng.integers(0, 2, 3))
    low, high = at - rng.integers(0, 3, 4), at + rng.integers(0, 3, 4)
    low[:2][rng.random(2) < 0.5] = -INF
    root = np.zeros((2, 7))
    root[:, :5] = rng.integers(-2, 3, (2, 5)) * kind.squares
    sense = int(rng.choice([1, -1]))
    hessian = sense * root.T @ root
    first, second = np.nonzero(np.triu(hessian))
    coef = np.where(first == second, 0.5, 1.0) * hessian[first, second]
    linear = Linear(
        columns=(),
        rows=(),
        A=sparse.csr_array(A),
        row_lower=low,
        row_upper=high,
        lower=np.append(np.full(4, -2.0), np.zeros(3)),
        upper=np.append(np.full(4, 2.0), np.full(3, 3.0)),
        integer=np.arange(7) < kind.whole,
        cost=rng.integers(-3, 4, 7).astype(float),
        constant=float(rng.integers(-3, 4)),
        sense=sense,
        products=Products.of(np.full(len(first), -1), first, second, coef),
    )
    row, column = np.array([2, 3, -1]), np.array([-1, -1, 3])
    side = rng.choice([-1, 1], 3)
    pairs = Pairs(np.array([4, 5, 6]), row, column, side, np.full(3, -1))
    return Mip(linear, pairs=pairs.take(np.arange(kind.pairs)))


def decided(mip: Mip, tight: tuple[bool, ...], whole: tuple[float, ...]) -> Linear:
    """The continuous problem where each pair and each whole number is decided."""
    linear, pairs = mip.linear, mip.pairs
    lower, upper = linear.lower.copy(), linear.upper.copy()
    low, high = linear.row_lower.copy(), linear.row_upper.copy()
    for p, slackless in enumerate(tight):
        if not slackless:
            upper[pairs.multiplier[p]] = 0.0
            continue
        ends = (low, high) if pairs.row[p] >= 0 else (lower, upper)
        place = pairs.row[p] if pairs.row[p] >= 0 else pairs.column[p]
        limit = ends[0][place] if pairs.side[p] < 0 else ends[1][place]
        ends[0][place] = ends[1][place] = limit
    columns = np.flatnonzero(linear.integer)
    lower[columns] = upper[columns] = np.array(whole)
    return replace(
        linear, lower=lower, upper=upper, row_lower=low, row_upper=high,
        integer=np.zeros(len(lower), np.bool_),
    )  # fmt: skip


def optimum(mip: Mip) -> float:
    """The best of all decisions; sense · inf where there is none."""
    linear = mip.linear
    columns = np.flatnonzero(linear.integer)
    numbers = [np.arange(linear.lower[j], linear.upper[j] + 1) for j in columns]
    best = linear.sense * INF
    for tight in product((False, True), repeat=len(mip.pairs)):
        for whole in product(*numbers):
            here = decided(mip, tight, whole)
            if (here.lower > here.upper).any():
                continue
            found = solve_qp(here)
            assert found.status in ("optimal", "infeasible")
            if found.status == "optimal" and linear.sense * (found.objective - best) < 0:
                best = found.objective
    return best


def breach(mip: Mip, x: np.ndarray) -> float:
    """How far a point is from keeping rows, limits, whole numbers and pairs."""
    linear, pairs = mip.linear, mip.pairs
    value = linear.A @ x
    worst = [
        np.maximum(linear.row_lower - value, value - linear.row_upper).max(),
        np.maximum(linear.lower - x, x - linear.upper).max(),
        np.abs(x - np.round(x))[linear.integer].max(initial=0.0),
    ]
    for p in range(len(pairs)):
        of_row = pairs.row[p] >= 0
        at = value[pairs.row[p]] if of_row else x[pairs.column[p]]
        low, high = (
            (linear.row_lower[pairs.row[p]], linear.row_upper[pairs.row[p]])
            if of_row
            else (linear.lower[pairs.column[p]], linear.upper[pairs.column[p]])
        )
        slack = at - low if pairs.side[p] < 0 else high - at
        worst.append(min(slack, x[pairs.multiplier[p]]))
    return float(max(worst))
