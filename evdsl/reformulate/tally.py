"""How many pairs each rule has decided, and how many sets narrow what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Tally:
    """Of `pairs` so many are `open`; `rules` and `sets` are counts by the names of the rules."""

    pairs: int = 0
    open: int = 0
    rules: Mapping[str, int] = field(default_factory=dict)
    sets: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """For `solution.json`."""
        return {
            "pairs": self.pairs,
            "open": self.open,
            "rules": dict(self.rules),
            "sets": dict(self.sets),
        }


def summed(tallies: Iterable[Tally]) -> Tally:
    """Of problems that are solved one by one."""
    pairs, left, rules, sets = 0, 0, Counter[str](), Counter[str]()
    for tally in tallies:
        pairs, left = pairs + tally.pairs, left + tally.open
        rules.update(tally.rules)
        sets.update(tally.sets)
    return Tally(pairs, left, rules, sets)
