"""Sets over the pairs in which a choice remains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evdsl.program.linear import Ints


@dataclass(frozen=True, eq=False)
class Sets:
    """`member` and `pair` (e,): pair `pair[i]` stands in set `member[i]`; `row` and `column` (k,)
    are the row or the column of the Program that each set belongs to, the other one -1."""

    row: Ints
    column: Ints
    member: Ints
    pair: Ints

    @staticmethod
    def none() -> Sets:
        nothing = np.empty(0, np.int64)
        return Sets(nothing, nothing, nothing, nothing)

    def __len__(self) -> int:
        return len(self.row)

    def where(self, chosen: Ints) -> Sets:
        """Those sets, in the order of `chosen`."""
        place = np.full(len(self.row), -1)
        place[chosen] = np.arange(len(chosen))
        inside = place[self.member] >= 0
        return Sets(
            self.row[chosen], self.column[chosen], place[self.member[inside]], self.pair[inside]
        )
