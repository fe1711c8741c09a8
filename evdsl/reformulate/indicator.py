"""Pairs by indicators: a binary says which of the two is zero, and the solver sees to it.

Each pair gets its slack as a column, and two binaries of which at least one is 1: one asks for no
slack, the other for no multiplier. No bound enters.
"""

from __future__ import annotations

import numpy as np

from evdsl.program.linear import Floats, Ints
from evdsl.reformulate.encoded import (
    Extension,
    Piece,
    chosen_mask,
    pair_families,
    rows_of_two,
)
from evdsl.reformulate.kkt import Kkt
from evdsl.reformulate.presolve.narrowed import Narrowed
from evdsl.reformulate.set_rows import add_all_but_one, add_at_least_one
from evdsl.reformulate.slack import add_slacks, slacks_at

_POSITIVE = 1e-9


def add(extension: Extension, kkt: Kkt, chosen: Ints, narrowed: Narrowed, sizes: Floats) -> Piece:
    """The `chosen` pairs of `kkt` with their indicators, `narrowed` by rows over the binaries;
    `sizes` (q,) are those of the multipliers."""
    slack = add_slacks(extension, kkt, chosen)
    mask, k = chosen_mask(kkt, chosen), len(chosen)
    words = ("tight", "off")
    start = extension.width
    for word in words:
        families = pair_families(kkt, mask, word, extension.width)
        extension.add_columns(families, upper=1.0, integer=True)
    tight, off = start + np.arange(k), start + k + np.arange(k)
    index, one = np.arange(k), np.ones(k)
    extension.add_rows(
        pair_families(kkt, mask, "one", extension.height),
        [rows_of_two(tight, off, one)],
        one,
        np.full(k, np.inf),
    )
    place = np.full(len(kkt.pairs), -1)
    place[chosen] = index
    add_all_but_one(extension, kkt, narrowed.exclusive, off[0] + place)
    add_at_least_one(extension, kkt, narrowed.never_both, tight[0] + place)
    multiplier, dual = kkt.pairs.multiplier[chosen], kkt.pair_dual[chosen]
    least = _POSITIVE * sizes[dual]

    def at(x: Floats, values: Floats) -> Floats:
        positive = values[dual] > least
        return np.concatenate([slacks_at(kkt, chosen, x), positive, ~positive])

    pairs = np.concatenate([np.stack([tight, slack], 1), np.stack([off, multiplier], 1)])
    return Piece(start=at, indicators=pairs)
