"""Directions along which bilevel answers go on for ever, and the leader's objective improves.

The bilevel answers of linear levels are finitely many polyhedra, one for each choice of tight
sides. Along a direction of such a polyhedron every right side and limit is 0 and the multipliers
stay as they are. So each direction is an answer of the problem with all right sides and finite
limits at 0, in which the followers' costs stay; where that has none that pays, the leader's
objective has a limit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from scipy import sparse

from evdsl.backends import branch
from evdsl.backends.options import SolveOptions
from evdsl.program.keys import scalar
from evdsl.program.linear import Family, Floats, Linear
from evdsl.program.program import Program
from evdsl.reformulate.encode import encode
from evdsl.reformulate.kkt import kkt

_BRIEFLY = SolveOptions(time_limit=10)


def endless_direction(program: Program) -> Floats | Literal["none", "unknown"]:
    """(n,): a direction of length 1 in its largest column, or whether there is none.

    Unknown where the levels have products, multipliers in the leader's problem or whole numbers of
    followers, and where ten seconds do not tell.
    """
    products = len(program.joint.products) or len(program.follower_products)
    if products or len(program.readings) or program.follower_integer.any():
        return "unknown"
    found = branch.solve(encode(kkt(_cone(program)), "branch").mip, _BRIEFLY)
    if found.status == "infeasible":
        return "none"
    if found.x is None:
        return "unknown"
    x = found.x[: program.joint.shape[1]]
    return np.asarray(x / np.abs(x).max())


def _cone(program: Program) -> Program:
    """`program` with its right sides and limits at 0, and with a row that makes a direction pay."""
    joint = program.joint
    scale = float(np.abs(joint.cost).max(initial=0.0)) or 1.0
    pays = sparse.csr_array([joint.sense * joint.cost / scale])
    row = Family("", "pays", scalar(), joint.shape[0], role="auxiliary")
    cone = Linear(
        columns=joint.columns,
        rows=(*joint.rows, row),
        A=sparse.csr_array(sparse.vstack([joint.A, pays])),
        row_lower=np.append(_flat(joint.row_lower), -np.inf),
        row_upper=np.append(_flat(joint.row_upper), -1.0),
        lower=_flat(joint.lower),
        upper=_flat(joint.upper),
        integer=np.zeros(joint.shape[1], np.bool_),
        cost=np.zeros(joint.shape[1]),
    )
    return replace(
        program,
        joint=cone,
        row_owner=np.append(program.row_owner, 0),
        limit_column=np.append(program.limit_column, -1),
        dual_lower=np.append(program.dual_lower, -np.inf),
        dual_upper=np.append(program.dual_upper, np.inf),
        dual_stated=np.append(program.dual_stated, False),
    )


def _flat(limit: Floats) -> Floats:
    return np.where(np.isfinite(limit), 0.0, limit)
