"""The pairs of a single level, each encoded its own way.

`bigm`, `sos1` and `indicator` make columns and rows of a pair (see the files of these names);
`branch` leaves it to our own branch and bound. What needs no choice is decided beforehand by the
rules of presolve/, and what is left is narrowed by its sets. A factor that serves one row only is
not tied to it where pairs are SOS1 sets or indicators (single_factor.py). SOS1 sets are left out
for sides that are always tight only: multipliers that are known to be zero give others limits,
and with these SCIP's cuts, which nobody switches off in a file or in Pyomo, are wrong (sos1.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from evdsl.program.linear import Bools, Floats, Ints, Linear
from evdsl.program.mip import Mip, Pairs
from evdsl.program.program import Multipliers
from evdsl.reformulate import bigm, indicator, sos1
from evdsl.reformulate.bounds import Bounds, bound
from evdsl.reformulate.encoded import Encoded, Extension, Piece, Provenance, with_sides_held
from evdsl.reformulate.kkt import Kkt
from evdsl.reformulate.lift import lifted_values
from evdsl.reformulate.presolve import Presolved, presolve
from evdsl.reformulate.presolve.narrowed import Narrowed, narrowed
from evdsl.reformulate.presolve.single_factor import SINGLE_FACTOR, tightened
from evdsl.reformulate.size import of_multipliers, sizes
from evdsl.reformulate.tally import Tally

METHODS = ("bigm", "sos1", "indicator", "branch")


def encode(
    kkt: Kkt,
    method: str | NDArray[np.str_],
    big_m: float | None = None,
    incumbent: Floats | None = None,
    known: Presolved | None = None,
) -> Encoded:
    """The pairs of `kkt` by one method, or each by its own (p,).

    With an `incumbent` (n,), a point of both levels, worse ones may be cut off. What `presolve`
    says is looked for where it is not `known`. Raises EvdslError where big-M needs a bound that has
    no proof (see `bound`).
    """
    encoded, linear = _encoded(kkt, method, big_m, incumbent, known)
    # what presolve knew is free by now, and the whole takes its place
    return replace(encoded, mip=replace(encoded.mip, linear=linear()))


def _encoded(
    kkt: Kkt,
    method: str | NDArray[np.str_],
    big_m: float | None,
    incumbent: Floats | None,
    known: Presolved | None,
) -> tuple[Encoded, Callable[[], Linear]]:
    """What is encoded, over the conditions alone, and what joins them to all that is added."""
    ways = np.broadcast_to(np.asarray(method), (len(kkt.pairs),))
    by = {way: ways == way for way in METHODS}
    if known is None:  # rows on multipliers may be added where pairs are SOS1 sets
        known = presolve(kkt, every_multiplier=kkt.extensible and bool(by["sos1"].any()))
    by_bigm = by["bigm"]
    bounds = bound(kkt, big_m, known, by_bigm, incumbent) if by_bigm.any() else None
    by_rules = ~known.open & (~by["sos1"] | known.still)
    tied = (known.factor >= 0) & (by_bigm | by["branch"])
    lower, upper = _multiplier_limits(kkt, by_rules & known.zero, by_bigm, bounds)
    choice = ~by_rules & ~tied
    if bounds is not None:
        choice = np.where(by_bigm, bounds.switched, choice)
    n, base, net = kkt.program.joint.shape[1], kkt.linear, known.net
    extension = Extension(base)
    pieces: list[Piece] = []
    multiplier_sizes = of_multipliers(kkt)

    def left(way: str) -> Narrowed:
        if not known.normal:
            return Narrowed.none()
        return narrowed(kkt, net, choice & by[way], (upper == 0) & (lower == 0))

    sets = {way: left(way) for way in METHODS if by[way].any()}
    if bounds is not None:
        pieces.append(bigm.add(extension, kkt, bounds, sets["bigm"], multiplier_sizes))
    in_sets, indicated = (np.flatnonzero(choice & by[way]) for way in ("sos1", "indicator"))
    if len(in_sets):
        pieces.append(sos1.add(extension, kkt, in_sets, sets["sos1"]))
    if len(indicated):
        pieces.append(indicator.add(extension, kkt, indicated, sets["indicator"], multiplier_sizes))
    held = with_sides_held(kkt, tied | (by_rules & known.imposed))
    linear = partial(
        extension.linear,
        lower=(held.lower[:n], lower),
        upper=(held.upper[:n], upper),
        row_lower=held.row_lower,
        row_upper=held.row_upper,
    )
    factor = np.where(tied, known.factor, -1)

    def lift(x: Floats, multipliers: Multipliers) -> Floats:
        point = tightened(kkt, factor, x[:n])
        values = lifted_values(kkt, net, point, multipliers, lower, upper)
        return np.concatenate([point, values, *(piece.start(point, values) for piece in pieces)])

    nothing = np.empty((0, 2), np.int64)
    branched = np.flatnonzero(choice & by["branch"])
    mip = Mip(
        base,
        sos1=np.concatenate([nothing, *(piece.sos1 for piece in pieces)]),
        apart=np.concatenate([nothing, *(piece.apart for piece in pieces)]),
        indicators=np.concatenate([nothing, *(piece.indicators for piece in pieces)]),
        pairs=_left_to_branch(kkt, known, branched),
        covers=_covers(branched, sets.get("branch")),
        size=sizes(kkt, multiplier_sizes, extension.width),
    )
    provenance = bounds.provenance if bounds is not None else Provenance()
    tally = _tally(known, by_rules & ~tied, tied, choice, sets)
    return Encoded(mip, provenance, lift, tally), linear


def _multiplier_limits(
    kkt: Kkt, zero: Bools, by_bigm: Bools, bounds: Bounds | None
) -> tuple[Floats, Floats]:
    """(q,) twice: the limits of the multipliers' columns, those of some pairs (p,) `zero`."""
    n = kkt.program.joint.shape[1]
    lower, upper = kkt.linear.lower[n:].copy(), kkt.linear.upper[n:].copy()
    if bounds is not None and by_bigm.all():
        lower, upper = bounds.lower.copy(), bounds.upper.copy()
    elif bounds is not None:
        chosen = kkt.pair_dual[by_bigm]
        lower[chosen], upper[chosen] = bounds.lower[chosen], bounds.upper[chosen]
    upper[kkt.pair_dual[zero]] = 0.0
    return lower, upper


