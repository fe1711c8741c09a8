"""Two levels to one: the followers' optimality conditions, by transposition of their arrays.

Every follower is turned into a minimum by its sense. With cost `c`, rows `rl <= A y + B x <= ru`
and limits `lb <= y <= ub` of its own columns its answers are exactly the `y` for which there are
multipliers with

    A'(λL - λU) + μL - μU = c + H z,    λL, λU, μL, μU >= 0,

each zero or its side tight, where `H z` are the derivatives of the objective's products at all
columns `z`: squares of the follower's own (convex), and its own times a tariff of the leader's or a
quantity of another follower's. A multiplier and the slack of its side are a *pair*; an equality has
one free multiplier and no pair. Others' columns in a follower's rows are data to it: stationarity
is with respect to the own columns of each follower only.

A column of the Program that stands for a multiplier gets a row that makes it one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from scipy import sparse

from evdsl.program.joins import match
from evdsl.program.linear import Bools, Family, Floats, Indices, Ints, Linear, Role, matrix_of
from evdsl.program.mip import Pairs
from evdsl.program.program import READ, Multipliers, Program

LOWER, EQUAL, UPPER = -1, 0, 1

Values = TypeVar("Values", Floats, Ints)


@dataclass(frozen=True, eq=False)
class Duals:
    """The multiplier columns in their order, each array (q,).

    `row` and `column` say whose multiplier it is: of a row of the Program or, behind all of these,
    of the limits of a column; the other one is -1. `side` is -1 for the lower side, +1 for the
    upper one, and 0 for an equality, whose multiplier is free.
    """

    row: Ints
    column: Ints
    side: Ints

    def __len__(self) -> int:
        return len(self.side)

    @cached_property
    def sign(self) -> Floats:
        """(q,): with this sign a multiplier enters `λL - λU` or `μL - μU`."""
        return np.where(self.side == UPPER, -1.0, 1.0)


@dataclass(frozen=True, eq=False)
class Kkt:
    """The single level without its complementarity, and the pairs that it lacks.

    `linear` has the Program's n columns, then the q multipliers; the Program's rows, then one
    stationarity row for each follower column, in the order of `Program.follower_columns`, then one
    row for each column that stands for a multiplier. Its products are the leader's. Where it is
    `extensible` rows on the leader's columns may be added later: nothing may rely on a column
    standing nowhere else.
    """

    program: Program
    linear: Linear
    duals: Duals
    extensible: bool = False

    @cached_property
    def pairs(self) -> Pairs:
        """The complementarity pairs, without groups."""
        dual = self.pair_dual
        return Pairs(
            multiplier=self.program.joint.shape[1] + dual,
            row=self.duals.row[dual],
            column=self.duals.column[dual],
            side=self.duals.side[dual],
            group=np.broadcast_to(np.int64(-1), len(dual)),
        )

    @cached_property
    def pair_dual(self) -> Ints:
        """(p,): the place of each pair's multiplier in `duals`."""
        return np.flatnonzero(self.duals.side != EQUAL)

    @cached_property
    def multiplier_families(self) -> tuple[Family, ...]:
        return self.linear.columns[len(self.program.joint.columns) :]

    @cached_property
    def limit(self) -> Floats:
        """(q,): what each multiplier's row or column is where its side is tight."""
        joint, duals = self.program.joint, self.duals
        lower = of_sides(duals, joint.row_lower, joint.lower)
        upper = of_sides(duals, joint.row_upper, joint.upper)
        return np.where(duals.side == UPPER, upper, lower)

    def slack(self, x: Floats) -> Floats:
        """(q,): the distance of each multiplier's side at the Program's point `x` (n,)."""
        duals = self.duals
        value = of_sides(duals, self.program.joint.activity(x), x)
        sides = [duals.side == LOWER, duals.side == UPPER]
        apart = [value - self.limit, self.limit - value]
        return np.select(sides, apart, np.zeros(len(duals)))

    def multipliers(self, x: Floats) -> Multipliers:
        """The multipliers in a point of the single level, in the sign of `.dual`.

        That of a column whose two limits meet is its lower limit's.
        """
        m, n = self.program.joint.shape
        duals = self.duals
        value = self._sense * duals.sign * x[n : n + len(duals)]
        of_row, of_column = duals.row >= 0, duals.column >= 0
        at_lower = of_column & (duals.side != UPPER)
        at_upper = of_column & (duals.side == UPPER)
        return Multipliers(
            row=sums(duals.row[of_row], value[of_row], m),
            lower=sums(duals.column[at_lower], value[at_lower], n),
            upper=sums(duals.column[at_upper], value[at_upper], n),
        )

    def values(self, multipliers: Multipliers) -> Floats:
        """(q,): the multiplier columns that say the same as `multipliers`."""
        row, lower, upper = multipliers.row, multipliers.lower, multipliers.upper
        stated: Floats = np.concatenate([row, lower, upper, lower + upper])[self._stated]
        value = self._sense * self.duals.sign * stated
        return np.where(self.duals.side == EQUAL, value, np.maximum(value, 0.0))

    @cached_property
    def _stated(self) -> Ints:
        """(q,): whose each is, of all rows, lower limits, upper limits, and limits that meet."""
        duals, (m, n) = self.duals, self.program.joint.shape
        part = np.select([duals.side == LOWER, duals.side == UPPER], [0, 1], 2)
        return np.where(duals.row >= 0, duals.row, m + n * part + duals.column)

    @cached_property
    def _sense(self) -> Floats:
        program, duals = self.program, self.duals
        owner = of_sides(duals, program.row_owner, program.column_owner)
        return program.owner_sense[owner].astype(float)


