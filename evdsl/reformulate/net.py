"""The followers' multipliers in net form: what is left once each pair of sides has one multiplier.

*Normalisation.* Three steps take multipliers that go with an answer `y` to ones that still do, so
nothing is lost by looking at such ones only:

* where both sides of a row have positive multipliers both are lowered until one is zero;
* rows with one follower column are limits of that column, like its own. Of all limits of a column
  one carries the reduced cost: a lower limit and an upper limit cancel as above, and of two tight
  limits that push the same way one takes over the other's part;
* a row without follower columns gets 0.

Each step moves or lowers what was positive on tight sides, so complementarity stays, and it keeps
the sums in the stationarity rows. What is left are the multipliers `λ` of the rows with two or
more follower columns, and the reduced costs `r = c - A'λ`, which the limits carry. The dual
polyhedron

    Π = { λ : the sign of λ_i that row i allows, the sign of r_j that the limits of j allow }

depends on others' decisions only through the marginal costs `c`, and on the follower's own answer
only where its objective is a convex quadratic: its multipliers at an answer are those of the linear
program with the marginal costs at that answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from evdsl.program.limits import Limits, activity
from evdsl.program.linear import Bools, Floats, Ints
from evdsl.program.links import links
from evdsl.program.program import Program
from evdsl.reformulate.kkt import EQUAL, LOWER, Kkt, of_sides


@dataclass(frozen=True, eq=False)
class Net:
    """Net duals over `rows` (R,) and `columns` (F,) of the Program.

    `matrix` (R, F) CSR holds the rows' own columns and `costs` (F, 2) the least and the largest
    marginal cost in minimum form: alike unless an objective holds products.
    `row_lower`, `row_upper` (R,) are the signs that λ may have, `reduced_lower`, `reduced_upper`
    (F,) those of r, all of 0 and ±inf. `equality` (R,) are the rows of one value; a column is
    `still` (F,) if its own limits meet at every feasible leader decision. For each multiplier (q,):
    `row` is its place in `rows` or -1; `column` its place in `columns` where it carries a reduced
    cost, else -1; `gain` its coefficient there, positive for a lower limit; `side` as in `Duals`.
    A multiplier with neither is 0. `lowest`, `highest` (q,) are the least and the largest value,
    over all feasible leader decisions, of the limit that it belongs to; nan for rows.
    """

    rows: Ints
    columns: Ints
    matrix: sparse.csr_array[Any]
    costs: Floats
    row_lower: Floats
    row_upper: Floats
    equality: Bools
    reduced_lower: Floats
    reduced_upper: Floats
    still: Bools
    row: Ints
    column: Ints
    gain: Floats
    side: Ints
    lowest: Floats
    highest: Floats

    @cached_property
    def highest_lower(self) -> Floats:
        """(F,): the largest value that any of a column's lower limits takes; -inf without one."""
        largest = np.full(len(self.columns), -np.inf)
        lower = self._limits(+1)
        np.maximum.at(largest, self.column[lower], self.highest[lower])
        return largest

    @cached_property
    def lowest_upper(self) -> Floats:
        """(F,): the least value that any of a column's upper limits takes; inf without one."""
        least = np.full(len(self.columns), np.inf)
        upper = self._limits(-1)
        np.minimum.at(least, self.column[upper], self.lowest[upper])
        return least

    def _limits(self, direction: int) -> Ints:
        """The multipliers of lower (+1) or of upper (-1) limits, equalities with both."""
        of_kind = (self.side == EQUAL) | (direction * self.gain > 0)
        return np.flatnonzero((self.column >= 0) & of_kind)

    @cached_property
    def by_column(self) -> sparse.csc_array[Any]:
        """`matrix` as CSC, its indices sorted."""
        matrix = self.matrix.tocsc()
        matrix.sort_indices()
        return matrix

    @cached_property
    def group(self) -> Ints:
        """(q,): multipliers of one number exclude each other; -1 for those that are 0 anyway."""
        places = [self.row, self.column + len(self.rows)]
        return np.select([self.row >= 0, self.column >= 0], places, -1)

    def components(self) -> Iterator[tuple[Ints, Ints]]:
        """The places of rows and columns that hang together, at least one row each."""
        R = self.matrix.shape[0]
        if not R:
            return
        count, label = connected_components(links(self.matrix), directed=False)
        order = np.argsort(label, kind="stable")
        parts = np.split(order, np.cumsum(np.bincount(label, minlength=count))[:-1])
        for part in parts:
            if part[0] < R:
                split = np.searchsorted(part, R)
                yield part[:split], part[split:] - R

    def without(self, idle: Bools) -> Net:
        """Where others carry all of these reduced costs (q,): weaker limits."""
        return replace(self, column=np.where(idle, -1, self.column))

    def values(self, row_dual: Floats, slack: Floats, cost: Floats) -> Floats:
        """(q,): the multipliers for net multipliers λ (R,), at a point with these slacks (q,) and
        marginal costs (F,).

        A reduced cost goes to the limit that can carry its sign and has the least slack.
        """
        net = np.append(row_dual, 0.0)[self.row]
        sides = [self.side == EQUAL, self.side == LOWER]
        values: Floats = np.select(sides, [net, np.maximum(net, 0)], np.maximum(-net, 0))
        reduced = np.append(cost - self.matrix.T @ row_dual, 0.0)[self.column]
        able = (self.column >= 0) & ((self.side == EQUAL) | (self.gain * reduced > 0))
        candidates = np.flatnonzero(able)
        order = candidates[np.lexsort((slack[candidates], self.column[candidates]))]
        _, first = np.unique(self.column[order], return_index=True)
        carrier = order[first]
        values[carrier] = reduced[carrier] / self.gain[carrier]
        return values


