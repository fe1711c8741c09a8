"""A part of a program with all else as it is: two levels again, whose size is that of the part.

What the followers decide outside stays, and so do the multipliers of the rows that reach out. So a
follower's conditions outside hold whatever happens inside, and those inside are the conditions of a
smaller follower that pays for the rows that reach out at their multipliers. A bilevel answer of the
part, put into the whole, is a bilevel answer of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order

from evdsl.program.keys import Elements, Keys
from evdsl.program.linear import Bools, Family, Floats, Ints, Products
from evdsl.program.links import links
from evdsl.program.program import Multipliers, Program
from evdsl.solve.followers import linked_columns
from evdsl.solve.polish import Polished

_PINNING = 1e-9


@dataclass(frozen=True, eq=False)
class Part:
    """`program` are two levels over `columns` and `rows` of a whole one, where `start` is now."""

    program: Program
    columns: Ints
    rows: Ints
    start: Polished

    def put_back(self, answer: Polished, whole: Polished) -> Polished:
        """`whole` with an answer of the part in the place of its own."""
        x = whole.x.copy()
        row, lower, upper = (
            values.copy()
            for values in (whole.multipliers.row, whole.multipliers.lower, whole.multipliers.upper)
        )
        x[self.columns] = answer.x
        own = self.program.row_owner > 0
        row[self.rows[own]] = answer.multipliers.row[own]
        lower[self.columns], upper[self.columns] = (
            answer.multipliers.lower,
            answer.multipliers.upper,
        )
        gain = answer.objective - self.start.objective
        return Polished(x, Multipliers(row, lower, upper), whole.objective + gain, True)


@dataclass(frozen=True, eq=False)
class Parts:
    """Makes the parts of a program whose followers are continuous, decide alone, and whose
    multipliers nobody reads (suited.py).

    `by_column` are the rows of all levels, `own` as in Program, `curvature` and `curved` the second
    derivatives of the followers' objectives and of the leader's; `linked` (n,) are the leader's
    columns that followers see.
    """

    program: Program
    by_column: sparse.csc_array[Any]
    own: sparse.csr_array[Any]
    curvature: sparse.csr_array[Any]
    curved: sparse.csr_array[Any]
    linked: Bools

    @staticmethod
    def of(program: Program) -> Parts:
        joint = program.joint
        return Parts(
            program,
            sparse.csc_array(joint.A),
            program.own,
            program.follower_hessian,
            joint.products.of_objective.hessian(joint.shape[1]),
            linked_columns(program),
        )

    def around(self, center: int, size: int) -> Ints:
        """(size,): the followers' columns that are nearest to one of them: few rows and columns lie
        between."""
        m = self.program.joint.shape[0]
        order = breadth_first_order(
            self._graph, m + center, directed=False, return_predecessors=False
        )
        return np.asarray(order[order >= m][:size] - m)

    @cached_property
    def _graph(self) -> sparse.csr_array[Any]:
        return links(self.program.own)

    def part(self, inside: Ints, at: Polished) -> Part | None:
        """Where only the followers' columns `inside` may move, and what of the leader's hangs on no
        other; None where the followers would see nothing of that."""
        mine = self._uncoupled(_mask(inside, self.program.joint.shape[1]))
        touched = self._rows_of(np.flatnonzero(mine))
        of_follower = touched[self.program.row_owner[touched] > 0]
        moving = of_follower[~self._reach_out(of_follower, mine)]
        mine |= self._leaders(touched, of_follower, mine)
        columns = np.flatnonzero(mine)
        if not len(moving) or not self.linked[columns].any():
            return None
        rows = self._rows_of(columns)
        owner = np.where(np.isin(rows, moving), self.program.row_owner[rows], 0)
        columns = columns[np.argsort(self.program.column_owner[columns], kind="stable")]
        order = np.argsort(owner, kind="stable")
        return self._made(columns, rows[order], owner[order], at)

    def _rows_of(self, columns: Ints) -> Ints:
        return np.unique(self.by_column[:, columns].indices).astype(np.int64)

    def _uncoupled(self, mine: Bools) -> Bools:
        """Without columns whose squares hang together with those of a follower's column outside."""
        while self.curvature.nnz:
            coupled = sparse.csr_array(self.curvature[np.flatnonzero(mine)])
            row = np.repeat(np.flatnonzero(mine), np.diff(coupled.indptr))
            out = ~mine[coupled.indices] & (self.program.column_owner[coupled.indices] > 0)
            if not out.any():
                break
            mine = mine.copy()
            mine[row[out]] = False
        return mine

    def _reach_out(self, rows: Ints, mine: Bools) -> Bools:
        """(k,): the rows that hold a column of their follower's that is outside."""
        held = sparse.csr_array(self.own[rows])
        return np.asarray(_counts(held, ~mine[held.indices]) > 0)

    def _leaders(self, touched: Ints, of_follower: Ints, mine: Bools) -> Bools:
        """(n,): the leader's columns in these rows that no follower outside sees."""
        program = self.program
        held = sparse.csr_array(program.joint.A[touched]).indices
        candidates = np.unique(held[program.column_owner[held] == 0])
        candidates = candidates[~program.joint.integer[candidates]]
        rows = sparse.csc_array(self.by_column[:, candidates])
        known = np.zeros(program.joint.shape[0], np.bool_)
        known[of_follower] = True
        foreign = (program.row_owner[rows.indices] > 0) & ~known[rows.indices]
        seen = sparse.csc_array(self.curvature[:, candidates]) if self.curvature.nnz else None
        bad = _counts(rows, foreign) > 0
        if seen is not None:
            bad |= _counts(seen, ~mine[seen.indices]) > 0
        return _mask(candidates[~bad], len(mine))

    def _made(self, columns: Ints, rows: Ints, owner: Ints, at: Polished) -> Part:
        whole, joint = self.program, self.program.joint
        x, n = at.x, joint.shape[1]
        outside = x.copy()
        outside[columns] = 0.0
        held = sparse.csr_array(joint.A[rows])
        moved = held @ outside
        row_lower, row_upper = joint.row_lower[rows].copy(), joint.row_upper[rows].copy()
        reaching = (owner == 0) & (whole.row_owner[rows] > 0)
        self._pin(row_lower, row_upper, rows, reaching, at)
        place = np.full(n, -1)
        place[columns] = np.arange(len(columns))
        level = replace(
            joint.cut(rows, columns),
            columns=_families(whole.column_owner[columns], columns),
            rows=_families(owner, rows),
            row_lower=row_lower - moved,
            row_upper=row_upper - moved,
            cost=joint.cost[columns] + self.curved[columns] @ outside,
            products=_within(joint.products, place),
        )
        out = rows[reaching]
        paid = self.own[out][:, columns].T @ at.multipliers.row[out]
        cost = whole.follower_cost[columns] + self.curvature[columns] @ outside - paid
        follows = whole.column_owner[columns] > 0
        program = Program(
            joint=level,
            column_owner=whole.column_owner[columns],
            row_owner=owner,
            followers=whole.followers,
            follower_cost=np.where(follows, cost, 0.0),
            foreign_cost=sparse.csr_array((len(whole.followers), len(columns))),
            limit_column=np.full(len(rows), -1),
            dual_lower=np.full(len(rows), -np.inf),
            dual_upper=np.full(len(rows), np.inf),
            dual_stated=np.zeros(len(rows), np.bool_),
            name=whole.name,
            follower_products=_within(whole.follower_products, place),
        )
        own = Multipliers(
            np.where(owner > 0, at.multipliers.row[rows], 0.0),
            at.multipliers.lower[columns],
            at.multipliers.upper[columns],
        )
        start = Polished(x[columns], own, level.objective(x[columns]), True)
        return Part(program, columns, rows, start)

    def _pin(self, lower: Floats, upper: Floats, rows: Ints, reaching: Bools, at: Polished) -> None:
        """Make the rows that reach out tight where a multiplier wants it."""
        sense = self.program.owner_sense[self.program.row_owner[rows]]
        price = np.where(reaching, sense * at.multipliers.row[rows], 0.0)
        upper[price > _PINNING] = lower[price > _PINNING]
        lower[price < -_PINNING] = upper[price < -_PINNING]


def _within(products: Products, place: Ints) -> Products:
    """The terms of two columns that have a new place."""
    kept = products.where((place[products.first] >= 0) & (place[products.second] >= 0))
    return Products.of(kept.row, place[kept.first], place[kept.second], kept.coef)


def _mask(places: Ints, size: int) -> Bools:
    mask = np.zeros(size, np.bool_)
    mask[places] = True
    return mask


def _counts(matrix: Any, wanted: Bools) -> Ints:
    """How many entries of each row (CSR) or column (CSC) are wanted."""
    total = np.append(0, np.cumsum(wanted))
    return np.asarray(total[matrix.indptr[1:]] - total[matrix.indptr[:-1]])


def _families(owner: Ints, places: Ints) -> tuple[Family, ...]:
    """One for each owner, whose keys are the places in the whole."""
    found = []
    for k in np.unique(owner).tolist():
        start, stop = np.searchsorted(owner, [k, k + 1]).tolist()
        which = places[start:stop]
        elements = Elements("place", "whole", which)
        keys = Keys((elements,), (np.arange(len(which)),), len(which))
        found.append(Family(f"{k}", "part", keys, start))
    return tuple(found)
