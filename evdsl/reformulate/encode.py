"""The pairs of a single level, each encoded its own way.

`bigm`, `sos1` and `indicator` make columns and rows of a pair (see the files of these names);
`branch` leaves it to our own branch and bound. What needs no choice is decided beforehand: sides
that are always tight; and, but for SOS1 sets and indicators, factors that serve one row only
(factors.py) and, where nobody reads the multipliers, those that their net form (net.py) makes zero.
The limits of one column, or the two sides of one row, are a group there: at most one of their
multipliers need be positive.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evdsl.program.linear import Bools, Floats, Ints
from evdsl.program.mip import Mip, Pairs
from evdsl.program.program import Multipliers
from evdsl.reformulate import bigm, indicator, sos1
from evdsl.reformulate.bounds import Bounds, bound
from evdsl.reformulate.encoded import Encoded, Extension, Piece, Provenance, tied_rows
from evdsl.reformulate.factors import tightened
from evdsl.reformulate.kkt import EQUAL, Kkt
from evdsl.reformulate.lift import lifted_values
from evdsl.reformulate.presolve import Presolved, presolve
from evdsl.reformulate.size import sizes

METHODS = ("bigm", "sos1", "indicator", "branch")


def encode(
    kkt: Kkt,
    method: str | NDArray[np.str_],
    big_m: float | None = None,
    incumbent: Floats | None = None,
) -> Encoded:
    """The pairs of `kkt` by one method, or each by its own (p,).

    With an `incumbent` (n,), a point of both levels, worse ones may be cut off. Raises EvdslError
    where big-M needs a bound that has no proof (see `bound`).
    """
    ways = np.broadcast_to(np.asarray(method), (len(kkt.pairs),))
    known = presolve(kkt)
    by_bigm = ways == "bigm"
    bounds = bound(kkt, big_m, known, by_bigm, incumbent) if by_bigm.any() else None
    tied = (known.factor >= 0) & ((ways == "bigm") | (ways == "branch"))
    open_ = known.open & ~tied
    n, base = kkt.program.joint.shape[1], kkt.linear
    extension = Extension(base)
    pieces: list[Piece] = []
    if bounds is not None:
        pieces.append(bigm.add(extension, kkt, bounds))
    for name, add in (("sos1", sos1.add), ("indicator", indicator.add)):
        chosen = np.flatnonzero(open_ & (ways == name))
        if len(chosen):
            pieces.append(add(extension, kkt, chosen))
    lower, upper = _multiplier_limits(kkt, known, ways, bounds)
    row_lower, row_upper = tied_rows(kkt, tied)
    linear = extension.linear(
        lower=np.concatenate([base.lower[:n], lower]),
        upper=np.concatenate([base.upper[:n], upper]),
        row_lower=row_lower,
        row_upper=row_upper,
    )
    factor = np.where(tied, known.factor, -1)

    def lift(x: Floats, multipliers: Multipliers) -> Floats:
        point = tightened(kkt, factor, x[:n])
        values = lifted_values(kkt, known.net, point, multipliers, lower, upper)
        return np.concatenate([point, values, *(piece.start(point, values) for piece in pieces)])

    nothing = np.empty((0, 2), np.int64)
    mip = Mip(
        linear,
        sos1=np.concatenate([nothing, *(piece.sos1 for piece in pieces)]),
        indicators=np.concatenate([nothing, *(piece.indicators for piece in pieces)]),
        pairs=_left_to_branch(kkt, known, open_ & (ways == "branch"), upper),
        size=sizes(kkt, linear.shape[1]),
    )
    return Encoded(mip, bounds.provenance if bounds is not None else Provenance(), lift)


def _multiplier_limits(
    kkt: Kkt, known: Presolved, ways: NDArray[np.str_], bounds: Bounds | None
) -> tuple[Floats, Floats]:
    """(q,) twice: the limits of the multipliers' columns."""
    n = kkt.program.joint.shape[1]
    lower, upper = kkt.linear.lower[n:].copy(), kkt.linear.upper[n:].copy()
    way = np.full(len(kkt.duals), "", "<U9")
    way[kkt.pair_dual] = ways
    if bounds is not None and (ways == "bigm").all():
        return bounds.lower, bounds.upper
    if bounds is not None:
        chosen = way == "bigm"
        lower[chosen], upper[chosen] = bounds.lower[chosen], bounds.upper[chosen]
    if not len(kkt.program.readings):
        zero = (known.net.group < 0) & (kkt.duals.side != EQUAL) & (way == "branch")
        upper[zero] = 0.0
    return lower, upper


def _left_to_branch(kkt: Kkt, known: Presolved, wanted: Bools, upper: Floats) -> Pairs:
    dual = kkt.pair_dual
    chosen: Ints = np.flatnonzero(wanted & (upper[dual] > 0))
    group = known.net.group[dual[chosen]]
    if len(kkt.program.readings):
        group = np.full(len(chosen), -1)
    return replace(kkt.pairs.take(chosen), group=group)
