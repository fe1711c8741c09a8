"""An interior point of a convex quadratic program, by PIQP.

PIQP (Schwan, Jiang, Kuhn, Jones 2023, doi 10.48550/arXiv.2304.00290) keeps limits of columns and
rows with two sides as they are, where a cone solver has a row for each side. Columns that cannot
move have no interior and are taken out before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from evdsl.program.linear import Floats, Linear
from evdsl.program.lp import LpStatus

_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Interior:
    """`x` (n,), and for each row (m,) and column (n,) the multiplier of its upper side less that of
    its lower one; near an optimum where the status is `optimal`."""

    status: LpStatus
    x: Floats
    row: Floats
    column: Floats


def interior_point(linear: Linear, P: sparse.csc_array[Any], q: Floats) -> Interior:
    """Of the least `½ x'Px + q'x` (P (n, n), convex; q (n,)) within the rows and limits."""
    moves = np.flatnonzero(linear.lower < linear.upper)
    x, row = np.where(linear.lower == linear.upper, linear.lower, 0.0), np.zeros(linear.shape[0])
    status: LpStatus = "optimal"
    if len(moves):
        status, x[moves], row = _moving(linear, P, q + P @ x, x, moves)
    return Interior(status, x, row, -(P @ x + q + linear.A.T @ row))


def _moving(
    linear: Linear, P: sparse.csc_array[Any], slope: Floats, at: Floats, moves: Any
) -> tuple[LpStatus, Floats, Floats]:
    """The columns that move (k,), and the rows (m,); `slope` (n,) is that of the others."""
    import piqp

    body = sparse.csr_array(linear.A[:, moves])
    held = np.flatnonzero(np.diff(body.indptr))
    body, known = sparse.csr_array(body[held]), (linear.A @ at)[held]
    size = np.maximum(abs(body).max(axis=1).toarray(), 1e-300)
    body = sparse.csr_array(sparse.diags_array(1 / size) @ body)
    lower, upper = (linear.row_lower[held] - known) / size, (linear.row_upper[held] - known) / size
    same = lower == upper
    solver = piqp.SparseSolver()
    settings = solver.settings
    settings.verbose = False
    settings.eps_abs = settings.eps_rel = _TOLERANCE
    settings.eps_duality_gap_abs = settings.eps_duality_gap_rel = _TOLERANCE
    solver.setup(
        sparse.csc_matrix(P[moves][:, moves]),
        slope[moves],
        sparse.csc_matrix(body[same]),
        upper[same],
        sparse.csc_matrix(body[~same]),
        lower[~same],
        upper[~same],
        linear.lower[moves],
        linear.upper[moves],
    )
    status = _STATUS.get(solver.solve().name, "error")
    found = solver.result
    row = np.zeros(linear.shape[0])
    row[held[same]] = np.asarray(found.y) / size[same]
    row[held[~same]] = (np.asarray(found.z_u) - np.asarray(found.z_l)) / size[~same]
    return status, np.array(found.x), row


_STATUS: dict[str, LpStatus] = {
    "PIQP_SOLVED": "optimal",
    "PIQP_PRIMAL_INFEASIBLE": "infeasible",
    "PIQP_DUAL_INFEASIBLE": "unbounded",
}
