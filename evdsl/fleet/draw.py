"""Random draws that give the same bytes on every platform.

Only the standard library's `random()` (its sequence for a seed is guaranteed) and the four basic
operations are used: no logarithm or cosine, whose last digit depends on the machine.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


class Draw:
    """A stream of draws named by a key such as `(seed, "car", 3)`: streams do not disturb each
    other, so a larger fleet of the same seed begins with the smaller one."""

    def __init__(self, *key: int | str) -> None:
        self._random = random.Random("/".join(map(str, key)))

    def share(self) -> float:
        """A number in [0, 1)."""
        return self._random.random()

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.share()

    def chance(self, probability: float) -> bool:
        return self.share() < probability

    def pick(self, weighted: Sequence[tuple[Item, float]]) -> Item:
        """One of the items; the weights need not add up to one."""
        left = self.share() * math.fsum(weight for _, weight in weighted)
        for item, weight in weighted:
            left -= weight
            if left < 0:
                return item
        return weighted[-1][0]

    def quantile(self, quantiles: Sequence[float]) -> float:
        """A draw from the distribution with these equally spaced quantiles, linear in between."""
        steps = len(quantiles) - 1
        position = self.share() * steps
        below = min(int(position), steps - 1)
        return quantiles[below] + (position - below) * (quantiles[below + 1] - quantiles[below])
