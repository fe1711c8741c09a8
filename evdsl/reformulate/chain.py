"""The storage chain: closed-form bounds for the multipliers of a chain of balances.

A *chain* is a component of the net dual whose rows are all equalities and whose columns stand in
one row, the *leaves* (charging, discharging, a last level), or in two, the *links* (the level
between two hours, without cost). Links join the rows to one path or one cycle.

**Theorem.** A leaf of cost `c` and coefficient `g` in row i has the *anchor* `λ_i = c / g`; a tight
link between rows i and k gives `λ_k = ρ λ_i` with its *ratio* `ρ = -g_i / g_k > 0`. For every
leader decision that has an answer there are optimal multipliers in which each λ_i is an anchor
carried along a path of links to row i, or all λ of a cycle whose ratios do not multiply to 1 are 0.

*Proof.* For a leader decision that has an answer the dual function in net form is
`Σ b_i λ_i + Σ_j (l_j max(r_j, 0) - u_j max(-r_j, 0))` over Π, with `l_j <= u_j` the limits of
column j: concave, bounded from above, and linear on each cell of the arrangement of the hyperplanes
`r_j = 0`. If `l_j = u_j` for every decision it is linear across `r_j = 0`, and j needs no
hyperplane. If the hyperplanes' normals have full rank the cells have vertices and the maximum is
taken at one: at a point that its tight hyperplanes determine. Take such a vertex and the graph of
its tight links. A connected piece of it that holds no tight leaf is determined only up to a
factor, unless it is a whole cycle whose ratios do not multiply to 1: then λ = 0. In every other
piece a tight leaf fixes one λ_s at an anchor, and the tight links carry it to the rest of the
piece. If the rank is not full (no leaf can move) λ can be shifted within the null space of the
normals without a change of any movable r, and 0 is one choice.  ∎

The leader occurs in `b`, `l` and `u` only, so the bounds hold for every decision. Where a leaf's
cost moves with others' decisions (a tariff) or with the answer (a square) so does its anchor,
within what the cost's interval says. A cost on a link, a third link at a row (a transfer to another
storage) and a row that is no equality (a shared cap) break the argument and are not recognised.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import depth_first_order

from evdsl.program.linear import Bools, Floats, Ints
from evdsl.reformulate.net import Net

_SMALLEST = 1e-100


@dataclass(frozen=True, eq=False)
class Chain:
    """A chain's rows in their order along it, as places in `Net.rows`.

    `ratio` (T - 1,): tight links give `λ[k + 1] = ratio[k] λ[k]`; `closing` is the ratio from the
    last row to the first of a cycle, None for a path. `leaf` are places in `Net.columns`,
    `leaf_at` the positions along the chain that they stand at, `anchor` (L, 2) the least and the
    largest value of their anchors.
    """

    order: Ints
    ratio: Floats
    closing: float | None
    leaf: Ints
    leaf_at: Ints
    anchor: Floats
    links: Ints


def recognise(net: Net, rows: Ints, columns: Ints) -> Chain | None:
    """The component as a chain, or None where it is none."""
    part = net.by_column[:, columns]
    width = np.diff(part.indptr)
    link, leaf = width == 2, width == 1
    if not net.equality[rows].all() or not (link | leaf).all() or net.costs[columns[link]].any():
        return None
    row = np.searchsorted(rows, part.indices)
    ends = row[np.repeat(link, width)].reshape(-1, 2)
    factors = part.data[np.repeat(link, width)].reshape(-1, 2)
    degree = np.bincount(ends.ravel(), minlength=len(rows))
    if (degree > 2).any() or (factors[:, 0] * factors[:, 1] >= 0).any():
        return None
    order = _walk(ends, len(rows))
    at = np.empty_like(order)
    at[order] = np.arange(len(order))
    ratio = _ratios(at[ends], factors, len(rows))
    leaf_row, gain = row[np.repeat(leaf, width)], part.data[np.repeat(leaf, width)]
    one, other = net.costs[columns[leaf]].T / gain
    return Chain(
        order=rows[order],
        ratio=ratio[: len(rows) - 1],
        closing=float(ratio[-1]) if len(ends) == len(rows) else None,
        leaf=columns[leaf],
        leaf_at=at[leaf_row],
        anchor=np.stack([np.minimum(one, other), np.maximum(one, other)]).T,
        links=columns[link],
    )


def row_intervals(chain: Chain, still: Bools, zero: bool) -> Floats:
    """(T, 2): the least and the largest λ of each row of the chain, in its order, in O(T).

    `still` (F,) are the columns that cannot move; `zero` says whether the vertex λ = 0 of the whole
    cycle has to be reckoned with.
    """
    moves = ~still[chain.leaf]
    if not moves.any():
        return np.zeros((len(chain.order), 2))
    at, anchor = chain.leaf_at[moves], chain.anchor[moves]
    largest = _reach(chain, at, anchor[:, 1])
    least = -_reach(chain, at, -anchor[:, 0])
    if zero:
        least, largest = np.minimum(least, 0.0), np.maximum(largest, 0.0)
    return np.stack([least, largest], axis=1)


def row_values(chain: Chain, still: Bools, zero: bool, position: int) -> Floats | None:
    """All values that λ of the row at a position of the chain can have at a vertex, sorted.

    None where an anchor moves, with an interval of values, or where losses along the chain are
    beyond what numbers hold. `still` and `zero` as for
    `row_intervals`.
    """
    moves = ~still[chain.leaf]
    if not moves.any():
        return np.zeros(1)
    at, anchor = chain.leaf_at[moves], chain.anchor[moves]
    if (anchor[:, 0] != anchor[:, 1]).any():
        return None
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        weight = np.cumprod(np.append(1.0, chain.ratio))
        if weight.min() < _SMALLEST or weight.max() > 1.0 / _SMALLEST:
            return None
        direct = anchor[:, 0] * weight[position] / weight[at]
        values = [direct, np.zeros(int(zero))]
        if chain.closing is not None:
            around = weight[-1] * chain.closing
            values.append(np.where(at > position, direct * around, direct / around)[at != position])
    found = np.unique(np.concatenate(values))
    return found if np.isfinite(found).all() else None


def may_close(chain: Chain) -> bool:
    """Whether all links of a cycle can be tight at a vertex without a tight leaf."""
    return chain.closing is not None and float(np.prod(chain.ratio) * chain.closing) != 1.0


def _walk(ends: Ints, size: int) -> Ints:
    """The rows along the path that the first `size - 1` links make (of a cycle one is left out)."""
    kept = ends[: size - 1]
    graph = sparse.csr_array((np.ones(len(kept)), (kept[:, 0], kept[:, 1])), shape=(size, size))
    degree = np.bincount(kept.ravel(), minlength=size)
    order = depth_first_order(
        graph, int(np.argmin(degree)), directed=False, return_predecessors=False
    )
    return np.asarray(order, np.int64)


def _ratios(at: Ints, factors: Floats, size: int) -> Floats:
    """The ratio of each link along the walk, in its order; the closing link of a cycle last."""
    inner, factors_inner = at[: size - 1], factors[: size - 1]
    forward = inner[:, 0] < inner[:, 1]
    first = np.where(forward, factors_inner[:, 0], factors_inner[:, 1])
    second = np.where(forward, factors_inner[:, 1], factors_inner[:, 0])
    ratio = np.empty(len(at))
    ratio[np.minimum(inner[:, 0], inner[:, 1])] = -first / second
    for (start, _), (one, other) in zip(at[size - 1 :], factors[size - 1 :], strict=True):
        ratio[-1] = -one / other if start == size - 1 else -other / one
    return ratio


def _reach(chain: Chain, at: Ints, anchor: Floats) -> Floats:
    """The largest anchor carried to each row, from either direction."""
    start = np.full(len(chain.order), -np.inf)
    np.maximum.at(start, at, anchor)
    closing = chain.closing
    back = None if closing is None else 1.0 / closing
    forward = _carried(start, chain.ratio, closing)
    backward = _carried(start[::-1], 1.0 / chain.ratio[::-1], back)[::-1]
    return np.asarray(np.fmax(forward, backward))


def _carried(start: Floats, ratio: Floats, closing: float | None) -> Floats:
    """The largest of `start` at each row and of those before it, carried along the links.

    They are carried over one link, then what has arrived there over two more, over four and so on.
    On a cycle the rows after it come before it too, once round through the closing link.
    """
    carried, factor, reach = start.copy(), np.append(1.0, ratio), 1
    with np.errstate(over="ignore", invalid="ignore"):
        while reach < len(carried):
            before = carried[:-reach]
            moved = np.where(before == 0.0, 0.0, before * factor[reach:])
            carried[reach:] = np.fmax(carried[reach:], moved)
            factor[reach:] = factor[reach:] * factor[:-reach]
            reach *= 2
    if closing is None:
        return carried
    with np.errstate(over="ignore", invalid="ignore"):
        to_end = np.cumprod(np.append(ratio, 1.0)[::-1])[::-1]
        after = np.maximum.accumulate((start * to_end)[::-1])[::-1]
        from_start = np.cumprod(np.append(1.0, ratio))
        round_trip = np.append(after[1:], -np.inf) * closing * from_start
    return np.asarray(np.fmax(carried, round_trip))
