"""How long each stage of a solve takes, and how much of its time limit is left."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from evdsl.backends.options import SolveOptions

_SHARE_OF_STARTS = 0.1
_LONGEST_START = 60.0
_LONGEST_REASON = 60.0


class Clock:
    """Started when it is made."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._stages: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.add({stage: time.monotonic() - started})

    def add(self, timings: Mapping[str, float]) -> None:
        """Seconds by stage that were spent elsewhere; side by side they may be more than passed."""
        for stage, spent in timings.items():
            self._stages[stage] = self._stages.get(stage, 0.0) + spent

    @property
    def total(self) -> float:
        return time.monotonic() - self._started

    @property
    def timings(self) -> dict[str, float]:
        """Seconds by stage, and `total`."""
        return {**self._stages, "total": self.total}

    def for_starts(self, options: SolveOptions) -> SolveOptions:
        """Limits for what only helps the search: a tenth of what is left, a minute at most."""
        left = self.rest(options).time_limit
        share = _LONGEST_START if left is None else min(_SHARE_OF_STARTS * left, _LONGEST_START)
        return replace(options, time_limit=share, log=None, extra={})

    def for_reasons(self, options: SolveOptions) -> SolveOptions:
        """Limits for a search that only tells why there is no answer: a minute at most."""
        left = self.rest(options).time_limit
        share = _LONGEST_REASON if left is None else min(left, _LONGEST_REASON)
        return replace(options, time_limit=share, log=None)

    def is_over(self, options: SolveOptions) -> bool:
        """Whether the time limit is reached."""
        return options.time_limit is not None and self.total >= options.time_limit

    def rest(self, options: SolveOptions) -> SolveOptions:
        """The options with what is left of the time limit, a tenth of a second at least."""
        return options.after(self.total)
