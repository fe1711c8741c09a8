"""What is near what: few rows and columns of the followers lie between.

Hours beside each other are near, and so are the columns of one unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from evdsl.program.linear import Bools, Floats, Ints
from evdsl.program.links import links
from evdsl.program.program import Program


@dataclass(frozen=True, eq=False)
class Near:
    """Distances in a program's graph: its rows and columns are the nodes, row i is node i and
    column j node m + j, linked where a row holds a column of the same follower."""

    program: Program

    def of_column(self, column: int) -> Floats:
        """(m + n,): the distance of all nodes from the followers' rows that hold a column."""
        held = slice(*self._rows.indptr[[column, column + 1]])
        rows = self._rows.indices[held].astype(np.int64)
        return self.of(rows if len(rows) else np.array([self.program.joint.shape[0] + column]))

    def of(self, nodes: Ints) -> Floats:
        """(m + n,): the distance of all nodes from the nearest of these."""
        found = dijkstra(self._graph, indices=nodes, unweighted=True, min_only=True)
        return np.asarray(found)

    def to_columns(self, distance: Floats, columns: Ints) -> Floats:
        """(k,): the distance of these columns of the leader, given that of all nodes (m + n,)."""
        ends = np.append(distance[self._rows.indices], np.inf)
        least = np.minimum.reduceat(ends, self._rows.indptr[:-1])
        return np.where(np.diff(self._rows.indptr) > 0, least, np.inf)[columns]

    def read_there_only(self, nodes: Bools) -> Bools:
        """(n,): which of the leader's columns stand in followers' rows, and in none beyond these
        nodes (m + n,)."""
        columns = np.arange(self.program.joint.shape[1])
        return np.asarray(self.to_columns(nodes.astype(float), columns) == 1.0)

    @cached_property
    def _rows(self) -> sparse.csr_array[Any]:
        """(n, m): the followers' rows that hold each column."""
        mine = sparse.diags_array((self.program.row_owner > 0).astype(float))
        held = sparse.csr_array((mine @ self.program.joint.A).T)
        held.eliminate_zeros()
        return held

    @cached_property
    def _graph(self) -> sparse.csr_array[Any]:
        """Each link both ways."""
        once = links(self.program.own)
        return sparse.csr_array(once + once.T)
