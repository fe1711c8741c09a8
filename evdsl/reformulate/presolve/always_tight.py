"""Sides that no point leaves.

*Where the largest slack of a side is 0 at every bilevel feasible point, its pair needs no choice.*
The side is made tight, which no answer misses; then the product of slack and multiplier is 0
whatever the multiplier is. ∎ (Limits that only the followers' optimality holds, such as those of
the absolute value of what has a known sign, do not follow from the rows.)

So hours in which nothing can be charged cost nothing: their power is between 0 and `k * 0`. Holds
for every multiplier.
"""

from __future__ import annotations

import numpy as np

from evdsl.program.linear import Bools
from evdsl.reformulate.presolve.rule import Given, Rule


def _decides(given: Given) -> Bools:
    return np.asarray(given.slack[:, 1] <= 0)


always_tight = Rule("always tight", "tight", _decides, every_multiplier=True, imposed=True)
