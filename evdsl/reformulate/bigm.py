"""Pairs by binaries: with bounds there is no complementarity left.

For each pair in which a choice remains a binary `tight`: `multiplier <= M tight` and
`slack <= S (1 - tight)`. A multiplier whose bound is 0 and a side that is always tight need none.
Multipliers have their bounds as limits of their columns; the sets of presolve/ are rows.
"""

from __future__ import annotations

import numpy as np

from evdsl.program.linear import Floats, Ints
from evdsl.reformulate.bounds import Bounds
from evdsl.reformulate.encoded import (
    Extension,
    Piece,
    pair_families,
    rows_of_two,
    with_sides,
)
from evdsl.reformulate.kkt import Kkt
from evdsl.reformulate.presolve.narrowed import Narrowed
from evdsl.reformulate.set_rows import add_at_least_one, add_at_most_one

_POSITIVE = 1e-9


def add(extension: Extension, kkt: Kkt, bounds: Bounds, narrowed: Narrowed, sizes: Floats) -> Piece:
    """The pairs that `bounds` leaves open, by binaries, `narrowed` by sets; `sizes` (q,) are those
    of the multipliers."""
    chosen = np.flatnonzero(bounds.switched)
    binary = np.full(len(bounds.switched), -1)
    binary[chosen] = extension.width + np.arange(len(chosen))
    extension.add_columns(
        pair_families(kkt, bounds.switched, "tight", extension.width), upper=1.0, integer=True
    )
    _add_multiplier_rows(extension, kkt, bounds, chosen, binary)
    _add_slack_rows(extension, kkt, bounds, chosen, binary)
    add_at_most_one(extension, kkt, narrowed.exclusive, binary)
    add_at_least_one(extension, kkt, narrowed.never_both, binary)
    dual = kkt.pair_dual[chosen]
    least = _POSITIVE * sizes[dual]
    return Piece(start=lambda _, values: (values[dual] > least).astype(float))


def _add_multiplier_rows(
    extension: Extension, kkt: Kkt, bounds: Bounds, chosen: Ints, binary: Ints
) -> None:
    """`multiplier - M tight <= 0`."""
    multiplier, largest = kkt.pairs.multiplier[chosen], bounds.upper[kkt.pair_dual[chosen]]
    extension.add_rows(
        pair_families(kkt, bounds.switched, "tight.multiplier", extension.height),
        [rows_of_two(multiplier, binary[chosen], -largest)],
        np.full(len(chosen), -np.inf),
        np.zeros(len(chosen)),
    )


def _add_slack_rows(
    extension: Extension, kkt: Kkt, bounds: Bounds, chosen: Ints, binary: Ints
) -> None:
    """`slack + S tight <= S`, with the slack written by its row."""
    joint, pairs, largest = kkt.program.joint, kkt.pairs.take(chosen), bounds.slack[chosen]
    limit, at_lower = kkt.limit[kkt.pair_dual[chosen]], pairs.side < 0
    extension.add_rows(
        pair_families(kkt, bounds.switched, "tight.slack", extension.height),
        with_sides(joint, pairs, binary[chosen], np.where(at_lower, largest, -largest)),
        np.where(at_lower, -np.inf, limit - largest),
        np.where(at_lower, limit + largest, np.inf),
    )
