"""The part of a linear problem that hangs together with some of its columns, while others stay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from evdsl.program.linear import Bools, Floats, Ints, Linear
from evdsl.program.links import links
from evdsl.solve.search.folded import folded


@dataclass(frozen=True, eq=False)
class Vicinity:
    """`linear` over the `columns` of a whole one, whose others are as in the point `at`."""

    linear: Linear
    columns: Ints
    at: Floats

    @staticmethod
    def of(whole: Linear, at: Floats, held: Bools, wanted: Bools, read: Bools) -> Vicinity:
        """What hangs together with the `wanted` columns where those that are `held` stay as `at`,
        without products and constant. Columns that are neither wanted nor `read` may be left out.

        A row that does not quite hold at that point is made to: the point remains.
        """
        at = np.clip(at, whole.lower, whole.upper)
        free = np.flatnonzero(~held & (whole.lower < whole.upper))
        rows, found = _hanging_together(sparse.csr_array(whole.A[:, free]), wanted[free])
        columns = free[found]
        part = whole.cut(rows, columns)
        here = part.A @ at[columns]
        beyond = (whole.A @ at)[rows] - here
        lower = np.minimum(part.row_lower - beyond, here)
        upper = np.maximum(part.row_upper - beyond, here)
        equal = part.row_lower == part.row_upper
        lower[equal] = upper[equal] = here[equal]
        part = replace(part, row_lower=lower, row_upper=upper)
        linear, left = folded(part, at[columns], read[columns], wanted[columns])
        return Vicinity(linear, columns[left], at)

    def places(self, columns: Ints) -> Ints:
        """The places in the part of columns of the whole that are in it."""
        return np.searchsorted(self.columns, columns)

    def put_back(self, x: Floats) -> Floats:
        """A point of the whole: one of the part, and the others as they are."""
        point = self.at.copy()
        point[self.columns] = x
        return point


def _hanging_together(A: sparse.csr_array[Any], wanted: Bools) -> tuple[Ints, Ints]:
    """The rows and columns that are linked with the wanted columns over any number of others."""
    m = A.shape[0]
    _, label = connected_components(links(A), directed=False)
    found = np.isin(label, label[m:][wanted])
    return np.flatnonzero(found[:m]), np.flatnonzero(found[m:])
