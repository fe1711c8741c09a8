"""How long a search may take: by the size of the problem and by what is left of the time limit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evdsl.backends.options import SolveOptions
from evdsl.program.program import Program

_FEW = 64
_PAIRS_A_SECOND, _PAIRS_SQUARED_A_SECOND = 100, 22_500
_LONGEST = 300.0
_LEAST_SHARE, _MOST_SHARE, _SHARE_A_PAIR = 0.1, 0.9, 1 / 600


def search_limits(program: Program, options: SolveOptions) -> SolveOptions | None:
    """Limits that suit the size: a second for every hundred sides that need a choice, by their
    square where they are many, five minutes at most, and a share of the options' time limit.

    The share grows with the size, from a tenth to nine tenths, as an exact method has less to hope
    for. None where the sides are so few that a solver needs no help.
    """
    pairs = sides(program)
    if pairs <= _FEW:
        return None
    by_size = max(pairs / _PAIRS_A_SECOND, pairs**2 / _PAIRS_SQUARED_A_SECOND)
    seconds, limit = min(by_size, _LONGEST), options.time_limit
    if limit is not None:
        share = float(np.clip(pairs * _SHARE_A_PAIR, _LEAST_SHARE, _MOST_SHARE))
        seconds = min(seconds, share * limit)
    return replace(options, time_limit=seconds, log=None, extra={})


def sides(program: Program) -> int:
    """The followers' finite sides that are no equalities."""
    joint, rows, columns = program.joint, program.follower_rows, program.follower_columns
    lower = np.concatenate([joint.row_lower[rows], joint.lower[columns]])
    upper = np.concatenate([joint.row_upper[rows], joint.upper[columns]])
    sides = np.isfinite(lower).astype(int) + np.isfinite(upper)
    return int(sides[lower != upper].sum())