def net(kkt: Kkt, limits: Limits) -> Net:
    """The net form of the followers' multipliers; `limits` hold at every feasible point."""
    program, duals = kkt.program, kkt.duals
    (m, n), own = program.joint.shape, program.follower_columns
    followers = sparse.csr_array(program.own[:, own])
    followers.eliminate_zeros()
    width = np.where(program.row_owner > 0, np.diff(followers.indptr), 0)
    rows = np.flatnonzero(width > 1)
    limit = of_sides(duals, width, np.ones(n, np.int64)) == 1
    column = of_sides(duals, np.full(m, -1, np.int64), _inverse(own, n))
    gain = np.where(limit, duals.sign, 0.0)
    inside = np.flatnonzero(limit & (duals.row >= 0))
    entry = followers.indptr[duals.row[inside]]
    column[inside] = followers.indices[entry]
    gain[inside] *= followers.data[entry]
    column = _without_superseded(column, duals.side)
    row = of_sides(duals, _inverse(rows, m), np.full(n, -1, np.int64))
    row_sides = _signs(row, duals.side, duals.sign, len(rows))
    column_sides = _signs(column, duals.side, gain, len(own))
    lowest, highest = _limit_values(kkt, limits, column, gain)
    return Net(
        rows=rows,
        columns=own,
        matrix=followers[rows],
        costs=marginal_costs(program, limits),
        row_lower=row_sides[0],
        row_upper=row_sides[1],
        equality=program.joint.row_lower[rows] == program.joint.row_upper[rows],
        reduced_lower=column_sides[0],
        reduced_upper=column_sides[1],
        still=_still(duals.side, column, gain, lowest, highest, len(own)),
        row=row,
        column=column,
        gain=gain,
        side=duals.side,
        lowest=lowest,
        highest=highest,
    )


def marginal_costs(program: Program, limits: Limits) -> Floats:
    """(F, 2): the least and the largest marginal cost of each follower column, in minimum form."""
    own = program.follower_columns
    sense = program.owner_sense[program.column_owner[own]]
    cost = sense * program.follower_cost[own]
    if not len(program.follower_products):
        return np.stack([cost, cost], axis=1)
    turned = sparse.diags_array(sense.astype(float))
    slope = sparse.csr_array(turned @ program.follower_hessian[own])
    least, most = activity(slope, limits)
    return np.stack([cost + least, cost + most], axis=1)


def _inverse(places: Ints, size: int) -> Ints:
    inverse = np.full(size, -1)
    inverse[places] = np.arange(len(places))
    return inverse


def _without_superseded(column: Ints, side: Ints) -> Ints:
    """Where a column is fixed by an equality the first such one carries its whole reduced cost."""
    fixing = np.flatnonzero((side == EQUAL) & (column >= 0))
    if not len(fixing):
        return column
    fixed, first = np.unique(column[fixing], return_index=True)
    carrier = np.zeros(len(column), np.bool_)
    carrier[fixing[first]] = True
    return np.where(np.isin(column, fixed) & ~carrier, -1, column)


def _signs(place: Ints, side: Ints, gain: Floats, size: int) -> tuple[Floats, Floats]:
    """The least and the largest value that the multipliers at each place allow: 0 or infinite."""
    lower, upper = np.zeros(size), np.zeros(size)
    held = place >= 0
    lower[place[held & ((side == EQUAL) | (gain < 0))]] = -np.inf
    upper[place[held & ((side == EQUAL) | (gain > 0))]] = np.inf
    return lower, upper


def _limit_values(kkt: Kkt, limits: Limits, column: Ints, gain: Floats) -> tuple[Floats, Floats]:
    """`Net.lowest` and `Net.highest`: a limit that is a row has the value
    `(bound - others' part) / coefficient`."""
    duals, nothing = kkt.duals, np.zeros(len(limits.lower))
    parts = activity(kkt.program.others, limits)
    least, most = (of_sides(duals, part, nothing) for part in parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(column >= 0, gain * duals.sign, np.nan)
        one, other = (kkt.limit - most) / factor, (kkt.limit - least) / factor
    return np.fmin(one, other), np.maximum(one, other)


def _still(
    side: Ints, column: Ints, gain: Floats, lowest: Floats, highest: Floats, size: int
) -> Bools:
    """(F,): the columns that their own limits pin to one value at each feasible decision."""
    equal = side == EQUAL
    below, above = (column >= 0) & (equal | (gain > 0)), (column >= 0) & (equal | (gain < 0))
    at_least, at_most = np.full(size, -np.inf), np.full(size, np.inf)
    np.maximum.at(at_least, column[below], lowest[below])
    np.minimum.at(at_most, column[above], highest[above])
    pinned = np.zeros(size, np.bool_)
    pinned[column[equal & (column >= 0)]] = True
    return pinned | (at_least >= at_most)
