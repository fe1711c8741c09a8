"""An objective that cannot improve for ever.

SCIP 10 drops nodes of problems with SOS1 sets whose linear program is unbounded, and calls the best
of the others optimal. A limit on the objective, far beyond all that is meant, leaves no such node.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
from scipy import sparse

from evdsl.program.keys import scalar
from evdsl.program.linear import Family, Linear
from evdsl.program.lp import solve_lp
from evdsl.program.mip import Answer, Mip, Status

A = TypeVar("A", bound=Answer)

_FAR = 1e9
_NEAR = 1e-3


def floored(mip: Mip) -> Mip:
    """`mip` with a row that limits its objective, where it has SOS1 sets and may be unbounded."""
    linear = mip.linear
    if not len(mip.sos1) or not _may_be_endless(linear):
        return mip
    row = Family("", "objective.floor", scalar(), linear.shape[0], role="encoding")
    limited = replace(
        linear,
        rows=(*linear.rows, row),
        A=sparse.csr_array(sparse.vstack([linear.A, sparse.csr_array([linear.cost])])),
        row_lower=np.append(linear.row_lower, -_far(linear) if linear.sense > 0 else -np.inf),
        row_upper=np.append(linear.row_upper, _far(linear) if linear.sense < 0 else np.inf),
    )
    return replace(mip, linear=limited)


def without_floor(answer: A, linear: Linear) -> A:
    """An answer to a floored problem as one to `linear`: at the floor that is unbounded."""
    if answer.x is None:
        return answer
    value = linear.sense * float(linear.cost @ answer.x)
    if value > -(1 - _NEAR) * _far(linear):
        return answer
    endless = -linear.sense * float("inf")
    return replace(answer, status="unbounded", x=None, objective=float("nan"), bound=endless)


def without_claims(answer: A, mip: Mip) -> A:
    """An answer to a problem with indicators, of which nothing is proved where it may be unbounded.

    SCIP drops unbounded nodes there too, and with a floor it makes indicators rows with constants
    as large as that.
    """
    claims = answer.status in ("optimal", "feasible", "infeasible")
    if not claims or not len(mip.indicators) or not _may_be_endless(mip.linear):
        return answer
    status: Status = "error" if answer.x is None else "feasible"
    message = "SCIP: nodes without a limit may have been dropped"
    return replace(answer, status=status, bound=-mip.linear.sense * float("inf"), message=message)


def _may_be_endless(linear: Linear) -> bool:
    known = ("optimal", "infeasible")
    return _is_open(linear) and solve_lp(linear.linear_part).status not in known


def _is_open(linear: Linear) -> bool:
    """Whether a column that pays has no limit that way."""
    cost = linear.sense * linear.cost
    return bool(
        (((cost > 0) & np.isneginf(linear.lower)) | ((cost < 0) & np.isposinf(linear.upper))).any()
    )


def _far(linear: Linear) -> float:
    return _FAR * float(np.abs(linear.cost).max(initial=0.0))
