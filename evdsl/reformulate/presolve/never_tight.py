"""Sides that no point reaches.

*Where the least slack of a side is positive at every point that keeps all rows, its multiplier is
zero.* Slack times multiplier is 0. ∎ Holds for every multiplier.
"""

from __future__ import annotations

import numpy as np

from evdsl.program.linear import Bools
from evdsl.reformulate.presolve.rule import Given, Rule

_APART = 1e-6


def _decides(given: Given) -> Bools:
    least, largest = given.slack.T
    room = np.where(np.isfinite(largest), np.abs(largest), 0.0)
    return np.asarray(least > _APART * np.maximum(1.0, room))


never_tight = Rule("never tight", "zero", _decides, every_multiplier=True)
