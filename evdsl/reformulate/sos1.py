"""Pairs by SOS1 sets: Kkt gives a Mip whose solver branches on the pairs itself.

Each pair in which a choice remains gets its slack as a column, and slack and multiplier make a set
of which at most one is not zero. No bound enters, and the members' upper limits stay infinite:
SCIP 10 returns wrong optima where members of SOS1 sets have finite ones.
"""

from __future__ import annotations

import numpy as np

from evdsl.program.program import Floats, Mip, Multipliers
from evdsl.reformulate.bounds import Provenance
from evdsl.reformulate.encoded import (
    Encoded,
    Extension,
    pair_families,
    side_entries,
    side_limits,
    tied_rows,
)
from evdsl.reformulate.kkt import Kkt
from evdsl.reformulate.lift import lifted_values
from evdsl.reformulate.net import net
from evdsl.reformulate.presolve import presolve


def encode(kkt: Kkt) -> Encoded:
    """The pairs of `kkt` by SOS1 sets."""
    presolved = presolve(kkt)
    n, base = kkt.program.joint.shape[1], kkt.linear
    chosen = np.flatnonzero(presolved.open)
    multiplier = kkt.pairs.multiplier[chosen]
    extension = Extension(base)
    slack = extension.width + np.arange(len(chosen))
    extension.add_columns(
        pair_families(kkt, presolved.open, "slack", extension.width), upper=np.inf, integer=False
    )
    limit, at_lower = side_limits(kkt, chosen), kkt.pairs.side[chosen] < 0
    extension.add_rows(
        pair_families(kkt, presolved.open, "slack", extension.height),
        [
            side_entries(kkt, chosen),
            (np.arange(len(chosen)), slack, np.where(at_lower, -1.0, 1.0)),
        ],
        limit,
        limit,
    )
    row_lower, row_upper = tied_rows(kkt, presolved.factor >= 0)
    linear = extension.linear(
        lower=base.lower, upper=base.upper, row_lower=row_lower, row_upper=row_upper
    )

    def lift(x: Floats, multipliers: Multipliers) -> Floats:
        point = presolved.tightened(kkt, x[:n])
        values = lifted_values(
            kkt, net(kkt, presolved.limits), point, multipliers, base.lower[n:], base.upper[n:]
        )
        distance = np.maximum(kkt.slack(point)[multiplier - n], 0.0)
        return np.concatenate([point, values, distance])

    return Encoded(Mip(linear, sos1=np.stack([slack, multiplier], axis=1)), Provenance(), lift)
