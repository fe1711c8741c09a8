"""Elements that share nothing solved some at a time: small programs take less together than alone.

What each answers does not depend on those beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evdsl.program.linear import Bools, Floats, Ints, Linear
from evdsl.program.lp import LpAnswer, LpStatus
from evdsl.program.parts import Part, parts
from evdsl.program.qp import solve_qp
from evdsl.program.unique import another_optimum, have_others

_TOGETHER = 4000


@dataclass(frozen=True, eq=False)
class Batch:
    """Elements as one program: no row joins two of them. The owners of its columns (n,) and rows
    (m,) count from 1 to `count`."""

    linear: Linear
    column_owner: Ints
    row_owner: Ints
    count: int


@dataclass(frozen=True, eq=False)
class BatchAnswer:
    """`x`, `column_dual` (n,) and `row_dual` (m,) of a batch, the status (count) of each element,
    and which of them have other optima."""

    x: Floats
    row_dual: Floats
    column_dual: Floats
    status: list[LpStatus]
    tied: Bools


def batches(
    linear: Linear, column_owner: Ints, row_owner: Ints, count: int
) -> Iterator[tuple[Part, Batch]]:
    """The elements in their order, some at a time if their program is linear and small; owners
    count from 1."""
    size = np.bincount(column_owner, minlength=count + 1)[1:]
    most = _TOGETHER if not len(linear.products) else 1
    begun = np.cumsum(size) - size
    edges = np.flatnonzero(np.diff(begun // most, prepend=-1))
    batch = np.zeros(count + 1, np.int64)
    batch[1:] = np.searchsorted(edges, np.arange(count), "right")
    first = np.append(0, edges)
    owners = batch[column_owner], batch[row_owner]
    every = np.arange(1, len(edges) + 1)
    for k, part in enumerate(parts(linear, *owners, len(edges), every), start=1):
        mine = column_owner[part.columns] - first[k], row_owner[part.rows] - first[k]
        yield part, Batch(part.linear, *mine, int((batch == k).sum()))


def solve_batch(batch: Batch) -> BatchAnswer:
    """The optima of some elements, each at the point that it has alone.

    An element without another optimum has its part of the batch's. Where the batch has none, or
    all of its elements may have others, nothing is known of any.
    """
    linear, count = batch.linear, batch.count
    answer = solve_qp(linear)
    optimal = answer.status == "optimal"
    tied = np.zeros(count, np.bool_)
    if optimal:
        tied = have_others(linear, answer, batch.column_owner - 1, count)
    x, row, reduced = answer.x.copy(), answer.row_dual.copy(), answer.column_dual.copy()
    status = [answer.status] * count
    if count > 1 and (not optimal or tied.any()):
        unknown = not optimal or bool(tied.all())
        again = np.arange(count) if unknown else np.flatnonzero(tied)
        cut = parts(linear, batch.column_owner, batch.row_owner, count, again + 1)
        for k, part in zip(again.tolist(), cut, strict=True):
            alone = solve_qp(part.linear)
            x[part.columns], row[part.rows] = alone.x, alone.row_dual
            reduced[part.columns], status[k] = alone.column_dual, alone.status
            if unknown:
                tied[k] = _has_another(part.linear, alone)
    return BatchAnswer(x, row, reduced, status, tied)


def _has_another(linear: Linear, answer: LpAnswer) -> bool:
    return answer.status == "optimal" and another_optimum(linear, answer) is not None


def solve_batches(batches: Sequence[Batch]) -> list[BatchAnswer]:
    """A task of a worker."""
    return [solve_batch(batch) for batch in batches]