def pick(values: Floats, index: Ints) -> Floats:
    """`values[index]`, and 0 where the index is -1."""
    return np.append(values, 0.0)[index]


def of_sides(sides: Duals | Pairs, of_rows: Values, of_columns: Values) -> Values:
    """For each side what its row has, or the column whose limit it is."""
    k = int(np.count_nonzero(sides.row >= 0))  # those of rows come first
    return np.concatenate([of_rows[sides.row[:k]], of_columns[sides.column[k:]]])


def sums(place: Indices, values: Floats, size: int) -> Floats:
    """(size,): the sum of the values at each place."""
    return np.bincount(place, values, minlength=size).astype(float)


def kkt(program: Program, *, extensible: bool = False) -> Kkt:
    """The single level of `program` without its complementarity."""
    joint = program.joint
    families, duals = _multipliers(program)
    q = len(duals)
    stationarity, right = _stationarity(program, duals)
    readings = _readings(program, duals)
    zero = np.zeros(readings.shape[0])
    linear = Linear(
        columns=(*joint.columns, *families),
        rows=(*joint.rows, *_stationarity_families(program), *_reading_families(program)),
        A=sparse.csr_array(
            sparse.vstack(
                [widened(joint.A, joint.shape[1] + q), stationarity, readings], format="csr"
            )
        ),
        row_lower=np.concatenate([joint.row_lower, right, zero]),
        row_upper=np.concatenate([joint.row_upper, right, zero]),
        lower=np.concatenate([joint.lower, np.where(duals.side == EQUAL, -np.inf, 0.0)]),
        upper=np.concatenate([joint.upper, np.full(q, np.inf)]),
        integer=np.concatenate([joint.integer, np.zeros(q, np.bool_)]),
        cost=np.concatenate([joint.cost, np.zeros(q)]),
        constant=joint.constant,
        sense=joint.sense,
        products=joint.products,
    )
    return Kkt(program, linear, duals, extensible)


def widened(matrix: sparse.csr_array, width: int) -> sparse.csr_array:
    """With empty columns behind its own."""
    return sparse.csr_array(
        (matrix.data, matrix.indices, matrix.indptr), shape=(matrix.shape[0], width)
    )


def unit_rows(column: Ints, width: int) -> sparse.csr_array:
    """A row for each of these columns, with 1 there."""
    k = len(column)
    parts = (np.ones(k), column.astype(np.int32), np.arange(k + 1, dtype=np.int32))
    return sparse.csr_array(parts, shape=(k, width))


def _stationarity(program: Program, duals: Duals) -> tuple[sparse.csr_array, Floats]:
    """The rows `-H z + A'(λL - λU) + (μL - μU) = c` over all columns, and their right side."""
    n, own = program.joint.shape[1], program.follower_columns
    of_rows = program.own[duals.row[duals.row >= 0]]
    of_limits = unit_rows(duals.column[duals.column >= 0], n)
    sides = sparse.csr_array(sparse.vstack([of_rows, of_limits], format="csr"))
    sides.data *= np.repeat(duals.sign, np.diff(sides.indptr))
    multipliers = sparse.csr_array(sides.T.tocsr()[own])
    sense = program.owner_sense[program.column_owner[own]]
    if len(program.follower_products):
        curvature = sparse.diags_array(-sense.astype(float)) @ program.follower_hessian[own]
        matrix = sparse.csr_array(sparse.hstack([curvature, multipliers]))
    else:
        parts = (multipliers.data, multipliers.indices + n, multipliers.indptr)
        matrix = sparse.csr_array(parts, shape=(len(own), n + len(duals)))
    matrix.eliminate_zeros()
    return matrix, sense * program.follower_cost[own]


