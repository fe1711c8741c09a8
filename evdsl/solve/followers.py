"""The followers alone, as the LP that they solve once the leader has decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from scipy import sparse

from evdsl.program.lp import LpAnswer, solve_lp
from evdsl.program.program import Bools, Floats, Ints, Linear, Multipliers, Program

Matrix: TypeAlias = "sparse.csr_array[Any]"
_LOOSE_TOLERANCE = 1e-7


@dataclass(frozen=True, eq=False)
class Followers:
    """The rows and columns of some followers, all minima, each follower's cost at most 1.

    `columns` (q,) and `rows` (p,) are positions in the Program; `lp` is over them and holds no
    part of the leader's; `links` (p, n) CSR are the leader's columns in these rows. A cost or a
    multiplier of `lp` times `factor` of its column or row is one of the user's: the factors hold
    the senses and the scales.
    """

    program: Program
    columns: Ints
    rows: Ints
    lp: Linear
    links: Matrix
    column_factor: Floats
    row_factor: Floats

    def answer(self, leader: Floats) -> LpAnswer:
        """What they answer to a leader decision (n,), of which only the leader's columns count.

        Where they have none within the tolerance of 1e-9 a tolerance of 1e-7 is tried: a decision
        that a solver found may be off by its rounding.
        """
        moved = self.links @ leader
        here = replace(
            self.lp, row_lower=self.lp.row_lower - moved, row_upper=self.lp.row_upper - moved
        )
        tight = solve_lp(here)
        return tight if tight.status != "infeasible" else solve_lp(here, tolerance=_LOOSE_TOLERANCE)

    def multipliers(self, answer: LpAnswer) -> Multipliers:
        """The answer's multipliers in the sign of `.dual`; 0 on other rows and columns."""
        m, n = self.program.joint.shape
        row, lower, upper = np.zeros(m), np.zeros(n), np.zeros(n)
        row[self.rows] = answer.row_dual * self.row_factor
        lower[self.columns] = np.maximum(answer.column_dual, 0.0) * self.column_factor
        upper[self.columns] = np.minimum(answer.column_dual, 0.0) * self.column_factor
        return Multipliers(row, lower, upper)


def followers(program: Program, only: int | None = None) -> Followers:
    """All followers of a program, or `only` the one with this number, counted from 1."""
    joint = program.joint
    chosen = np.arange(1, len(program.followers) + 1) if only is None else np.array([only])
    rows = np.flatnonzero(np.isin(program.row_owner, chosen))
    columns = np.flatnonzero(np.isin(program.column_owner, chosen))
    matrix = sparse.csr_array(joint.A[rows])
    scale = _cost_scales(program) * program.owner_sense
    column_factor = scale[program.column_owner[columns]]
    lp = Linear(
        columns=(),
        rows=(),
        A=sparse.csr_array(matrix[:, columns]),
        row_lower=joint.row_lower[rows],
        row_upper=joint.row_upper[rows],
        lower=joint.lower[columns],
        upper=joint.upper[columns],
        integer=np.zeros(len(columns), np.bool_),
        cost=program.follower_cost[columns] / column_factor,
    )
    leads = sparse.diags_array((program.column_owner == 0).astype(float))
    return Followers(
        program=program,
        columns=columns,
        rows=rows,
        lp=lp,
        links=sparse.csr_array(matrix @ leads),
        column_factor=column_factor,
        row_factor=scale[program.row_owner[rows]],
    )


def linked_columns(program: Program) -> Bools:
    """(n,): the leader's columns that the followers' rows hold, so that their answer depends."""
    used = np.zeros(program.joint.shape[1], np.bool_)
    matrix = program.joint.A[program.follower_rows]
    used[matrix.indices[matrix.data != 0]] = True
    linked: Bools = used & (program.column_owner == 0)
    return linked


def _cost_scales(program: Program) -> Floats:
    """(K + 1,): the largest cost of each owner, 1 where it has none."""
    scales = np.zeros(len(program.followers) + 1)
    np.maximum.at(scales, program.column_owner, np.abs(program.follower_cost))
    return np.where(scales > 0, scales, 1.0)
