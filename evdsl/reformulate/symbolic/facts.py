"""What the numbers say of the followers' limits: which are finite, and which are 0."""

from __future__ import annotations

from typing import Literal

import numpy as np

from evdsl.program.linear import Bools, Family, Floats
from evdsl.program.program import Program

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

    def _limits(self, family: Family, side: Side) -> Floats:
        joint = self.program.joint
        return (joint.lower if side == "lower" else joint.upper)[family.slice]


def _share(finite: Bools) -> Share:
    return "all" if finite.all() else "some" if finite.any() else "none"
