"""Bounds by linear programming over the dual polyhedron Π of one component, in net form.

Π holds the multipliers for all marginal costs that can be. What is bounded on it is bounded for
every optimal multiplier. A few
random directions of Π show most of what is not, so that only the rest costs a linear program each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from evdsl.program.linear import Bools, Floats, Ints, Linear
from evdsl.program.lp import LpSolver
from evdsl.reformulate.net import Net

_NOISE = 1e-8
_GROWS = 1e-6
_DIRECTIONS = 8


@dataclass(frozen=True, eq=False)
class Polyhedron:
    """Π of one component over its λ (R,): `lower <= λ <= upper`, `lowest <= c - A'λ <= highest`.

    `matrix` (F, R) CSR is `A'`, `costs` (F, 2) are the ends of `c`; `lower`, `upper` (R,) limit λ
    and `reduced_lower`, `reduced_upper` (F,) the reduced costs r.
    """

    matrix: sparse.csr_array[Any]
    costs: Floats
    lower: Floats
    upper: Floats
    reduced_lower: Floats
    reduced_upper: Floats


def polyhedron(net: Net, rows: Ints, columns: Ints) -> Polyhedron:
    return Polyhedron(
        matrix=net.matrix[rows][:, columns].T.tocsr(),
        costs=net.costs[columns],
        lower=net.row_lower[rows],
        upper=net.row_upper[rows],
        reduced_lower=net.reduced_lower[columns],
        reduced_upper=net.reduced_upper[columns],
    )


def extremes(duals: Polyhedron, wanted: Bools) -> Floats:
    """(R + F, 2): the least and the largest value of λ, then of r, over Π.

    Infinite where Π is unbounded and where the end is not `wanted` (R + F, 2). An empty Π leaves
    nothing to bound: all ends are 0.
    """
    F, R = duals.matrix.shape
    functionals = _functionals(duals)
    offset = np.vstack([np.zeros((R, 2)), duals.costs])
    solver = LpSolver(_linear(duals))
    if solver.solve().status == "infeasible":
        return np.zeros((R + F, 2))
    result = np.tile([-np.inf, np.inf], (R + F, 1))
    for k, side in np.argwhere(wanted & ~_unbounded(duals)):
        cost = np.zeros(R)
        entries = slice(functionals.indptr[k], functionals.indptr[k + 1])
        cost[functionals.indices[entries]] = functionals.data[entries]
        answer = solver.solve(cost=cost, sense=-1 if side else 1)
        if answer.status == "optimal":
            value = answer.objective + offset[k, side]
            result[k, side] = 0.0 if abs(value) <= _NOISE else value
    return result


def _functionals(duals: Polyhedron) -> sparse.csr_array[Any]:
    """(R + F, R): λ itself, and r but for its constant c."""
    R = len(duals.lower)
    return sparse.csr_array(sparse.vstack([sparse.eye_array(R), -duals.matrix]))


def _linear(duals: Polyhedron) -> Linear:
    return Linear(
        columns=(),
        rows=(),
        A=duals.matrix,
        row_lower=duals.costs[:, 0] - duals.reduced_upper,
        row_upper=duals.costs[:, 1] - duals.reduced_lower,
        lower=duals.lower,
        upper=duals.upper,
        integer=np.zeros(len(duals.lower), np.bool_),
        cost=np.zeros(len(duals.lower)),
    )


def _unbounded(duals: Polyhedron) -> Bools:
    """(R + F, 2): ends that a few random directions show to be infinite, unless Π is empty."""
    linear = _linear(duals)
    cone = replace(
        linear,
        row_lower=_direction(linear.row_lower),
        row_upper=_direction(linear.row_upper),
        lower=np.maximum(_direction(duals.lower), -1.0),
        upper=np.minimum(_direction(duals.upper), 1.0),
    )
    solver, functionals = LpSolver(cone), _functionals(duals)
    rng = np.random.default_rng(0)
    ends = np.zeros((functionals.shape[0], 2), np.bool_)
    for _ in range(_DIRECTIONS):
        answer = solver.solve(cost=rng.normal(size=len(duals.lower)))
        if answer.status == "optimal":
            growth = functionals @ answer.x
            ends |= np.stack([growth < -_GROWS, growth > _GROWS], axis=1)
    return ends


def _direction(limit: Floats) -> Floats:
    """A limit on points as a limit on directions."""
    return np.where(np.isfinite(limit), 0.0, limit)
