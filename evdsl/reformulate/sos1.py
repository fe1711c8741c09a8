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
)
from evdsl.reformulate.kkt import Kkt
from evdsl.reformulate.lift import lifted_values
from evdsl.reformulate.limits import implied_limits
from evdsl.reformulate.net import net
from evdsl.reformulate.size import sizes
from evdsl.reformulate.slack import interval_slack


def encode(kkt: Kkt) -> Encoded:
    """The pairs of `kkt` by SOS1 sets."""
    n, base = kkt.program.joint.shape[1], kkt.linear
    limits = implied_limits(kkt.program.joint)
    is_open = interval_slack(kkt, limits) > 0
    chosen = np.flatnonzero(is_open)
    multiplier, dual = kkt.pairs.multiplier[chosen], kkt.pairs.dual[chosen]
    extension = Extension(base)
    slack = extension.width + np.arange(len(chosen))
    extension.add_columns(
        pair_families(kkt, is_open, "slack", extension.width), upper=np.inf, integer=False
    )
    limit, at_lower = side_limits(kkt, chosen), kkt.pairs.side[chosen] < 0
    index = np.arange(len(chosen))
    extension.add_rows(
        pair_families(kkt, is_open, "slack", extension.height),
        [side_entries(kkt, chosen), (index, slack, np.where(at_lower, -1.0, 1.0))],
        limit,
        limit,
    )
    linear = extension.linear(
        lower=base.lower, upper=base.upper, row_lower=base.row_lower, row_upper=base.row_upper
    )

    def lift(x: Floats, multipliers: Multipliers) -> Floats:
        duals = net(kkt, limits)
        values = lifted_values(kkt, duals, x[:n], multipliers, base.lower[n:], base.upper[n:])
        distance = np.maximum(kkt.slack(x[:n])[dual], 0.0)
        return np.concatenate([x[:n], values, distance])

    sets = np.stack([slack, multiplier], axis=1)
    mip = Mip(linear, sos1=sets, size=sizes(kkt, linear.shape[1]))
    return Encoded(mip, Provenance(), lift)
