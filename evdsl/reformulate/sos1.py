"""Pairs by SOS1 sets: the solver branches on them itself.

Each pair gets its slack as a column, and slack and multiplier make a set of which at most one is
not zero. No bound enters, and the members' upper limits stay infinite: SCIP 10 returns wrong optima
where members of SOS1 sets have finite ones.
"""

from __future__ import annotations

import numpy as np

from evdsl.program.linear import Ints
from evdsl.reformulate.encoded import Extension, Piece
from evdsl.reformulate.kkt import Kkt
from evdsl.reformulate.presolve.narrowed import Narrowed
from evdsl.reformulate.slack import add_slacks, slacks_at


def add(extension: Extension, kkt: Kkt, chosen: Ints, narrowed: Narrowed) -> Piece:
    """The `chosen` pairs of `kkt` as sets, with what is `narrowed` as further ones."""
    slack, multiplier = add_slacks(extension, kkt, chosen), kkt.pairs.multiplier
    column = np.concatenate([np.full(len(kkt.pairs), -1), multiplier])
    column[chosen] = slack
    return Piece(
        start=lambda x, _: slacks_at(kkt, chosen, x),
        sos1=np.stack([slack, multiplier[chosen]], axis=1),
        apart=column[narrowed.apart],
    )
