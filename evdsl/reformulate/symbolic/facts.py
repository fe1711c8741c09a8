"""What the numbers say of the followers' limits: which are finite, and which are 0."""

from __future__ import annotations

from typing import Literal

import numpy as np

from evdsl.program.linear import Bools, Family, Floats, Ints
from evdsl.program.program import Program
from evdsl.source.text import Span

Side = Literal["lower", "upper"]
Share = Literal["all", "some", "none"]


class Facts:
    """Looks families up by block and name; what has no members counts as finite."""

    def __init__(self, program: Program) -> None:
        self.program = program
        joint = program.joint
        self._rows = {(family.block, family.name): family for family in joint.rows}
        self._columns = {(family.block, family.name): family for family in joint.columns}

    def finite_row(self, block: str, name: str, side: Side) -> Share:
        """How many of a constraint's rows have the side."""
        family = self._rows.get((block, name))
        joint = self.program.joint
        limits = joint.row_lower if side == "lower" else joint.row_upper
        return "all" if family is None else _share(np.isfinite(limits[family.slice]))

    def is_split(self, block: str, name: str) -> bool:
        """Whether a chain is two families of rows, because its ends hold variables."""
        return (block, f"{name}.first") in self._rows

    def finite_limit(self, block: str, name: str, side: Side) -> Share:
        """How many of a variable's members have the limit, as a number or as a row."""
        family = self._columns[block, name]
        finite = np.isfinite(self._limits(family, side))
        rows = self._rows.get((block, f"{name}.{side}"))
        if rows is not None:
            finite[self.program.limit_column[rows.slice] - family.start] = True
        return _share(finite)

    def zero_limit(self, block: str, name: str, side: Side) -> bool:
        """Whether the limit is 0 for every member."""
        family = self._columns[block, name]
        moving = (block, f"{name}.{side}") in self._rows
        return not moving and bool((self._limits(family, side) == 0).all()) and family.size > 0

    def meeting_limits(self, block: str, name: str) -> bool:
        """Whether both limits of some member are one number."""
        family = self._columns[block, name]
        lower, upper = self._limits(family, "lower"), self._limits(family, "upper")
        return bool((lower == upper).any())

    def has_declared_limits(self, block: str, switched: str) -> bool:
        """Whether what stands for a switched variable was made with its declared limits.

        The third rows are `w - y - L z <= -L` with the limits that were used, the fourth ones the
        same with `>=` and `U`.
        """
        joint = self.program.joint
        ends = {"3": (joint.row_upper, joint.lower), "4": (joint.row_lower, joint.upper)}
        for family in joint.rows:
            name, _, ending = family.name.rpartition(".")
            if (family.block, name) == (block, switched) and ending in ends:
                used, declared = ends[ending]
                variable = self._follower_columns(family, switched)
                if not np.allclose(-used[family.slice], declared[variable], rtol=1e-9):
                    return False
        return True

    def span(self, block: str, name: str) -> Span | None:
        """Where a variable is declared."""
        return self._columns[block, name].span

    def _follower_columns(self, family: Family, switched: str) -> Ints:
        """The variable of the follower's in each of these rows that is not what stands for it."""
        joint, owner = self.program.joint, self.program.column_owner
        row, column = joint.A[family.slice].tocoo().coords
        stands = np.zeros(joint.shape[1], np.bool_)
        for made in joint.columns:
            stands[made.slice] |= (made.block, made.name) == (family.block, switched)
        is_variable = (owner[column] > 0) & ~stands[column]
        found = np.empty(family.size, np.int64)
        found[row[is_variable]] = column[is_variable]
        return found

    def _limits(self, family: Family, side: Side) -> Floats:
        joint = self.program.joint
        return (joint.lower if side == "lower" else joint.upper)[family.slice]


def _share(finite: Bools) -> Share:
    return "all" if finite.all() else "some" if finite.any() else "none"
