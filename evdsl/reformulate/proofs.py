"""What is known of the followers' net multipliers, component by component.

A storage chain has its closed form; otherwise linear programs over the dual polyhedron, and where
those are unbounded the vertices of a small component. What the user states with `dual in` sharpens
the result where it says more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from evdsl.program.program import Bools, Floats, Ints
from evdsl.reformulate.chain import may_close, recognise, row_intervals
from evdsl.reformulate.cycle import zero_is_impossible
from evdsl.reformulate.kkt import Kkt
from evdsl.reformulate.limits import Limits, activity
from evdsl.reformulate.net import Net
from evdsl.reformulate.polyhedron import extremes, polyhedron
from evdsl.reformulate.vertices import vertex_extremes

Texts: TypeAlias = NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Known:
    """`ends` (R + F, 2): the least and the largest λ, then r; `how` (R + F, 2) each is known:
    `cost`, `chain`, `polyhedron`, `vertices`, `stated`, or empty where it is infinite."""

    ends: Floats
    how: Texts

    def sharpened(self, where: Ints, ends: Floats, how: str) -> Known:
        """With `ends` (k, 2) at the places `where` (k,), as far as they say more."""
        mine = self.ends[where]
        more = np.stack([ends[:, 0] > mine[:, 0], ends[:, 1] < mine[:, 1]], axis=1)
        all_ends, all_how = self.ends.copy(), self.how.copy()
        all_ends[where] = np.where(more, ends, mine)
        all_how[where] = np.where(more, how, self.how[where])
        return Known(all_ends, all_how)


def prove(kkt: Kkt, net: Net, limits: Limits, wanted: Bools) -> Known:
    """Bound λ and r by proof alone; `wanted` (R + F, 2) are the ends that matter."""
    R, F = net.matrix.shape
    known = Known(np.tile([-np.inf, np.inf], (R + F, 1)), np.full((R + F, 2), "", "<U10"))
    alone = np.flatnonzero(np.diff(net.matrix.tocsc().indptr) == 0)
    known = known.sharpened(R + alone, np.stack([net.cost[alone]] * 2, axis=1), "cost")
    for rows, columns in net.components():
        where = np.append(rows, R + columns)
        chain = recognise(net, rows, columns)
        if chain is not None:
            zero = may_close(chain) and not zero_is_impossible(kkt, net, chain, limits)
            ends = np.tile([-np.inf, np.inf], (R, 1))
            ends[chain.order] = row_intervals(chain, net.still, zero)
            known = known.sharpened(where, _with_reduced(net, rows, columns, ends[rows]), "chain")
            continue
        duals = polyhedron(net, rows, columns)
        known = known.sharpened(where, extremes(duals, wanted[where]), "polyhedron")
        if (wanted[where] & np.isinf(known.ends[where])).any():
            vertices = vertex_extremes(duals, net.equality[rows], net.still[columns])
            if vertices is not None:
                known = known.sharpened(where, vertices, "vertices")
    return known


def state(net: Net, known: Known, stated: Floats, wanted: Bools) -> Known:
    """`known` with what the user states of λ, `stated` (R, 2), and what follows from that."""
    R, _ = net.matrix.shape
    for rows, columns in net.components():
        if np.isinf(stated[rows]).all():
            continue
        where = np.append(rows, R + columns)
        known = known.sharpened(rows, stated[rows], "stated")
        ends = _with_reduced(net, rows, columns, known.ends[rows])
        known = known.sharpened(where, ends, "stated")
        if (wanted[where] & np.isinf(known.ends[where])).any():
            box = np.clip(known.ends[rows], net.row_lower[rows, None], net.row_upper[rows, None])
            duals = replace(
                polyhedron(net, rows, columns), lower=box[:, 0].copy(), upper=box[:, 1].copy()
            )
            known = known.sharpened(where, extremes(duals, wanted[where]), "stated")
    return known


def _with_reduced(net: Net, rows: Ints, columns: Ints, ends: Floats) -> Floats:
    """The ends of λ (R, 2) with those of r below them, by interval arithmetic from `c - A'λ`."""
    box = Limits(ends[:, 0], ends[:, 1])
    least, most = activity(net.matrix[rows][:, columns].T.tocsr(), box)
    reduced = np.stack([net.cost[columns] - most, net.cost[columns] - least], axis=1)
    signs = np.stack([net.reduced_lower[columns], net.reduced_upper[columns]], axis=1)
    within = np.stack(
        [np.maximum(reduced[:, 0], signs[:, 0]), np.minimum(reduced[:, 1], signs[:, 1])], axis=1
    )
    return np.concatenate([ends, within])
