"""How much a search may still do."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from evdsl.backends.interrupt import Interrupt


@dataclass(eq=False)
class Budget:
    """Linear and quadratic programs that may be solved, how many have been, and when all ends.

    `problems` may be inf, and so may `end`, a time of `time.monotonic`. With a budget of problems
    a search gives the same on a fast and on a slow machine.
    """

    problems: float = math.inf
    end: float = math.inf
    interrupt: Interrupt = field(default_factory=Interrupt)
    spent: int = 0

    def spend(self, problems: int = 1) -> None:
        self.spent += problems

    @property
    def seconds(self) -> float:
        """How many are left, 0 at least."""
        return max(self.end - time.monotonic(), 0.0)

    @property
    def is_over(self) -> bool:
        return self.spent >= self.problems or not self.seconds or self.interrupt.pressed
