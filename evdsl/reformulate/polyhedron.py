"""Bounds by linear programming over the dual polyhedron Π of one component, in net form.

Π does not depend on the leader. What is bounded on Π is bounded for every optimal multiplier; which
directions are bounded one linear program says: the cone of the directions of Π is convex, so one
direction of it raises all unbounded functionals at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from evdsl.program.lp import LpSolver
from evdsl.program.program import Bools, Floats, Ints, Linear
from evdsl.reformulate.net import Net

_NOISE = 1e-8


@dataclass(frozen=True, eq=False)
class Polyhedron:
    """Π of one component over its λ (R,): `lower <= λ <= upper`, `lowest <= c - A'λ <= highest`.

    `matrix` (F, R) CSR is `A'`, `cost` (F,) is `c`; `lower`, `upper` (R,) limit λ and
    `reduced_lower`, `reduced_upper` (F,) the reduced costs r.
    """

    matrix: sparse.csr_array[Any]
    cost: Floats
    lower: Floats
    upper: Floats
    reduced_lower: Floats
    reduced_upper: Floats


def polyhedron(net: Net, rows: Ints, columns: Ints) -> Polyhedron:
    return Polyhedron(
        matrix=net.matrix[rows][:, columns].T.tocsr(),
        cost=net.cost[columns],
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
    functionals = sparse.csr_array(sparse.vstack([sparse.eye_array(R), -duals.matrix]))
    offset = np.concatenate([np.zeros(R), duals.cost])
    which, end = np.nonzero(wanted)
    direction = np.where(end == 1, 1.0, -1.0)
    bounded = ~_unbounded(duals, sparse.csr_array(functionals[which] * direction[:, None]))
    solver = LpSolver(_linear(duals))
    result = np.tile([-np.inf, np.inf], (R + F, 1))
    for k, side, sign in zip(which[bounded], end[bounded], direction[bounded], strict=True):
        cost = functionals[[int(k)]].toarray()[0]
        answer = solver.solve(cost=cost, sense=-int(sign))
        if answer.status == "infeasible":
            return np.zeros((R + F, 2))
        if answer.status == "optimal":
            value = answer.objective + offset[k]
            result[k, side] = 0.0 if abs(value) <= _NOISE else value
    return result


def _linear(duals: Polyhedron) -> Linear:
    return Linear(
        columns=(),
        rows=(),
        A=duals.matrix,
        row_lower=duals.cost - duals.reduced_upper,
        row_upper=duals.cost - duals.reduced_lower,
        lower=duals.lower,
        upper=duals.upper,
        integer=np.zeros(len(duals.lower), np.bool_),
        cost=np.zeros(len(duals.lower)),
    )


def _unbounded(duals: Polyhedron, functionals: sparse.csr_array[Any]) -> Bools:
    """Which of these functionals (K, R) grow without end along a direction of Π."""
    F, R = duals.matrix.shape
    K = functionals.shape[0]
    grows = sparse.hstack([functionals, -sparse.eye_array(K)])
    stays = sparse.hstack([duals.matrix, sparse.csr_array((F, K))])
    cone = Linear(
        columns=(),
        rows=(),
        A=sparse.csr_array(sparse.vstack([stays, grows])),
        row_lower=np.concatenate([_direction(-duals.reduced_upper), np.zeros(K)]),
        row_upper=np.concatenate([_direction(-duals.reduced_lower), np.full(K, np.inf)]),
        lower=np.concatenate([_direction(duals.lower), np.zeros(K)]),
        upper=np.concatenate([_direction(duals.upper), np.ones(K)]),
        integer=np.zeros(R + K, np.bool_),
        cost=np.concatenate([np.zeros(R), np.ones(K)]),
        sense=-1,
    )
    answer = LpSolver(cone).solve()
    if answer.status != "optimal":
        return np.ones(K, np.bool_)
    return np.asarray(answer.x[R:] > 0.5)


def _direction(limit: Floats) -> Floats:
    """A limit on points as a limit on directions."""
    return np.where(np.isfinite(limit), 0.0, limit)
