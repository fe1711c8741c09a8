"""The followers alone, as the problem that they solve once all others have decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
from scipy import sparse

from evdsl.program.linear import Bools, Floats, Ints, Linear, Products
from evdsl.program.lp import LpAnswer, solve_lp
from evdsl.program.program import Multipliers, Program
from evdsl.program.qp import solve_qp

Matrix: TypeAlias = "sparse.csr_array[Any]"
_LOOSE_TOLERANCE = 1e-7


@dataclass(frozen=True, eq=False)
class Followers:
    """The rows and columns of some followers, all minima, each follower's cost at most 1.

    `columns` (q,) and `rows` (p,) are positions in the Program, whose joint level has this `shape`;
    `own` is over them, with the costs of others' columns at 0, and holds no part of others';
    `links` (p, n) CSR are others' columns in these rows and `tariffs` (q, n) CSR what they add to
    the marginal costs. A cost or a multiplier of `own` times `factor` of its column or row is one
    of the user's: the factors hold the senses and the scales.
    """

    shape: tuple[int, int]
    columns: Ints
    rows: Ints
    own: Linear
    links: Matrix
    tariffs: Matrix
    column_factor: Floats
    row_factor: Floats

    def at(self, others: Floats) -> Linear:
        """Their problem where all other columns are as in `others` (n,); nan, for columns that they
        do not see, counts as 0."""
        others = np.where(np.isnan(others), 0.0, others)
        moved = self.links @ others
        return replace(
            self.own,
            row_lower=self.own.row_lower - moved,
            row_upper=self.own.row_upper - moved,
            cost=self.own.cost + self.tariffs @ others,
        )

    def answer(self, others: Floats) -> LpAnswer:
        """What they answer to others' decisions (n,), of which only those of others' columns count.

        Where they have none within the tolerance of 1e-9 a tolerance of 1e-7 is tried: a decision
        that a solver found may be off by its rounding.
        """
        here = self.at(others)
        if len(here.products):
            return solve_qp(here)
        tight = solve_lp(here)
        return tight if tight.status != "infeasible" else solve_lp(here, tolerance=_LOOSE_TOLERANCE)

    def multipliers(self, answer: LpAnswer) -> Multipliers:
        """The answer's multipliers in the sign of `.dual`; 0 on other rows and columns.

        That of a column whose two limits meet is its lower limit's.
        """
        m, n = self.shape
        row, lower, upper = np.zeros(m), np.zeros(n), np.zeros(n)
        row[self.rows] = answer.row_dual * self.row_factor
        meet = self.own.lower == self.own.upper
        of_lower = meet | (answer.column_dual > 0)
        lower[self.columns] = np.where(of_lower, answer.column_dual, 0.0) * self.column_factor
        upper[self.columns] = np.where(of_lower, 0.0, answer.column_dual) * self.column_factor
        return Multipliers(row, lower, upper)

    def with_curvature(self, joint: Linear, answer: LpAnswer) -> Linear:
        """`joint`, whose first columns are the Program's, with the curved part of the marginal
        costs at its value: all optima of a convex quadratic program have the same `Q y`."""
        hessian = self.own.products.hessian(len(self.columns))
        curved = np.flatnonzero(np.diff(hessian.indptr) > 0)
        part = sparse.coo_array(hessian[curved])
        rows = sparse.csr_array(
            (part.data, (part.coords[0], self.columns[part.coords[1]])),
            shape=(len(curved), joint.shape[1]),
        )
        value = np.asarray(hessian[curved] @ answer.x)
        return replace(
            joint,
            A=sparse.csr_array(sparse.vstack([joint.A, rows])),
            row_lower=np.append(joint.row_lower, value),
            row_upper=np.append(joint.row_upper, value),
        )


_known: WeakKeyDictionary[Program, Followers] = WeakKeyDictionary()


def followers(program: Program, only: int | None = None) -> Followers:
    """All followers of a program, which are looked for once, or `only` the one with this number,
    counted from 1."""
    last = len(program.followers)
    if only is not None and last > 1:
        return _chosen(program, np.array([only]))
    if program not in _known:
        _known[program] = _chosen(program, np.arange(1, last + 1))
    return _known[program]


def _chosen(program: Program, chosen: Ints) -> Followers:
    joint = program.joint
    n = joint.shape[1]
    rows = np.flatnonzero(np.isin(program.row_owner, chosen))
    columns = np.flatnonzero(np.isin(program.column_owner, chosen))
    matrix = sparse.csr_array(joint.A[rows])
    scale = _cost_scales(program) * program.owner_sense
    column_factor = scale[program.column_owner[columns]]
    own = replace(
        joint.cut(rows, columns),
        cost=program.follower_cost[columns] / column_factor,
        sense=1,
        products=_own_products(program, columns, scale),
    )
    outside = np.ones(n)
    outside[columns] = 0.0
    others = sparse.diags_array(outside)
    slope = sparse.diags_array(1.0 / column_factor) @ program.follower_hessian[columns]
    return Followers(
        shape=joint.shape,
        columns=columns,
        rows=rows,
        own=own,
        links=sparse.csr_array(matrix @ others),
        tariffs=sparse.csr_array(slope @ others),
        column_factor=column_factor,
        row_factor=scale[program.row_owner[rows]],
    )


def _own_products(program: Program, columns: Ints, scale: Floats) -> Products:
    """The products of two columns of one follower, over these columns and as their objective."""
    terms = program.follower_products
    place = np.full(program.joint.shape[1], -1)
    place[columns] = np.arange(len(columns))
    inside = (place[terms.first] >= 0) & (place[terms.second] >= 0)
    inside &= program.column_owner[terms.first] == terms.row
    inside &= program.column_owner[terms.second] == terms.row
    kept = terms.where(inside)
    objective = np.full(len(kept), -1)
    return Products.of(
        objective, place[kept.first], place[kept.second], kept.coef / scale[kept.row]
    )


def linked_columns(program: Program) -> Bools:
    """(n,): the leader's columns that the followers' rows or marginal costs hold, so that their
    answer depends on them."""
    used = np.zeros(program.joint.shape[1], np.bool_)
    matrix = program.joint.A[program.follower_rows]
    used[matrix.indices[matrix.data != 0]] = True
    slope = program.follower_hessian
    used[slope.indices[slope.data != 0]] = True
    linked: Bools = used & (program.column_owner == 0)
    return linked


def _cost_scales(program: Program) -> Floats:
    """(K + 1,): the largest cost of each owner, 1 where it has none."""
    scales = np.zeros(len(program.followers) + 1)
    own = program.follower_columns
    np.maximum.at(scales, program.column_owner[own], np.abs(program.follower_cost[own]))
    terms = program.follower_products
    np.maximum.at(scales, terms.row, np.abs(terms.coef))
    return np.where(scales > 0, scales, 1.0)
