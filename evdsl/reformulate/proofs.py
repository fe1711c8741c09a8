"""What is known of the followers' net multipliers, component by component.

A storage chain has its closed form; otherwise linear programs over the dual polyhedron, or where
those are unbounded the vertices of a small component. What the user states with `dual in` sharpens
the result where it says more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from evdsl.program.limits import Limits, activity
from evdsl.program.linear import Bools, Floats, Ints
from evdsl.reformulate.chain import may_close, recognise, row_intervals
from evdsl.reformulate.cycle import zero_is_impossible
from evdsl.reformulate.kkt import Kkt
from evdsl.reformulate.net import Net
from evdsl.reformulate.polyhedron import extremes, polyhedron
from evdsl.reformulate.vertices import vertex_extremes

Texts: TypeAlias = NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Known:
    """`ends` (K, 2): the least and the largest value of λ, then of r; `how` (K, 2) each is known:
    `cost`, `chain`, `polyhedron`, `vertices`, `stated`, or empty where it is infinite."""

    ends: Floats
    how: Texts

    def sharpened(self, ends: Floats, how: str) -> Known:
        """With `ends` (K, 2) as far as they say more."""
        more = np.stack([ends[:, 0] > self.ends[:, 0], ends[:, 1] < self.ends[:, 1]], axis=1)
        return Known(np.where(more, ends, self.ends), np.where(more, how, self.how))

    def at(self, where: Ints) -> Known:
        return Known(self.ends[where], self.how[where])

    def put(self, where: Ints, part: Known) -> None:
        self.ends[where], self.how[where] = part.ends, part.how


def _nothing(size: int) -> Known:
    return Known(np.tile([-np.inf, np.inf], (size, 1)), np.full((size, 2), "", "<U10"))


def prove(kkt: Kkt, net: Net, limits: Limits, wanted: Bools) -> Known:
    """Bound λ (R,) and r (F,) by proof alone; `wanted` (R + F, 2) are the ends that matter."""
    R, F = net.matrix.shape
    known = _nothing(R + F)
    alone = np.flatnonzero(np.diff(net.matrix.tocsc().indptr) == 0)
    known.put(R + alone, _nothing(len(alone)).sharpened(net.costs[alone], "cost"))
    for rows, columns in net.components():
        where = np.append(rows, R + columns)
        known.put(where, _prove_component(kkt, net, limits, rows, columns, wanted[where]))
    return known


def _prove_component(
    kkt: Kkt, net: Net, limits: Limits, rows: Ints, columns: Ints, wanted: Bools
) -> Known:
    known = _nothing(len(rows) + len(columns))
    ends = _of_chain(kkt, net, limits, rows, columns)
    if ends is not None:
        return known.sharpened(_with_reduced(net, rows, columns, ends), "chain")
    duals = polyhedron(net, rows, columns)
    known = known.sharpened(extremes(duals, wanted), "polyhedron")
    if (wanted & np.isinf(known.ends)).any():
        vertices = vertex_extremes(duals, net.equality[rows], net.still[columns])
        if vertices is not None:
            return known.sharpened(vertices, "vertices")
    return known


def quick_intervals(kkt: Kkt, net: Net, limits: Limits) -> Floats:
    """(R + F, 2): ends of λ and of r from the signs of λ and from chains, without any LP."""
    R, F = net.matrix.shape
    ends = np.stack([net.row_lower, net.row_upper], axis=1)
    for rows, columns in net.components():
        of_chain = _of_chain(kkt, net, limits, rows, columns)
        if of_chain is not None:
            ends[rows] = of_chain
    return _with_reduced(net, np.arange(R), np.arange(F), ends)


def _of_chain(kkt: Kkt, net: Net, limits: Limits, rows: Ints, columns: Ints) -> Floats | None:
    """(R, 2): the ends of the component's λ where it is a chain, else None."""
    chain = recognise(net, rows, columns)
    if chain is None:
        return None
    zero = may_close(chain) and not zero_is_impossible(kkt, net, chain, limits)
    ends = np.empty((len(rows), 2))
    ends[np.searchsorted(rows, chain.order)] = row_intervals(chain, net.still, zero)
    return ends


def state(net: Net, known: Known, stated: Floats, wanted: Bools) -> Known:
    """`known` with what the user states of λ, `stated` (R, 2), and what follows from that."""
    R, _ = net.matrix.shape
    result = Known(known.ends.copy(), known.how.copy())
    for rows, columns in net.components():
        if np.isinf(stated[rows]).all():
            continue
        where = np.append(rows, R + columns)
        claimed = np.stack(
            [
                np.maximum(stated[rows, 0], known.ends[rows, 0]),
                np.minimum(stated[rows, 1], known.ends[rows, 1]),
            ],
            axis=1,
        )
        part = known.at(where).sharpened(_with_reduced(net, rows, columns, claimed), "stated")
        if (wanted[where] & np.isinf(part.ends)).any():
            signs = net.row_lower[rows, None], net.row_upper[rows, None]
            box = np.clip(part.ends[: len(rows)], *signs)
            duals = replace(polyhedron(net, rows, columns), lower=box[:, 0], upper=box[:, 1])
            part = part.sharpened(extremes(duals, wanted[where]), "stated")
        result.put(where, part)
    return result


def _with_reduced(net: Net, rows: Ints, columns: Ints, ends: Floats) -> Floats:
    """The ends of λ (R, 2) with those of r below them, by interval arithmetic from `c - A'λ`."""
    box = Limits(ends[:, 0], ends[:, 1])
    least, most = activity(net.matrix[rows][:, columns].T.tocsr(), box)
    costs = net.costs[columns]
    reduced = np.stack([costs[:, 0] - most, costs[:, 1] - least], axis=1)
    signs = np.stack([net.reduced_lower[columns], net.reduced_upper[columns]], axis=1)
    within = np.stack(
        [np.maximum(reduced[:, 0], signs[:, 0]), np.minimum(reduced[:, 1], signs[:, 1])], axis=1
    )
    return np.concatenate([ends, within])
