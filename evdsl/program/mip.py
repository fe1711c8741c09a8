"""What a backend takes and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from evdsl.program.linear import Floats, Ints, Linear

Status = Literal["optimal", "feasible", "infeasible", "unbounded", "no_solution", "error"]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Complementarity pairs, each array (p,): a column that is not negative, the multiplier, and
    the slack of a side of which at least one is zero.

    The side is the lower (-1) or upper (1) one, `side`, of row `row` or of column `column`; the
    other one is -1. Of the pairs of one `group` at most one multiplier is positive; -1 is no group.
    """

    multiplier: Ints
    row: Ints
    column: Ints
    side: Ints
    group: Ints

    @staticmethod
    def none() -> Pairs:
        nothing = np.empty(0, np.int64)
        return Pairs(nothing, nothing, nothing, nothing, nothing)

    def __len__(self) -> int:
        return len(self.side)

    def take(self, which: Ints) -> Pairs:
        return Pairs(
            self.multiplier[which],
            self.row[which],
            self.column[which],
            self.side[which],
            self.group[which],
        )


@dataclass(frozen=True, eq=False)
class Mip:
    """What a backend takes: one level, ways to say that one of two things is zero, and a start.

    `sos1` (p, 2): columns of which at most one may be non-zero. `indicators` (p, 2): a binary
    column and one that is 0 where the binary is 1. `pairs` are left to the solver's own branching.
    Two statements follow from the rest for some answer of each value, and may be used or not:
    `apart` (e, 2) are like `sos1`, among columns that stand there; `covers` (e, 2), a set and one
    of the `pairs`, say that of each set's pairs one has a positive multiplier.
    `start` (n,): nan where unknown. `size` (n,): powers of two, about as large as the values of a
    column are where that is known to be far from 1; None where nothing is known. Solvers'
    tolerances are absolute.
    """

    linear: Linear
    sos1: Ints = field(default_factory=lambda: np.empty((0, 2), np.int64))
    start: Floats | None = None
    size: Floats | None = None
    indicators: Ints = field(default_factory=lambda: np.empty((0, 2), np.int64))
    pairs: Pairs = field(default_factory=Pairs.none)
    apart: Ints = field(default_factory=lambda: np.empty((0, 2), np.int64))
    covers: Ints = field(default_factory=lambda: np.empty((0, 2), np.int64))


@dataclass(frozen=True, eq=False)
class Answer:
    """What a backend gives back. `x` is None where there is no point; `bound` may be ±inf."""

    status: Status
    x: Floats | None = None
    objective: float = float("nan")
    bound: float = float("nan")
    nodes: int = 0
    seconds: float = 0.0
    message: str = ""

    def broken_by(self, x: Floats) -> list[str]:
        """What users have added to the problem after it was made, and `x` breaks: nothing here."""
        return []
