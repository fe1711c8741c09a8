"""A Program as the two files hold it: one follower, two minima, rows with one side.

Each change is exact. Followers that do not see each other answer together what each answers alone,
so their objectives are added up. Equations of the follower and rows with two sides become two rows:
MibS has taken them since 2023 only (pull requests 110 and 112). A maximum is negated: CoinUtils
passes over OBJSENSE, and by name there is no word for the follower's sense.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from evdsl.backends.mibs.instance import Flat, Instance, Lower, one_family
from evdsl.backends.mibs.refused import refuse_what_does_not_fit
from evdsl.backends.mps import OBJECTIVE
from evdsl.backends.names import file_names, unique
from evdsl.program.linear import Bools, Floats, Ints
from evdsl.program.program import Program


def from_program(program: Program) -> Instance:
    """The instance; its columns are the Program's, in their order.

    Raises EvdslError (E0639) for what the format cannot hold. Adding 0.0 makes 0 of -0.
    """
    refuse_what_does_not_fit(program)
    joint = program.joint
    row, split, lower, upper = _one_sided(program)
    names = file_names(joint.rows)
    ends = np.where(split, np.where(np.isfinite(lower), ".low", ".high"), "")
    rows = unique(names[i] + end for i, end in zip(row.tolist(), ends.tolist(), strict=True))
    columns = file_names(joint.columns)
    linear = replace(
        joint,
        columns=one_family("column", columns),
        rows=one_family("row", rows),
        A=joint.A[row],
        row_lower=lower,
        row_upper=upper,
        cost=0.0 + joint.sense * joint.cost,
        constant=0.0 + joint.sense * joint.constant,
        sense=1,
    )
    owned = program.follower_columns
    cost = program.follower_cost[owned] * program.owner_sense[program.column_owner[owned]]
    of_follower = np.flatnonzero(program.row_owner[row] > 0)
    flat = Flat(linear, tuple(columns), tuple(rows), (OBJECTIVE,), program.name)
    own = Lower(owned, of_follower, 0.0 + cost, 1, program.name)
    return Instance(flat, own, tuple(_remarks(program, bool(split.any()))))


def _one_sided(program: Program) -> tuple[Ints, Bools, Floats, Floats]:
    """The rows to write: which row of the Program each is, whether it is one of two, its limits.

    A row without a side is none; of two rows the first has the lower side.
    """
    joint = program.joint
    below, above = np.isfinite(joint.row_lower), np.isfinite(joint.row_upper)
    whole = (joint.row_lower == joint.row_upper) & (program.row_owner == 0)
    two = below & above & ~whole
    row = np.repeat(np.arange(len(two)), np.where(two, 2, below | above))
    split, second = two[row], np.diff(row, prepend=-1) == 0
    lower = np.where(split & second, -np.inf, joint.row_lower[row])
    upper = np.where(split & ~second, np.inf, joint.row_upper[row])
    return row, split, lower, upper


def _remarks(program: Program, split: bool) -> Iterator[str]:
    yield f"{program.name}, written by evdsl"
    if program.joint.sense < 0:
        yield "the leader's objective is negated, since the format minimises"
    if len(program.followers) > 1:
        yield f"the objectives of {len(program.followers)} followers are added up"
    if (program.owner_sense[1:] < 0).any():
        yield "a follower's objective that is maximised is negated"
    if any(follower.constant for follower in program.followers) or program.foreign_cost.nnz:
        yield "parts of a follower's objective without its variables are left out"
    if split:
        yield "a row with two sides is written as two rows, .low and .high"
    if program.dual_stated.any():
        yield "what `dual in` states is left out"
