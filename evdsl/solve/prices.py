"""Whether the multipliers that the leader reads are the only ones that go with the answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from evdsl.program.linear import Floats, Linear
from evdsl.program.lp import LpSolver
from evdsl.program.program import READ, Program
from evdsl.reformulate.kkt import kkt
from evdsl.solve.part import family_of
from evdsl.solve.reach import reach
from evdsl.source.diagnostic import Diagnostic

_SLACK = 1e-7
_SPREAD = 1e-6
_MOST = 200


@dataclass(frozen=True)
class PriceRange:
    """Column `column` stands for a multiplier that may be anything from `least` to `most`."""

    column: int
    least: float
    most: float


def price_ranges(program: Program, x: Floats) -> list[PriceRange]:
    """The columns that stand for multipliers with more than one value at the answer `x` (n,).

    Two linear programs each over the multipliers that go with it; of many columns the first 200.
    """
    read = np.flatnonzero(program.column_owner == READ)
    if not len(read):
        return []
    level = kkt(program)
    n, q = program.joint.shape[1], len(level.duals)
    first = program.joint.shape[0]
    own = first + len(program.follower_columns)
    slack = level.slack(x)
    one_sided = level.duals.side != 0
    face = Linear(
        columns=(),
        rows=(),
        A=sparse.csr_array(level.linear.A[first:own, n:]),
        row_lower=level.linear.row_lower[first:own] - level.linear.A[first:own, :n] @ x,
        row_upper=level.linear.row_upper[first:own] - level.linear.A[first:own, :n] @ x,
        lower=level.linear.lower[n:],
        upper=np.where(one_sided & (slack > _SLACK), 0.0, level.linear.upper[n:]),
        integer=np.zeros(q, np.bool_),
        cost=np.zeros(q),
    )
    meaning = -level.linear.A[own:, n:]
    solver, found = LpSolver(face, tolerance=_SLACK), []
    for k, column in enumerate(read[:_MOST].tolist()):
        cost = np.asarray(meaning[[k]].toarray()[0])
        ends = [reach(solver, cost, sense) for sense in (1, -1)]
        if ends[1] - ends[0] > _SPREAD * max(1.0, abs(x[column])):
            found.append(PriceRange(column, *ends))
    return found


def warn_prices(program: Program, x: Floats) -> list[Diagnostic]:
    """W0607 where the leader reads multipliers that are not unique."""
    ranges = price_ranges(program, x)
    if not ranges:
        return []
    worst, joint = ranges[0], program.joint
    name = joint.column_name(worst.column)
    more = len(ranges) - 1
    return [
        Diagnostic(
            "W0607",
            f"`{name}` is {x[worst.column]:.6g} at the answer, and every value in "
            f"[{worst.least:.6g}, {worst.most:.6g}] goes with it too",
            family_of(joint.columns, worst.column).span,
            notes=(f"the same holds for {more} more of what the leader reads",) if more else (),
            help="the leader has the one that it likes best; a market may settle on another",
            severity="warning",
        )
    ]
