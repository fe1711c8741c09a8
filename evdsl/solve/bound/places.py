"""Where along a follower's chain each column and row of the single level stands, and where to cut.

Position k is the k-th row of the chain. A link between the rows k and k + 1 stands at k, a leaf at
its row, a multiplier at its row or column. The leader's columns stand nowhere: they may serve rows
at many positions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evdsl.program.linear import Bools, Floats, Ints, Linear
from evdsl.reformulate.chain import Chain, may_close, recognise, row_values
from evdsl.reformulate.cycle import zero_is_impossible
from evdsl.reformulate.kkt import EQUAL, Kkt
from evdsl.reformulate.net import Net
from evdsl.reformulate.presolve import Presolved

_LEAST = 4


@dataclass(frozen=True, eq=False)
class Places:
    """`rows` (T,) are the chain's rows in their order and `links` (T,) the column that links each
    to the next one, -1 after the last of a chain that is no cycle; both of the Program.

    `chain` is the same in the order that it was recognised in.

    `column` (n + q,) are the positions of the Program's columns and of the multipliers, `row`
    (m + F,) those of the chain's rows and of the stationarity rows; -1 where there is none.
    """

    rows: Ints
    links: Ints
    column: Ints
    row: Ints
    chain: Chain

    @property
    def cyclic(self) -> bool:
        return bool(self.links[-1] >= 0)

    def turned(self, kkt: Kkt) -> Places:
        """The same chain read from its other end: each link stands at its other row."""
        links = self.links[:-1][::-1]
        return _places(kkt, self.rows[::-1], np.append(links, self.links[-1]), self.chain)


def places(kkt: Kkt, net: Net) -> Places | None:
    """The positions where all rows of the followers make one chain; None where they do not."""
    parts = list(net.components())
    if len(parts) != 1:
        return None
    chain = recognise(net, *parts[0])
    if chain is None or len(chain.order) < _LEAST:
        return None
    T = len(chain.order)
    at = np.full(len(net.rows), -1)
    at[chain.order] = np.arange(T)
    ends = net.matrix[:, chain.links].tocsc()
    ends.sort_indices()
    first, second = np.sort(at[ends.indices.reshape(-1, 2)], axis=1).T
    closing = (first == 0) & (second == T - 1)
    links = np.full(T, -1)
    links[np.where(closing, T - 1, first)] = net.columns[chain.links]
    if (links[:-1] < 0).any():
        return None
    return _places(kkt, net.rows[chain.order], links, chain)


def _places(kkt: Kkt, rows: Ints, links: Ints, chain: Chain) -> Places:
    program, duals = kkt.program, kkt.duals
    m, n = program.joint.shape
    own = program.follower_columns
    of_row = np.full(m, -1)
    of_row[rows] = np.arange(len(rows))
    of_column = np.full(n, -1)
    entries = program.own.tocoo()
    row, column = entries.coords[0][entries.data != 0], entries.coords[1][entries.data != 0]
    inside = of_row[row] >= 0
    of_column[own] = 0
    of_column[column[inside]] = of_row[row[inside]]
    held = links >= 0
    of_column[links[held]] = np.flatnonzero(held)
    limits = ~inside
    of_limit = np.zeros(m, np.int64)
    of_limit[row[limits]] = of_column[column[limits]]
    of_limit[rows] = np.arange(len(rows))
    multiplier = np.where(duals.row >= 0, of_limit[duals.row], of_column[duals.column])
    return Places(
        rows=rows,
        links=links,
        column=np.concatenate([of_column, multiplier]),
        row=np.concatenate([of_row, of_column[own]]),
        chain=chain,
    )


def price_columns(kkt: Kkt, rows: Ints) -> Ints:
    """The multiplier columns of the chain's rows, equalities, in their order."""
    place = np.full(kkt.program.joint.shape[0], -1)
    of_row = np.flatnonzero((kkt.duals.row >= 0) & (kkt.duals.side == EQUAL))
    place[kkt.duals.row[of_row]] = kkt.program.joint.shape[1] + of_row
    return place[rows]


def price_values(
    kkt: Kkt, known: Presolved, places: Places, starts: Ints, size: Floats
) -> list[Floats]:
    """For each cut all values that the price there can have at a vertex, in units of `size` (T,),
    sorted; none where it may have any."""
    chain, net = places.chain, known.net
    zero = may_close(chain) and not zero_is_impossible(kkt, net, chain, known.limits)
    order = net.rows[chain.order]
    found = []
    for start in starts.tolist():
        position = int(np.flatnonzero(order == places.rows[start])[0])
        values = row_values(chain, net.still, zero, position)
        found.append(np.empty(0) if values is None else values / size[start])
    return found


def straddling(places: Places, linear: Linear, leaders: Bools) -> Ints:
    """(T,): how many of the leader's columns serve rows on both sides of each place after a row.

    A column of a cycle is everywhere but in the widest gap between its rows, one of a chain
    everywhere but around the ends.
    """
    T = len(places.rows)
    entries = linear.A.tocoo()
    row, column = entries.coords[0], entries.coords[1]
    position = np.full(linear.shape[0], -1)
    local = (column < len(places.column)) & ~leaders[column]
    np.maximum.at(position, row[local], places.column[column[local]])
    known = places.row >= 0
    position[: len(known)][known] = places.row[known]
    serves = leaders[column] & (position[row] >= 0)
    served = np.unique(column[serves].astype(np.int64) * T + position[row[serves]])
    whose, at = np.divmod(served, T)
    last = np.append(whose[1:] != whose[:-1], True)[: len(at)]
    ahead = np.roll(at, -1)
    ahead[last] = at[np.roll(last, 1)]
    gap = ahead - at
    gap[last] += T if places.cyclic else 2 * T
    widest = np.lexsort((-np.arange(len(at)), last, gap, whose))[last]
    within = np.ones(len(at), np.bool_)
    within[widest] = False
    crossed = np.zeros(T + 1, np.int64)
    np.add.at(crossed, at[within], 1)
    np.add.at(crossed, ahead[within], -1)
    crossed[0] += (within & last).sum()
    return np.cumsum(crossed)[:T]


def cuts(straddle: Ints, cyclic: bool, size: int) -> Ints | None:
    """The first position of each window of about `size` rows, where few columns straddle.

    None where there would be fewer than two windows.
    """
    T = len(straddle)
    ahead = np.roll(straddle, 1)
    start = 0
    if cyclic:
        reach = np.arange(min(size, T))
        start = int(reach[np.argmin(ahead[reach])])
    starts = [start]
    while T + start - starts[-1] >= size + (size + 1) // 2:
        offsets = np.arange((size + 1) // 2, size + size // 2 + 1)
        offsets = offsets[starts[-1] + offsets <= T + start - (size + 1) // 2]
        cost = ahead[(starts[-1] + offsets) % T]
        best = offsets[cost == cost.min()]
        starts.append(starts[-1] + int(best[np.argmin(np.abs(best - size))]))
    found = np.sort(np.array(starts) % T)
    return found if len(found) > 1 else None
