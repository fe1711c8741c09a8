"""Factors of the identities of products.py with which given products cancel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, connected_components

from evdsl.program.linear import Bools, Floats, Ints, Products
from evdsl.reformulate.kkt import Kkt

_AGREE = 1e-9


@dataclass(frozen=True, eq=False)
class Identities:
    """The sums that are zero at every solution.

    `sides` (q, n) CSR are the `a_i`, `limit` (q,) the `b_i`, `sign` (q,) the `s_i`; `slope` (n, n)
    CSR and `cost` (n,) the `h_j` and `c_j`, in minimum form; `mine` (q, n) CSR are the entries of
    `sides` at columns of the same follower.
    """

    n: int
    sides: sparse.csr_array[Any]
    mine: sparse.csr_array[Any]
    limit: Floats
    sign: Floats
    slope: sparse.csr_array[Any]
    cost: Floats


def identities_of(kkt: Kkt) -> Identities:
    program, duals = kkt.program, kkt.duals
    joint, n = program.joint, program.joint.shape[1]
    unit = sparse.eye_array(n, format="csr")
    nothing = sparse.csr_array((1, n))
    rows = sparse.csr_array(sparse.vstack([joint.A, nothing]))[duals.row]
    own_rows = sparse.csr_array(sparse.vstack([program.own, nothing]))[duals.row]
    columns = sparse.csr_array(sparse.vstack([unit, nothing]))[duals.column]
    sense = np.append(program.owner_sense, 0)[program.column_owner].astype(float)
    return Identities(
        n=n,
        sides=sparse.csr_array(rows + columns),
        mine=sparse.csr_array(own_rows + columns),
        limit=kkt.limit,
        sign=duals.sign,
        slope=sparse.csr_array(sparse.diags_array(sense) @ program.follower_hessian),
        cost=sense * program.follower_cost,
    )


def cancelling(identities: Identities, own: Products) -> tuple[Floats, Floats]:
    """α (q,) and β (n,) that cancel the products of one row or objective where that is possible."""
    n = identities.n
    equations = _equations(identities, own)
    factors = np.zeros(n + len(identities.limit))
    for members in equations.components():
        factors[members] = equations.solved(members)
    return factors[n:], factors[:n]


def _equations(identities: Identities, own: Products) -> _Equations:
    n, q = identities.n, len(identities.limit)
    follows = np.zeros(n, np.bool_)
    follows[identities.mine.indices] = True
    priced = own.second >= n
    prices = _Entries(own.second[priced] - n, own.first[priced], own.coef[priced])
    one, other, coef = own.first[~priced], own.second[~priced], own.coef[~priced]
    mixed = follows[one] != follows[other]
    tariffs = _Entries(
        np.where(follows[one], one, other)[mixed],
        np.where(follows[one], other, one)[mixed],
        coef[mixed],
    )
    mine, whole = _entries(identities.mine), _entries(identities.sides)
    foreign = whole.where(~whole.found_in(mine))
    slope = _entries(identities.slope)
    slope = slope.where(~follows[slope.column])
    least, most = np.full(n + q, np.inf), np.full(n + q, -np.inf)
    for node, demand in (
        (n + foreign.row, -foreign.looked_up(prices) / foreign.value),
        (slope.row, slope.looked_up(tariffs) / slope.value),
    ):
        np.minimum.at(least, node, demand)
        np.maximum.at(most, node, demand)
    for lost in (
        n + prices.row[~prices.found_in(whole)],
        tariffs.row[~tariffs.found_in(slope)],
    ):
        least[lost], most[lost] = -np.inf, np.inf
    touched = np.zeros(n + q, np.bool_)
    touched[n + prices.row] = True
    touched[tariffs.row] = True
    return _Equations(
        edge=np.stack([mine.column, n + mine.row], axis=1),
        turn=identities.sign[mine.row],
        rest=mine.looked_up(prices) / mine.value,
        least=least,
        most=most,
        touched=touched,
    )


@dataclass(frozen=True, eq=False)
class _Entries:
    """A sparse matrix as its entries, each array (e,)."""

    row: Ints
    column: Ints
    value: Floats

    def where(self, kept: Bools) -> _Entries:
        return _Entries(self.row[kept], self.column[kept], self.value[kept])

    def looked_up(self, other: _Entries) -> Floats:
        """(e,): what `other` holds at these places, 0 where nothing."""
        place = self._place_in(other)
        return np.where(place >= 0, np.append(other.value, 0.0)[place], 0.0)

    def found_in(self, other: _Entries) -> Bools:
        return self._place_in(other) >= 0

    def _place_in(self, other: _Entries) -> Ints:
        width = 1 + max(int(self.column.max(initial=0)), int(other.column.max(initial=0)))
        key, known = self.row * width + self.column, other.row * width + other.column
        order = np.argsort(known)
        at = np.searchsorted(known[order], key)
        at[at == len(known)] = 0
        if not len(known):
            return np.full(len(key), -1)
        return np.where(known[order][at] == key, order[at], -1)


def _entries(matrix: sparse.csr_array[Any]) -> _Entries:
    whole = sparse.coo_array(matrix)
    present = whole.data != 0
    row, column = (c.astype(np.int64) for c in whole.coords)
    return _Entries(row[present], column[present], whole.data[present])


@dataclass(frozen=True, eq=False)
class _Equations:
    """Equations for the factors: node j < n is β_j, node n + i is α_i.

    `edge` (e, 2) are the β and the α of an equation `α + turn β + rest = 0`, with `turn`, `rest`
    (e,). `least`, `most` (n + q,) are the smallest and the largest value that equations of a factor
    alone demand of it: inf and -inf where none does, -inf and inf where a product of it is in no
    equation. `touched` (n + q,) are the factors of the products that are to be cancelled.
    """

    edge: Ints
    turn: Floats
    rest: Floats
    least: Floats
    most: Floats
    touched: Bools

    def components(self) -> Iterator[Ints]:
        """The factors that hang together, where one of them is touched."""
        _, label = connected_components(self._graph, directed=False)
        for wanted in np.unique(label[self.touched]):
            yield np.flatnonzero(label == wanted)

    def solved(self, members: Ints) -> Floats:
        """The factors of a component; 0 where its equations disagree.

        Each is `offset + slope t` with one number `t` for all, which an equation of a single factor
        or a circle of equations decides; without any it is 0.
        """
        offset, slope = self._along_tree(int(members[0]))
        inside = np.isin(self.edge[:, 1], members)
        beta, alpha = self.edge[inside].T
        turn, rest = self.turn[inside], self.rest[inside]
        at = members[np.isfinite(self.least[members])]
        constant = np.concatenate(
            [
                offset[alpha] + turn * offset[beta] + rest,
                offset[at] - self.least[at],
                offset[at] - self.most[at],
            ]
        )
        linear = np.concatenate([slope[alpha] + turn * slope[beta], slope[at], slope[at]])
        deciding = np.flatnonzero(np.abs(linear) > _AGREE)
        t = -constant[deciding[0]] / linear[deciding[0]] if len(deciding) else 0.0
        values = offset[members] + slope[members] * t
        scale = 1.0 + float(np.abs(values).max())
        impossible = np.isneginf(self.least[members]).any()
        if impossible or (np.abs(constant + linear * t) > _AGREE * scale).any():
            return np.zeros(len(members))
        return values

    def _along_tree(self, root: int) -> tuple[Floats, Floats]:
        """`offset` and `slope` of each factor along a tree from `root`, whose own are 0 and 1."""
        order, before = breadth_first_order(self._graph, root, directed=False)
        size = len(self.least)
        offset, slope = np.zeros(size), np.zeros(size)
        slope[root] = 1.0
        for node in order[1:].tolist():
            other = int(before[node])
            beta, alpha = (node, other) if node < other else (other, node)
            k = int(self._place[beta, alpha]) - 1
            turn, rest = self.turn[k], self.rest[k]
            if node == alpha:
                offset[node], slope[node] = -turn * offset[beta] - rest, -turn * slope[beta]
            else:
                offset[node], slope[node] = -turn * (offset[alpha] + rest), -turn * slope[alpha]
        return offset, slope

    @cached_property
    def _graph(self) -> sparse.csr_array[Any]:
        size, ones = len(self.least), np.ones(len(self.edge))
        return sparse.csr_array((ones, (self.edge[:, 0], self.edge[:, 1])), shape=(size, size))

    @cached_property
    def _place(self) -> Any:
        """Where the equation of two factors stands, counted from 1."""
        size = len(self.least)
        number = np.arange(1, len(self.edge) + 1)
        where = (self.edge[:, 0], self.edge[:, 1])
        return sparse.dok_array(sparse.coo_array((number, where), shape=(size, size)))
