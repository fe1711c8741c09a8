"""The components of a Program: parts that have neither a row nor a product in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from evdsl.program.linear import Family, Ints, Products
from evdsl.program.program import READ, Multipliers, Program, Readings
from evdsl.solve.polish import Polished


@dataclass(frozen=True, eq=False)
class Component:
    """A Program of its own, and the places of its `rows`, `columns` and `followers` (counted from
    0) in the whole, each in the order of the whole.

    The leader's objective of the whole is the sum of the components'.
    """

    program: Program
    rows: Ints
    columns: Ints
    followers: Ints

    def answer(self, whole: Polished) -> Polished:
        """This component's part of an answer that holds the leader's rows."""
        x, of = whole.x[self.columns], whole.multipliers
        own = Multipliers(of.row[self.rows], of.lower[self.columns], of.upper[self.columns])
        return Polished(x, own, self.program.joint.objective(x), leader_rows_hold=True)


def components(program: Program) -> tuple[Component, ...]:
    """The parts that can be solved one by one, in the order of their first columns.

    What belongs together: the columns of a row, of a product and of a follower's objective; a
    follower's rows and columns; a column that stands for a multiplier and its row. What has no
    follower is one component; a column or a row that hangs together with nothing is the first's.
    """
    of_row, of_column, of_follower = _grouped(program, *_hanging_together(program))
    order = list(dict.fromkeys(of_column.tolist()))
    if len(order) <= 1:
        return (whole(program),)
    columns = [np.flatnonzero(of_column == group) for group in order]
    return tuple(
        Component(_part(program, rows, own, followers, constant), rows, own, followers)
        for own, rows, followers, constant in zip(
            columns,
            (np.flatnonzero(of_row == group) for group in order),
            (np.flatnonzero(of_follower == group) for group in order),
            _constants(program, columns),
            strict=True,
        )
    )


def whole(program: Program) -> Component:
    """A Program as its only component."""
    m, n = program.joint.shape
    return Component(program, np.arange(m), np.arange(n), np.arange(len(program.followers)))


def _hanging_together(program: Program) -> tuple[Ints, Ints, Ints]:
    """For each row, column and follower the number of the group that it hangs together with."""
    (m, n), K = program.joint.shape, len(program.followers)
    row, column, follower = np.arange(m), m + np.arange(n), m + n + np.arange(K)
    objective = program.joint.products.of_objective
    readings = program.readings
    of_rows, of_limits = readings.row >= 0, readings.limit >= 0
    paid, foreign = program.foreign_cost.tocoo().coords
    held, holds = program.joint.A.tocoo().coords
    links = [
        (row[held], column[holds]),
        *((row[one], column[other]) for one, other in _members(program.joint.products.of_rows)),
        (column[objective.first], column[objective.second]),
        *((follower[k - 1], column[j]) for k, j in _members(program.follower_products)),
        (follower[paid], column[foreign]),
        (column[readings.column[of_rows]], row[readings.row[of_rows]]),
        (column[readings.column[of_limits]], column[readings.limit[of_limits]]),
    ]
    for owner, owned in ((program.row_owner, row), (program.column_owner, column)):
        links.append((follower[owner[owner > 0] - 1], owned[owner > 0]))
    one, other = (np.concatenate(ends) for ends in zip(*links, strict=True))
    size = m + n + K
    graph = sparse.coo_array((np.ones(len(one)), (one, other)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    group = label.astype(np.int64)
    return group[:m], group[m : m + n], group[m + n :]


def _members(terms: Products) -> Iterator[tuple[Ints, Ints]]:
    """The row of each product with its first and with its second column."""
    yield terms.row, terms.first
    yield terms.row, terms.second


def _grouped(
    program: Program, of_row: Ints, of_column: Ints, of_follower: Ints
) -> tuple[Ints, Ints, Ints]:
    """The groups with all that has no follower in one, and what is alone in the first."""
    size = np.bincount(np.concatenate([of_row, of_column, of_follower]))
    followed = np.zeros(len(size), np.bool_)
    followed[of_column[program.column_owner > 0]] = True
    alone = (size == 1) & ~followed
    larger = of_column[~alone[of_column]]
    rest = larger[~followed[larger]]
    group = np.arange(len(size))
    group[~followed] = rest[0] if len(rest) else 0
    group[alone | ~np.isin(group, larger)] = larger[0] if len(larger) else 0
    return group[of_row], group[of_column], group[of_follower]


def _constants(program: Program, columns: list[Ints]) -> list[float]:
    """What of the objective's constant each component gets, so that gaps mean something there.

    `q x^2 + c x` is least at `-c^2 / 4q`: a component gets what lifts these to 0, as in a sum of
    squared deviations, and an even share of the rest.
    """
    joint = program.joint
    squares = joint.products.of_objective
    squares = squares.where((squares.first == squares.second) & (joint.sense * squares.coef > 0))
    lift = np.zeros(joint.shape[1])
    lift[squares.first] = joint.cost[squares.first] ** 2 / (4 * squares.coef)
    lifts = [float(lift[own].sum()) for own in columns]
    share = (joint.constant - sum(lifts)) / len(columns)
    return [own + share for own in lifts]


def _part(program: Program, rows: Ints, columns: Ints, followers: Ints, constant: float) -> Program:
    """The Program over these, renumbered."""
    joint = program.joint
    owner = np.zeros(len(program.followers) + 2, np.int64)
    owner[1 + followers] = 1 + np.arange(len(followers))
    owner[READ] = READ
    row, column = _renumbered(joint.shape[0], rows), _renumbered(joint.shape[1], columns)
    read = program.readings
    mine = column[read.column] >= 0
    return Program(
        joint=replace(
            joint.cut(rows, columns),
            columns=_families(joint.columns, columns),
            rows=_families(joint.rows, rows),
            constant=constant,
            products=_products(joint.products, row, column),
        ),
        column_owner=owner[program.column_owner[columns]],
        row_owner=owner[program.row_owner[rows]],
        followers=tuple(program.followers[k] for k in followers.tolist()),
        follower_cost=program.follower_cost[columns],
        foreign_cost=sparse.csr_array(program.foreign_cost[followers][:, columns]),
        limit_column=column[program.limit_column[rows]],
        dual_lower=program.dual_lower[rows],
        dual_upper=program.dual_upper[rows],
        dual_stated=program.dual_stated[rows],
        name=program.name,
        follower_products=_products(program.follower_products, owner, column),
        readings=Readings(
            column[read.column[mine]],
            row[read.row[mine]],
            column[read.limit[mine]],
            read.side[mine],
        ),
    )


def _renumbered(size: int, kept: Ints) -> Ints:
    """(size + 1,): where each place is among the kept ones; -1 elsewhere, and of place -1."""
    place = np.full(size + 1, -1, np.int64)
    place[kept] = np.arange(len(kept))
    return place


def _products(terms: Products, row: Ints, column: Ints) -> Products:
    own = terms.where(column[terms.first] >= 0)
    return Products(row[own.row], column[own.first], column[own.second], own.coef)


def _families(families: tuple[Family, ...], kept: Ints) -> tuple[Family, ...]:
    """The families with the members at these places (ascending)."""
    found, start = [], 0
    for family in families:
        first, last = np.searchsorted(kept, [family.start, family.stop])
        if first < last:
            keys = family.keys.take(kept[first:last] - family.start)
            found.append(replace(family, keys=keys, start=start))
            start += keys.size
    return tuple(found)
