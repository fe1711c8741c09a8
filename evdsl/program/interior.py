"""Interior points of convex quadratic programs over one matrix, by PIQP.

PIQP (Schwan, Jiang, Kuhn, Jones 2023, doi 10.48550/arXiv.2304.00290) keeps limits of columns and
rows with two sides as they are, where a cone solver has a row for each side. Columns that cannot
move have no interior and are taken out before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evdsl.program.linear import Bools, Floats
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


class InteriorSolver:
    """Of the least `½ x'Px / size + q'x`, P (n, n) convex, where `A x`, A (m, n), is within limits.

    What the calls have in common is taken apart once; each of them picks the entries it needs.
    """

    def __init__(self, P: sparse.csr_array[Any], A: sparse.csr_array[Any]) -> None:
        self._P, self._A = P, A
        self._turned = sparse.csr_array(A.T)
        self._curves, self._rows = _Entries.of(P), _Entries.of(A)

    def solve(
        self,
        size: float,
        q: Floats,
        row_lower: Floats,
        row_upper: Floats,
        lower: Floats,
        upper: Floats,
    ) -> Interior:
        """With this size, q (n,), and limits of rows (m,) and columns (n,)."""
        moves, same = lower < upper, row_lower == row_upper
        x, row = np.where(moves, 0.0, lower), np.zeros(len(row_lower))
        status: LpStatus = "optimal"
        if moves.any():
            known, slope = self._A @ x, self._P @ x / size + q
            held = self._rows.with_one_of(moves)
            equal, ranged = held & same, held & ~same
            found = _solved(
                self._curves.cut(moves, moves, size),
                slope[moves],
                self._rows.cut(equal, moves),
                (row_upper - known)[equal],
                self._rows.cut(ranged, moves),
                (row_lower - known)[ranged],
                (row_upper - known)[ranged],
                lower[moves],
                upper[moves],
            )
            status = _STATUS.get(found.info.status.name, "error")
            x[moves], row[equal] = found.x, found.y
            row[ranged] = np.subtract(found.z_u, found.z_l)
        return Interior(status, x, row, -(self._P @ x / size + q + self._turned @ row))


def _solved(*problem: Any) -> Any:
    import piqp

    solver = piqp.SparseSolver()
    settings = solver.settings
    settings.eps_abs = settings.eps_rel = _TOLERANCE
    settings.eps_duality_gap_abs = settings.eps_duality_gap_rel = _TOLERANCE
    solver.setup(*problem)
    solver.solve()
    return solver.result


@dataclass(frozen=True, eq=False)
class _Entries:
    """A matrix of `shape` (m, n) entry by entry, each array (e,), column after column."""

    row: NDArray[np.int32]
    column: NDArray[np.int32]
    value: Floats
    shape: tuple[int, int]

    @staticmethod
    def of(matrix: sparse.csr_array[Any]) -> _Entries:
        by_column = sparse.csc_array(matrix)
        column = np.repeat(np.arange(matrix.shape[1], dtype=np.int32), np.diff(by_column.indptr))
        row = by_column.indices.astype(np.int32, copy=False)
        return _Entries(row, column, by_column.data, matrix.shape)

    def with_one_of(self, columns: Bools) -> Bools:
        """(m,): the rows with an entry in one of the columns (n,)."""
        held = np.zeros(self.shape[0], np.bool_)
        held[self.row[columns[self.column]]] = True
        return held

    def cut(self, rows: Bools, columns: Bools, size: float = 1.0) -> sparse.csc_matrix[Any]:
        """These rows (m,) and columns (n,) alone, over `size`."""
        kept = np.flatnonzero(rows[self.row] & columns[self.column])
        place = np.cumsum(rows, dtype=np.int32) - np.int32(1)
        ends = np.searchsorted(self.column[kept], np.flatnonzero(columns), side="right")
        starts = np.append(0, ends).astype(np.int32)
        parts = (self.value[kept] / size, place[self.row[kept]], starts)
        return sparse.csc_matrix(parts, shape=(np.count_nonzero(rows), len(ends)))


_STATUS: dict[str, LpStatus] = {
    "PIQP_SOLVED": "optimal",
    "PIQP_PRIMAL_INFEASIBLE": "infeasible",
    "PIQP_DUAL_INFEASIBLE": "unbounded",
}
