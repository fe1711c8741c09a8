"""The points that every answer worth finding is among, as a linear problem."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from evdsl.program.epigraph import Epigraph, epigraph, with_rows
from evdsl.program.linear import Floats, Linear

_ROOM = 1e-3
_LEAST_ROOM = 1e-6
_STEPS = (-1.0, -0.5, 0.0, 0.5, 1.0)


def relaxation(joint: Linear, incumbent: Floats | None = None) -> Linear:
    """The rows of both levels, without the followers' optimality and without products.

    With an `incumbent` (n,) also: an objective that is no worse than its own, by a little room for
    tolerances. Squares then stand above their tangents; an objective that is not convex is left
    out.
    """
    loose = joint.linear_part
    if incumbent is None:
        return loose
    flat = epigraph(replace(loose, products=joint.products.of_objective))
    if flat is None:
        return loose
    value = joint.sense * joint.objective(incumbent)
    room = max(_ROOM * abs(value), _LEAST_ROOM)
    farthest = _farthest(flat, value + room)
    linear, every = flat.linear, np.arange(len(flat.squares))
    for step in _STEPS:
        linear = with_rows(linear, *flat.tangents(every, step * farthest))
    cost = joint.sense * linear.cost
    return replace(
        linear,
        A=sparse.csr_array(sparse.vstack([linear.A, sparse.csr_array(cost[None, :])])),
        row_lower=np.append(linear.row_lower, -np.inf),
        row_upper=np.append(linear.row_upper, value + room - joint.sense * linear.constant),
    )


def _farthest(flat: Epigraph, most: float) -> Floats:
    """(s,): how far each form may be from zero while the objective is at most `most`, if its
    columns had no other cost than their linear one; tangents there keep it from going further."""
    forms, weight = abs(flat.squares.forms).tocsr(), flat.squares.weight
    linear = np.abs(flat.whole.cost[forms.indices]) / forms.data
    pull = np.zeros(len(weight))
    np.maximum.at(pull, np.repeat(np.arange(len(weight)), np.diff(forms.indptr)), linear)
    own = abs(most - flat.whole.sense * flat.whole.constant)
    return np.asarray(np.sqrt(own / weight) + pull / weight)
