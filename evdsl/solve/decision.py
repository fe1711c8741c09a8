"""A decision of the leader: what of it is kept, what it fixes, and what it has to meet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evdsl.program.linear import Bools, Floats, Linear
from evdsl.program.program import Program
from evdsl.solve.followers import linked_columns


def kept(program: Program, x: Floats) -> Floats:
    """(n,): of `x` (n,) the leader's columns that followers read and its whole numbers; nan
    elsewhere, where all may be chosen anew."""
    leads = program.column_owner == 0
    return np.where(linked_columns(program) | (program.joint.integer & leads), x, np.nan)


def fixed(joint: Linear, values: Floats) -> Linear:
    """`joint` with its columns fixed at `values` (n,), nan where they are free."""
    free = np.isnan(values)
    return replace(
        joint,
        lower=np.where(free, joint.lower, values),
        upper=np.where(free, joint.upper, values),
    )


def demands(program: Program) -> Bools:
    """(m,): the leader's rows but for those that define its auxiliary columns."""
    own: Bools = program.row_owner == 0
    for family in program.joint.rows:
        if family.role == "auxiliary":
            own[family.slice] = False
    return own


def without_rows(linear: Linear, rows: Bools) -> Linear:
    """`linear` where these rows (m,) say nothing."""
    return replace(
        linear,
        row_lower=np.where(rows, -np.inf, linear.row_lower),
        row_upper=np.where(rows, np.inf, linear.row_upper),
    )
