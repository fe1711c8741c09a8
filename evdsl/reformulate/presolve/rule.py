"""The one shape of the rules: what they reason from, and what they may say of a pair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from evdsl.program.limits import Limits
from evdsl.program.linear import Bools, Floats, Ints
from evdsl.reformulate.kkt import Kkt
from evdsl.reformulate.net import Net
from evdsl.reformulate.proofs import Intervals, intervals
from evdsl.reformulate.size import of_costs


@dataclass(frozen=True, eq=False)
class Given:
    """The conditions, the `limits` of all columns at every bilevel feasible point, the net form of
    the multipliers, and the least and the largest `slack` (p, 2) of each pair's side."""

    kkt: Kkt
    limits: Limits
    net: Net
    slack: Floats

    @cached_property
    def limited(self) -> Ints:
        """(p,): the place in `net.columns` of the column that each pair limits, -1 for none."""
        return self.net.column[self.kkt.pair_dual]

    @cached_property
    def is_lower(self) -> Bools:
        """(p,): the pairs of lower limits, of those that limit a column."""
        return np.asarray(self.net.gain[self.kkt.pair_dual] > 0)

    @cached_property
    def intervals(self) -> Intervals:
        """Of the net multipliers, for the followers' costs as they are."""
        return intervals(self.kkt, self.net, self.limits)

    @cached_property
    def reduced(self) -> Floats:
        """(F, 2): the least and the largest reduced cost of each column, for costs of about 1."""
        net, program = self.net, self.kkt.program
        unit = of_costs(program)[program.column_owner[net.columns]]
        return np.asarray(self.intervals.ends[len(net.rows) :] / unit[:, None])


@dataclass(frozen=True)
class Rule:
    """`decides` says which pairs (p,) the rule decides, and how is in `says`:

    `tight`: the side is tight at every answer, its multiplier is free; `zero`: the multiplier is
    zero, the slack is free. What is decided as `tight` but need not follow from the limits and rows
    has to be `imposed`.

    A rule that does not keep `every_multiplier` keeps every answer `y`, with at least one complete
    vector of multipliers: it is left out where somebody looks at the multipliers.
    """

    name: str
    says: Literal["tight", "zero"]
    decides: Callable[[Given], Bools]
    every_multiplier: bool = False
    imposed: bool = False
