"""What is known of the followers' net multipliers, component by component.

A storage chain has its closed form; otherwise linear programs over the dual polyhedron, or where
those are unbounded the vertices of a small component. What the user states with `dual in` sharpens
the result where it says more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evdsl.program.limits import Limits, activity
from evdsl.program.linear import Bools, Floats, Ints
from evdsl.reformulate.chain import may_close, recognise, row_intervals
from evdsl.reformulate.cycle import zero_is_impossible
from evdsl.reformulate.kkt import Kkt
from evdsl.reformulate.known_by import By, Reasons, reasons
from evdsl.reformulate.net import Net
from evdsl.reformulate.polyhedron import extremes, polyhedron
from evdsl.reformulate.vertices import vertex_extremes


@dataclass(frozen=True, eq=False)
class Known:
    """`ends` (K, 2): the least and the largest value of λ, then of r; `how` (K, 2) each is known,
    by nothing where it is infinite."""

    ends: Floats
    how: Reasons

    def sharpened(self, ends: Floats, how: By) -> Known:
        """With `ends` (K, 2) as far as they say more."""
        more = np.stack([ends[:, 0] > self.ends[:, 0], ends[:, 1] < self.ends[:, 1]], axis=1)
        return Known(np.where(more, ends, self.ends), np.where(more, np.int8(how), self.how))

    def at(self, where: Ints) -> Known:
        return Known(self.ends[where], self.how[where])

    def put(self, where: Ints, part: Known) -> None:
        self.ends[where], self.how[where] = part.ends, part.how


def _nothing(size: int) -> Known:
    return Known(np.tile([-np.inf, np.inf], (size, 1)), reasons((size, 2), By.NOTHING))


@dataclass(frozen=True, eq=False)
class Intervals:
    """`ends` (R + F, 2) of λ and of r from the signs of λ and from chains, without any LP;
    `chained` (R + F,) is what belongs to a chain, and `others` are the rows and columns of each
    component that is none."""

    ends: Floats
    chained: Bools
    others: tuple[tuple[Ints, Ints], ...]


def intervals(kkt: Kkt, net: Net, limits: Limits) -> Intervals:
    R, F = net.matrix.shape
    ends = np.stack([net.row_lower, net.row_upper], axis=1)
    chained, others = np.zeros(R + F, np.bool_), []
    for rows, columns in net.components():
        of_chain = _of_chain(kkt, net, limits, rows, columns)
        if of_chain is None:
            others.append((rows, columns))
        else:
            ends[rows] = of_chain
            chained[rows] = chained[R + columns] = True
    return Intervals(_with_reduced(net, ends), chained, tuple(others))


def prove(net: Net, known_before: Intervals, wanted: Bools) -> Known:
    """Bound λ (R,) and r (F,) by proof alone; `wanted` (R + F, 2) are the ends that matter."""
    R, F = net.matrix.shape
    chained = known_before.chained[:, None]
    free = np.array([-np.inf, np.inf])
    ends = np.where(chained, known_before.ends, free)
    known = Known(ends, np.where(np.isinf(ends), np.int8(By.NOTHING), np.int8(By.CHAIN)))
    alone = np.flatnonzero(np.bincount(net.matrix.indices, minlength=F) == 0)
    known.put(R + alone, _nothing(len(alone)).sharpened(net.costs[alone], By.COST))
    for rows, columns in known_before.others:
        where = np.append(rows, R + columns)
        known.put(where, _prove_component(net, rows, columns, wanted[where]))
    return known


def _prove_component(net: Net, rows: Ints, columns: Ints, wanted: Bools) -> Known:
    duals = polyhedron(net, rows, columns)
    known = _nothing(len(rows) + len(columns))
    known = known.sharpened(extremes(duals, wanted), By.POLYHEDRON)
    if (wanted & np.isinf(known.ends)).any():
        vertices = vertex_extremes(duals, net.equality[rows], net.still[columns])
        if vertices is not None:
            return known.sharpened(vertices, By.VERTICES)
    return known


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
    if np.isinf(stated).all():
        return known
    R, _ = net.matrix.shape
    result = Known(known.ends.copy(), known.how.copy())
    least = np.maximum(stated[:, 0], known.ends[:R, 0])
    most = np.minimum(stated[:, 1], known.ends[:R, 1])
    claimed = _with_reduced(net, np.stack([least, most], axis=1))
    for rows, columns in net.components():
        if np.isinf(stated[rows]).all():
            continue
        where = np.append(rows, R + columns)
        part = known.at(where).sharpened(claimed[where], By.STATED)
        if (wanted[where] & np.isinf(part.ends)).any():
            signs = net.row_lower[rows, None], net.row_upper[rows, None]
            box = np.clip(part.ends[: len(rows)], *signs)
            duals = replace(polyhedron(net, rows, columns), lower=box[:, 0], upper=box[:, 1])
            part = part.sharpened(extremes(duals, wanted[where]), By.STATED)
        result.put(where, part)
    return result


def _with_reduced(net: Net, ends: Floats) -> Floats:
    """The ends of λ (R, 2) with those of r below them, by interval arithmetic from `c - A'λ`."""
    least, most = activity(net.matrix.T.tocsr(), Limits(ends[:, 0], ends[:, 1]))
    reduced = np.empty((len(net.columns), 2))
    np.maximum(net.costs[:, 0] - most, net.reduced_lower, out=reduced[:, 0])
    np.minimum(net.costs[:, 1] - least, net.reduced_upper, out=reduced[:, 1])
    return np.concatenate([ends, reduced])
