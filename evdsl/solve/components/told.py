"""What a component that is being solved says of itself on its way."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evdsl.backends.options import Event
from evdsl.solve.monitor import Monitor
from evdsl.solve.polish import Polished
from evdsl.workers.tell import tell

_PAUSE = 1.0


@dataclass(frozen=True, eq=False)
class Told:
    """The best certified answer so far, and what no answer can beat; nan where nobody knows."""

    best: Polished
    bound: float


class Teller:
    """Tells what a monitor knows when there is something new, once a second at most but for the
    first bound."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor, self._next = monitor, -math.inf
        self._best: Polished | None = None
        self._bound = math.nan

    def __call__(self, event: Event) -> None:
        best, bound = self._monitor.best, self._monitor.bound
        has_bound = not math.isnan(bound)
        is_first = has_bound and math.isnan(self._bound)
        is_new = best is not self._best or (has_bound and bound != self._bound)
        if best is None or not is_new or (event.seconds < self._next and not is_first):
            return
        self._best, self._bound, self._next = best, bound, event.seconds + _PAUSE
        tell(Told(best, bound))
