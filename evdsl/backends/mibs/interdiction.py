"""Interdiction: an MPS file of the follower alone, made two levels as MibS makes them.

MibS' documentation does not say how; its source does (MibSModel.cpp, `loadProblemData`). Before the
n columns of the file come n binaries of the leader, before its m rows the leader's budget, behind
them n rows that hold a column at 0 where its binary is 1. The leader minimises the negative of the
file's objective. Indices of the auxiliary file count in this larger problem.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from evdsl.backends.mibs.instance import Flat, one_family
from evdsl.backends.mibs.problems import Problems
from evdsl.backends.names import unique
from evdsl.program.linear import Linear
from evdsl.source.diagnostic import Diagnostic


def expanded(flat: Flat, costs: Sequence[float], budget: float, problems: Problems) -> Flat:
    """The problem with its interdictions; a column without an upper limit is a mistake."""
    own = flat.linear
    m, n = own.shape
    endless = np.flatnonzero(~np.isfinite(own.upper)).tolist()
    for column in endless:
        message = f"`{flat.columns[column]}` has no upper limit, which interdiction needs"
        problems.put(Diagnostic("E0636", message))
    if endless:
        return flat
    held = sparse.hstack([sparse.diags_array(own.upper), sparse.eye_array(n)])
    matrix = sparse.vstack(
        [
            sparse.hstack([sparse.csr_array([costs]), sparse.csr_array((1, n))]),
            sparse.hstack([sparse.csr_array((m, n)), own.A]),
            held,
        ]
    )
    switches = [f"interdict_{name}" for name in flat.columns]
    columns = unique([*flat.columns, *switches])
    columns = columns[n:] + columns[:n]
    rows = unique([*flat.rows, "budget", *switches])
    rows = [rows[m], *rows[:m], *rows[m + 1 :]]
    zeros, ones = np.zeros(n), np.ones(n)
    linear = Linear(
        columns=one_family("column", columns),
        rows=one_family("row", rows),
        A=sparse.csr_array(matrix),
        row_lower=np.concatenate([[-np.inf], own.row_lower, np.full(n, -np.inf)]),
        row_upper=np.concatenate([[budget], own.row_upper, own.upper]),
        lower=np.concatenate([zeros, own.lower]),
        upper=np.concatenate([ones, own.upper]),
        integer=np.concatenate([ones.astype(np.bool_), own.integer]),
        cost=np.concatenate([zeros, -own.cost]),
        constant=-own.constant,
        sense=own.sense,
    )
    return Flat(linear, tuple(columns), tuple(rows), flat.free_rows, flat.name)
