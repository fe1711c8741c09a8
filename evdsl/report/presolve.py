"""What the presolve has decided, in one line."""

from __future__ import annotations

from collections.abc import Mapping

from evdsl.reformulate.tally import Tally
from evdsl.report.text import counted


def presolve_text(tally: Tally) -> str:
    """Such as `48 of 96 pairs decided: 24 always tight, 24 single factor; sets over the 48 left: 24
    never both`."""
    decided = sum(tally.rules.values())
    parts = [f"{decided} of {counted(tally.pairs, 'pair')} decided"]
    if tally.rules:
        parts[0] += f": {_listed(tally.rules)}"
    if tally.sets:
        parts.append(f"sets over the {tally.open} left: {_listed(tally.sets)}")
    return "; ".join(parts)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
