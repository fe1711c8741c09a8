"""Rows over the binaries that the net form of the multipliers justifies.

Each cut says of a family's member which binaries stand in it, as two arrays: the cut and the pair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evdsl.program.linear import Bools, Ints
from evdsl.reformulate.bounds import Bounds
from evdsl.reformulate.kkt import EQUAL, Kkt

_APART = 1e-6


@dataclass(frozen=True, eq=False)
class Cuts:
    """`cut` and `pair` (e,): pair `pair[i]` stands in cut `cut[i]`; `row` and `column` (k,) are the
    row or the column of the Program that each cut belongs to, the other one -1."""

    row: Ints
    column: Ints
    cut: Ints
    pair: Ints


def exclusive(kkt: Kkt, bounds: Bounds) -> Cuts:
    """At most one of a row's sides, or of a column's limits, has a positive multiplier (net.py)."""
    net = bounds.net
    pair = np.flatnonzero(bounds.switched)
    group = net.group[kkt.pair_dual[pair]]
    groups, cut, size = np.unique(group, return_inverse=True, return_counts=True)
    several = size > 1
    place = np.cumsum(several) - 1
    groups = groups[several]
    of_row = groups < len(net.rows)
    row = np.where(of_row, np.append(net.rows, 0)[np.where(of_row, groups, -1)], -1)
    column = np.where(of_row, -1, net.columns[np.where(of_row, 0, groups - len(net.rows))])
    inside = several[cut]
    return Cuts(row, column, place[cut[inside]], pair[inside])


def crossing(kkt: Kkt, bounds: Bounds) -> list[Cuts]:
    """Two columns that only one row links cannot both stand between their limits.

    Let columns i and j stand in no other row that has a λ than this one, with anchors
    `t_i = c_i / g_i < t_j = c_j / g_j`. Each λ is above t_i or below t_j, and
    `r_i = c_i - g_i λ` then has the sign of `-g_i`, or r_j that of `g_j`: one limit of that kind
    has a positive multiplier. With positive prices and losses it reads: never charge and discharge
    at once. One cut for each two neighbours among the anchors of a row; the list holds the
    first of each row, then the second, and so on.
    """
    net = bounds.net
    by_column = net.matrix.tocsc()
    leaf = np.flatnonzero(np.diff(by_column.indptr) == 1)
    entry = by_column.indptr[leaf]
    row, factor = by_column.indices[entry].astype(np.int64), by_column.data[entry]
    anchor = np.sort(net.costs[leaf] / factor[:, None], axis=1)
    order = np.lexsort((anchor[:, 0], row))
    row, factor, anchor, leaf = row[order], factor[order], anchor[order], leaf[order]
    scale = np.maximum(1.0, np.abs(anchor[1:, 0]))
    apart = (row[1:] == row[:-1]) & (anchor[1:, 0] - anchor[:-1, 1] > _APART * scale)
    first = np.flatnonzero(apart)
    second = first + 1
    upper, lower = _switches(kkt, bounds, -1), _switches(kkt, bounds, +1)
    low_first, low_second = factor[first] < 0, factor[second] > 0
    known = np.where(low_first, lower.complete[leaf[first]], upper.complete[leaf[first]])
    known &= np.where(low_second, lower.complete[leaf[second]], upper.complete[leaf[second]])
    sides = [
        (leaf[first[known]], low_first[known]),
        (leaf[second[known]], low_second[known]),
    ]
    cut_row = row[first[known]]
    entries = [
        _stand(lower if low else upper, column[is_low == low], np.flatnonzero(is_low == low))
        for column, is_low in sides
        for low in (True, False)
    ]
    cut = np.concatenate([part[0] for part in entries])
    pair = np.concatenate([part[1] for part in entries])
    return _ranked(net.rows, cut_row, cut, pair)


@dataclass(frozen=True, eq=False)
class _Switches:
    """The switched pairs of one kind of limits: `column` and `pair` sorted by column; `complete`
    (F,) says whether no other limit of that kind can have a positive multiplier."""

    column: Ints
    pair: Ints
    complete: Bools


def _switches(kkt: Kkt, bounds: Bounds, direction: int) -> _Switches:
    net, dual = bounds.net, kkt.pair_dual
    switched = np.zeros(len(kkt.duals), np.bool_)
    switched[dual[bounds.switched]] = True
    kind = (net.column >= 0) & ((direction * net.gain > 0) | (kkt.duals.side == EQUAL))
    complete = np.ones(len(net.columns), np.bool_)
    complete[net.column[kind & ~switched & (bounds.upper != 0)]] = False
    pair = np.flatnonzero(bounds.switched & kind[dual])
    column = net.column[dual[pair]]
    order = np.argsort(column, kind="stable")
    return _Switches(column[order], pair[order], complete)


def _stand(switches: _Switches, column: Ints, cut: Ints) -> tuple[Ints, Ints]:
    """Which pairs of `column` (k,) stand in the cuts `cut` (k,)."""
    start = np.searchsorted(switches.column, column, "left")
    count = np.searchsorted(switches.column, column, "right") - start
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(cut, count), switches.pair[np.repeat(start, count) + offset]


def _ranked(rows: Ints, cut_row: Ints, cut: Ints, pair: Ints) -> list[Cuts]:
    """The cuts by their rank among those of their row: no two of one rank share a row."""
    begins = (
        np.flatnonzero(np.append(True, cut_row[1:] != cut_row[:-1])) if len(cut_row) else cut_row
    )
    rank = np.arange(len(cut_row)) - np.repeat(begins, np.diff(np.append(begins, len(cut_row))))
    ranked = []
    for level in range(int(rank.max(initial=-1)) + 1):
        mine = np.flatnonzero(rank == level)
        place = np.full(len(cut_row), -1)
        place[mine] = np.arange(len(mine))
        inside = place[cut] >= 0
        nothing = np.full(len(mine), -1)
        ranked.append(Cuts(rows[cut_row[mine]], nothing, place[cut[inside]], pair[inside]))
    return ranked
