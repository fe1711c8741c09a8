"""Which move comes next: that which has had the least for its share, and who gains shares more.

Few factors, each of which serves many hours, are best shaken; of many a window is best freed. What
helps changes on the way too (adaptive large neighbourhoods: Ropke and Pisinger 2006, doi
10.1287/trsc.1050.0135). The shares are of the problems that are solved, so that a slow machine has
the same turns. Nudges try each factor: at a place where they were in vain they rest until another
move gains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evdsl.solve.search.chain import Move

_USUAL: dict[Move, float] = {"kick": 0.1, "nudge": 0.3, "shake": 1.0, "window": 1.0}
_EVEN = 84
_LEAST, _MOST_OF_SHAKES = 0.1, 2.0
_LEAD = 300.0
_REST: dict[Move, float] = {"nudge": 0.3}
_GAINED, _IN_VAIN = 2.0, 0.7
_MOST = 8.0


@dataclass(eq=False)
class Turns:
    """`usual` shares by move, those of now, and what each has `had`: the problems that it solved,
    divided by its share at that time."""

    usual: dict[Move, float]
    now: dict[Move, float]
    had: dict[Move, float]

    @staticmethod
    def of(columns: int) -> Turns:
        """Where followers read so many of the leader's columns."""
        shake = float(np.clip((_EVEN / max(columns, 1)) ** 2, _LEAST, _MOST_OF_SHAKES))
        usual = {**_USUAL, "shake": shake}
        had = {**dict.fromkeys(usual, 0.0), "shake": _LEAD / shake, "window": _LEAD}
        return Turns(usual, dict(usual), had)

    def next(self) -> Move:
        return min(self.had, key=lambda move: self.had[move])

    def done(self, move: Move, problems: int, gained: bool) -> None:
        self.had[move] += max(problems, 1) / self.now[move]
        grown = self.now[move] * (_GAINED if gained else _IN_VAIN)
        least = self.usual[move] * _REST.get(move, 1.0)
        self.now[move] = float(np.clip(grown, least, _MOST * self.usual[move]))
        if gained:
            self.now = {one: max(self.now[one], self.usual[one]) for one in self.now}
