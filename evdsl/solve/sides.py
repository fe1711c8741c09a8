"""Sides of rows and columns that are made tight."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from evdsl.program.linear import Bools, Ints, Linear
from evdsl.reformulate.kkt import LOWER, UPPER


class Sides(Protocol):
    """Each array (k,): of row `row` or of column `column`, the other one -1, side `side`."""

    @property
    def row(self) -> Ints: ...
    @property
    def column(self) -> Ints: ...
    @property
    def side(self) -> Ints: ...


def pinned(linear: Linear, sides: Sides, tight: Bools) -> Linear:
    """`linear` with those `sides` as equalities that are `tight` (k,)."""
    row_lower, row_upper = linear.row_lower.copy(), linear.row_upper.copy()
    lower, upper = linear.lower.copy(), linear.upper.copy()
    for side, moved_row, row_limit, moved, limit in (
        (LOWER, row_upper, row_lower, upper, lower),
        (UPPER, row_lower, row_upper, lower, upper),
    ):
        here = tight & (sides.side == side)
        rows, columns = sides.row[here & (sides.row >= 0)], sides.column[here & (sides.column >= 0)]
        moved_row[rows] = row_limit[rows]
        moved[columns] = limit[columns]
    return replace(linear, row_lower=row_lower, row_upper=row_upper, lower=lower, upper=upper)
