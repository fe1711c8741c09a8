"""The bounds of the complementarity pairs as a table: how large, and by what they are known."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import numpy as np

from evdsl.reformulate.bounds import Bounds
from evdsl.reformulate.kkt import Kkt
from evdsl.report.text import columns, counted, figure


def bounds_text(level: Kkt, bounds: Bounds) -> str:
    """A line for each pair, named by its multiplier as in an LP file, after a count of proofs."""
    return "\n".join(_lines(level, bounds)) + "\n"


def _lines(level: Kkt, bounds: Bounds) -> Iterator[str]:
    dual, n = level.pair_dual, level.program.joint.shape[1]
    of_multiplier = np.where(np.isfinite(bounds.upper[dual]), bounds.how[dual], "")
    yield f"{counted(len(dual), 'pair')}, {int(bounds.switched.sum())} with a choice to be made"
    for what, how in (("slack", bounds.slack_how), ("multiplier", of_multiplier)):
        ways = Counter(str(way) or "none" for way in how[bounds.switched])
        if ways:
            yield f"{what}: " + ", ".join(f"{way} {count}" for way, count in ways.most_common())
    if not len(dual):
        return
    yield ""
    rows = [["pair", "slack", "by", "multiplier", "by", ""]]
    for k, q in enumerate(dual.tolist()):
        rows.append(
            [
                level.linear.column_name(n + q),
                _bound(bounds.slack[k]),
                bounds.slack_how[k] or "-",
                _bound(bounds.upper[q]),
                of_multiplier[k] or "-",
                _state(level, bounds, k),
            ]
        )
    yield from columns(rows, "<><><<")


def _bound(value: float) -> str:
    return figure(value) if math.isfinite(value) else "none"


def _state(level: Kkt, bounds: Bounds, k: int) -> str:
    """What becomes of a pair without a choice."""
    if bounds.switched[k]:
        return ""
    if bounds.factor[k] >= 0:
        return f"tight by {level.program.joint.column_name(int(bounds.factor[k]))}"
    if bounds.upper[level.pair_dual[k]] <= 0:
        return "never needed"
    return "always tight"