def _readings(program: Program, duals: Duals) -> sparse.csr_array:
    """For each column that stands for a multiplier: the column minus that multiplier is zero."""
    n, readings = program.joint.shape[1], program.readings
    read = np.flatnonzero(program.column_owner == READ)
    place = np.full(n, -1)
    place[read] = np.arange(len(read))
    owner = of_sides(duals, program.row_owner, program.column_owner)
    factor = program.owner_sense[owner] * duals.sign
    entries = [(np.arange(len(read)), read, np.ones(len(read)))]
    for which, of_dual, side in (
        (readings.row, duals.row, np.zeros(len(readings))),
        (readings.limit, duals.column, readings.side),
    ):
        reads = np.flatnonzero(which >= 0)
        entry, dual = match(which[reads], np.where(of_dual >= 0, of_dual, -2))
        entry = reads[entry]
        fits = (side[entry] == 0) | (duals.side[dual] == side[entry])
        fits |= (duals.side[dual] == EQUAL) & (side[entry] == LOWER)
        entries.append((place[readings.column[entry[fits]]], n + dual[fits], -factor[dual[fits]]))
    row, column, value = (np.concatenate(part) for part in zip(*entries, strict=True))
    return matrix_of(row, column, value, (len(read), n + len(duals)))


def _reading_families(program: Program) -> Iterator[Family]:
    start = program.joint.shape[0] + len(program.follower_columns)
    for family in program.joint.columns:
        if family.role == "dual":
            name = f"{family.name}.reading"
            yield derived(family, name, np.ones(family.size, np.bool_), start, "reading")
            start += family.size


def _stationarity_families(program: Program) -> Iterator[Family]:
    start = program.joint.shape[0]
    for family in program.joint.columns:
        if family.size and program.column_owner[family.start] > 0:
            name = f"{family.name}.stationarity"
            yield derived(family, name, np.ones(family.size, np.bool_), start, "stationarity")
            start += family.size


def _multipliers(program: Program) -> tuple[list[Family], Duals]:
    """One family for each side of each family of the followers' rows and columns."""
    joint = program.joint
    families: list[Family] = []
    rows, columns, sides = [], [], []
    start, taken = joint.shape[1], set[tuple[str, str]]()
    for owner, limits, own in (
        (joint.rows, (joint.row_lower, joint.row_upper), program.row_owner),
        (joint.columns, (joint.lower, joint.upper), program.column_owner),
    ):
        for family in owner:
            if not family.size or own[family.start] <= 0:
                continue
            lower, upper = (limit[family.slice] for limit in limits)
            for name, side, mask in _sides(family, lower, upper, owner is joint.columns):
                unique = name if (family.block, name) not in taken else f"{name}.constant"
                taken.add((family.block, unique))
                families.append(derived(family, unique, mask, start, "multiplier"))
                where = family.start + np.flatnonzero(mask)
                nothing = np.full(len(where), -1)
                rows.append(where if owner is joint.rows else nothing)
                columns.append(where if owner is joint.columns else nothing)
                sides.append(np.full(len(where), side))
                start += len(where)
    return families, Duals(_joined(rows), _joined(columns), _joined(sides))


def _sides(
    family: Family, lower: Floats, upper: Floats, named: bool
) -> list[tuple[str, int, Bools]]:
    """Name, side and members of a family's multipliers; `named` where a single side is spelt out.

    `soc.dual` where all members have the same one side, else `cap.lower.dual`, `cap.upper.dual`.
    """
    equal = lower == upper
    found = [
        (side, mask)
        for side, mask in (
            (EQUAL, equal),
            (LOWER, ~equal & np.isfinite(lower)),
            (UPPER, ~equal & np.isfinite(upper)),
        )
        if mask.any()
    ]
    words = {EQUAL: "", LOWER: ".lower", UPPER: ".upper"}
    plain = len(found) == 1 and not named
    return [
        (f"{family.name}{'' if plain else words[side]}.dual", side, mask) for side, mask in found
    ]


def derived(family: Family, name: str, mask: Bools, start: int, role: Role) -> Family:
    """A generated family over those members of `family` where `mask` is true."""
    return Family(
        block=family.block,
        name=name,
        keys=family.keys if mask.all() else family.keys.take(mask),
        start=start,
        role=role,
        bind=family.bind,
        span=family.span,
    )


def _joined(parts: Iterable[Ints]) -> Ints:
    return np.concatenate([np.empty(0, np.int64), *parts])
