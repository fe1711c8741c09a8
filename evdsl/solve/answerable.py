"""For which decisions followers have an answer: a polyhedron, and its range in each decision.

A follower with a linear or convex quadratic problem has an optimal answer exactly where its rows
can be met and its stationarity conditions have multipliers. Both are linear in its own variables,
the multipliers and the leader's variables together, so a linear program finds the smallest and the
largest decision to which there is an answer. Where a follower has whole numbers, or reads another
follower, this is a condition that each answer meets, and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evdsl.program.linear import Bools, Linear
from evdsl.program.lp import LpSolver, solve_lp
from evdsl.program.program import Program
from evdsl.reformulate.kkt import kkt
from evdsl.solve.decision import without_rows
from evdsl.solve.followers import linked_columns
from evdsl.solve.reach import reach

_DIFFERS = 1e-6
_MOST = 40


@dataclass(frozen=True, eq=False)
class Answerable:
    """The decisions that leave some followers an answer, with what answers them.

    `linear` has no objective and is over the Program's rows and columns first; what is no concern
    of these followers says nothing in it.
    """

    program: Program
    linear: Linear

    @property
    def is_empty(self) -> bool:
        return solve_lp(self.linear).status == "infeasible"

    def without_limits(self, columns: Bools) -> Answerable:
        """The same where the declared limits of these columns (n,) do not count."""
        lower, upper = self.linear.lower.copy(), self.linear.upper.copy()
        lower[: len(columns)][columns] = -np.inf
        upper[: len(columns)][columns] = np.inf
        return Answerable(self.program, replace(self.linear, lower=lower, upper=upper))

    def ranges(self, columns: Bools) -> dict[int, tuple[float, float]]:
        """The smallest and largest value of each of the first 40 columns, {} where none is left."""
        solver = LpSolver(self.linear)
        found: dict[int, tuple[float, float]] = {}
        for j in np.flatnonzero(columns)[:_MOST].tolist():
            cost = np.zeros(self.linear.shape[1])
            cost[j] = 1.0
            ends = [reach(solver, cost, sense) for sense in (1, -1)]
            if not np.isnan(ends).any():
                found[j] = (ends[0], ends[1])
        return found


def answerable(
    program: Program, only: Sequence[int] | None = None, *, leader_rows: bool = False
) -> Answerable:
    """The decisions that leave all followers an answer, or `only` those with these numbers.

    The leader's limits always count, and with `leader_rows` the rows that hold its own variables
    only.
    """
    owner = np.arange(1, len(program.followers) + 1) if only is None else np.array(only, np.int64)
    held = np.isin(program.row_owner, owner)
    if leader_rows:
        held |= (program.row_owner == 0) & ~coupling_rows(program)
    if program.follower_integer.any():
        return Answerable(program, _holding(program.joint, held))
    level = kkt(program).linear
    of_follower = np.isin(program.column_owner[program.follower_columns], owner)
    rest = level.shape[0] - len(held) - len(of_follower)
    return Answerable(
        program,
        _holding(level, np.concatenate([held, of_follower, np.zeros(rest, np.bool_)])),
    )


def coupling_rows(program: Program) -> Bools:
    """(m,): the leader's rows that hold followers' variables or multipliers."""
    others = program.column_owner != 0
    held = np.asarray(abs(program.joint.A) @ others.astype(float)) > 0
    terms = program.joint.products.of_rows
    held[terms.row[others[terms.first] | others[terms.second]]] = True
    coupling: Bools = held & (program.row_owner == 0)
    return coupling


def narrowed(
    program: Program, part: Answerable, columns: Bools | None = None
) -> dict[int, tuple[float, float]]:
    """The ranges of the decisions that these followers read, where narrower than the limits."""
    joint, read = program.joint, linked_columns(program)
    ranges = part.ranges(read if columns is None else read & columns)
    return {
        j: (low, high)
        for j, (low, high) in ranges.items()
        if low > joint.lower[j] + _slack(joint.lower[j])
        or high < joint.upper[j] - _slack(joint.upper[j])
    }


def _slack(limit: float) -> float:
    return _DIFFERS * max(1.0, abs(limit)) if np.isfinite(limit) else 0.0


def _holding(linear: Linear, held: Bools) -> Linear:
    plain = without_rows(linear.linear_part, ~held)
    return replace(
        plain,
        integer=np.zeros(plain.shape[1], np.bool_),
        cost=np.zeros(plain.shape[1]),
        constant=0.0,
    )


def interval(low: float, high: float) -> str:
    """`[2, 5]`, or the one number there is."""
    if high - low <= _slack(low):
        return f"{_tidy(low):.6g}"
    return f"[{_tidy(low):.6g}, {_tidy(high):.6g}]"


def _tidy(value: float) -> float:
    return 0.0 if abs(value) < _DIFFERS else value
