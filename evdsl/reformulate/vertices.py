"""Bounds by enumerating the vertices of the dual arrangement of a small component.

**Claim.** Let the hyperplanes be `λ_i = 0` for the rows that are no equalities and `r_j = 0` for
the columns that can move. For every leader decision that has an answer there are optimal
multipliers at a point of Π that the hyperplanes through it determine uniquely (up to directions
along which none of the λ_i and r_j above changes).

*Proof.* The dual function in net form charges each row `b⁻ max(λ_i, 0) - b⁺ max(-λ_i, 0)` and each
column likewise by its limits, with `b⁻ <= b⁺`: it is concave, bounded from above as the follower
has a point, and linear on each cell into which the hyperplanes cut Π, whose own borders are among
them. Along a direction that changes none of the λ_i and r_j it is linear and bounded, so constant,
and we may stay orthogonal to those. There the normals have full rank, the cells have vertices, and
a linear function that is bounded from above on such a cell takes its maximum at one.  ∎

So the extremes over all those points bound what is needed, also where Π itself is unbounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice
from math import comb

import numpy as np

from evdsl.program.linear import Bools, Floats, Ints
from evdsl.reformulate.polyhedron import Polyhedron

_MOST_ROWS = 40
_MOST_BASES = 20_000
_BATCH = 4_000
_SINGULAR = 1e-12
_DOUBTFUL = 1e-9
_INSIDE = 1e-7


def vertex_extremes(duals: Polyhedron, equality: Bools, still: Bools) -> Floats | None:
    """(R + F, 2): the least and the largest λ, then r, over the vertices; None: no proof.

    `equality` (R,) are rows and `still` (F,) columns without a hyperplane. None where there are too
    many rows or bases, where a marginal cost is no single number, where one of the bases is neither
    clearly regular nor clearly singular, and where no vertex is found in Π, which is not empty.
    """
    R = len(duals.lower)
    if R > _MOST_ROWS or (duals.costs[:, 0] != duals.costs[:, 1]).any():
        return None
    cost = duals.costs[:, 0]
    dense = duals.matrix.toarray()
    normals = np.vstack([np.eye(R)[~equality], dense[~still]])
    right = np.concatenate([np.zeros(R - int(equality.sum())), cost[~still]])
    free = (duals.reduced_lower == 0) & (duals.reduced_upper == 0)
    always = np.concatenate([np.zeros(R - int(equality.sum()), np.bool_), free[~still]])
    pins = _null_space(normals)
    points = _vertices(normals, right, always, pins)
    if points is None:
        return None
    reduced = cost - points @ dense.T
    slackness = _INSIDE * max(1.0, float(np.abs(cost).max(initial=0.0)))
    inside = (
        (points >= duals.lower - slackness).all(axis=1)
        & (points <= duals.upper + slackness).all(axis=1)
        & (reduced >= duals.reduced_lower - slackness).all(axis=1)
        & (reduced <= duals.reduced_upper + slackness).all(axis=1)
    )
    if not inside.any():
        return None
    values = np.hstack([points, reduced])[inside]
    return np.stack([values.min(axis=0), values.max(axis=0)], axis=1)


def _null_space(normals: Floats) -> Floats:
    """Directions that no normal sees, as rows."""
    if not normals.size:
        return np.eye(normals.shape[1])
    _, sizes, directions = np.linalg.svd(normals)
    rank = int((sizes > _SINGULAR * sizes.max(initial=0.0)).sum())
    return np.asarray(directions[rank:])


def _vertices(normals: Floats, right: Floats, always: Bools, pins: Floats) -> Floats | None:
    """All points that bases with the pins and the `always` hyperplanes in them determine."""
    R = normals.shape[1]
    fixed = np.flatnonzero(always)
    choices = np.flatnonzero(~always)
    missing = R - len(pins) - np.linalg.matrix_rank(normals[fixed]) if len(fixed) else R - len(pins)
    if comb(len(choices), missing) > _MOST_BASES:
        return None
    base = np.vstack([pins, normals[fixed]])
    base_right = np.concatenate([np.zeros(len(pins)), right[fixed]])
    found = [np.empty((0, R))]
    for batch in _batches(choices, missing):
        matrix = np.concatenate(
            [np.broadcast_to(base, (len(batch), *base.shape)), normals[batch]], axis=1
        )
        values = np.concatenate(
            [np.broadcast_to(base_right, (len(batch), len(base_right))), right[batch]], axis=1
        )
        scale = np.linalg.norm(matrix, axis=2, keepdims=True)
        u, sizes, vt = np.linalg.svd(matrix / scale, full_matrices=False)
        condition = sizes.min(axis=1) / sizes.max(axis=1)
        if ((condition > _SINGULAR) & (condition < _DOUBTFUL)).any():
            return None
        regular = condition >= _DOUBTFUL
        part = np.einsum("bji,bj->bi", u[regular], values[regular] / scale[regular, :, 0])
        points = np.einsum("bij,bi->bj", vt[regular], part / sizes[regular])
        found.append(points)
    return np.concatenate(found)


def _batches(choices: Ints, size: int) -> Iterator[Ints]:
    bases = combinations(choices.tolist(), size)
    while batch := list(islice(bases, _BATCH)):
        yield np.array(batch, np.int64).reshape(len(batch), size)