def _left_to_branch(kkt: Kkt, known: Presolved, chosen: Ints) -> Pairs:
    group = known.net.group[kkt.pair_dual[chosen]]
    if not known.normal:
        group = np.full(len(chosen), -1)
    return replace(kkt.pairs.take(chosen), group=group)


def _covers(chosen: Ints, sets: Narrowed | None) -> Ints:
    """(e, 2): `Mip.covers` over the pairs `chosen`."""
    if sets is None:
        return np.empty((0, 2), np.int64)
    found = sets.never_both
    return np.stack([found.member, np.searchsorted(chosen, found.pair)], axis=1)


def _tally(
    known: Presolved, by_rules: Bools, tied: Bools, choice: Bools, of: dict[str, Narrowed]
) -> Tally:
    rules = Counter(known.rules[k].name for k in known.by[by_rules].tolist())
    rules[SINGLE_FACTOR] = int(tied.sum())
    rules["bound is zero"] = int((~by_rules & ~tied & ~choice).sum())
    return Tally(
        pairs=len(tied),
        open=int(choice.sum()),
        rules={name: count for name, count in rules.items() if count},
        sets={
            name: count
            for name, count in (
                ("one of two sides", sum(len(of[way].exclusive) for way in of if way != "sos1")),
                ("never both", sum(len(of[way].never_both) for way in of)),
            )
            if count
        },
    )
