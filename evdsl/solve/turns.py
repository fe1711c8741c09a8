"""What works on a program by turns: an exact method, the boxes along a chain, and the search."""

from __future__ import annotations

from dataclasses import dataclass, replace

from evdsl.program.program import Program
from evdsl.solve.bound.bound import ROWS, Bounding
from evdsl.solve.bound.chained import Chained, chained
from evdsl.solve.judge import Verdict, judge_starts, with_bound
from evdsl.solve.monitor import Monitor
from evdsl.solve.plan import Plan
from evdsl.solve.route import Request
from evdsl.solve.search.search import Search

_FEW = 150
_HALF = 450
_MOST, _LEAST = 0.75, 0.01


def chain_for_turns(program: Program, planned: Plan, request: Request) -> Chained | None:
    """The windows of a program that has many choices left; None where an exact method goes alone.

    It does where the user says how it has to go, and where something beside the Program itself
    says what an answer is.
    """
    steered = request.method != "auto" or bool(request.options.extra)
    plain = request.extend is None and not request.pessimistic and not program.dual_stated.any()
    if steered or not plain or planned.single.encoded.tally.open <= _FEW:
        return None
    return chained(program, ROWS)


def share_of_exact(open_pairs: int) -> float:
    """The part of the time that an exact method gets beside the boxes: by the fourth power of the
    pairs that need a choice, half of it at 450 and none where that leaves less than a hundredth."""
    share = min((_HALF / max(open_pairs, 1)) ** 4 / 2, _MOST)
    return share if share >= _LEAST else 0.0


def with_told(program: Program, verdict: Verdict, monitor: Monitor) -> Verdict:
    """An exact method's verdict with what boxes and search have told the monitor."""
    if monitor.best is not None and verdict.found is not None:
        best = judge_starts(program, [monitor.best])
        gain = program.joint.objective(verdict.found.x) - monitor.best.objective
        if best.found is not None and program.joint.sense * gain > 0:
            verdict = replace(verdict, found=best.found, certificate=best.certificate)
    return with_bound(verdict, program, monitor.bound, monitor.options.gap)


@dataclass(frozen=True, eq=False)
class BoxesAndSearch:
    """While the search may go on, each has a turn of as long as the search has had before."""

    boxes: Bounding
    search: Search | None
    monitor: Monitor

    def go_on(self, seconds: float) -> bool:
        """For so long at most; whether the boxes have anything left to do then."""
        end, rest = self.monitor.clock.total + seconds, seconds
        while True:
            search = self.search if self.search and self.search.has_room else None
            left = self._bound(rest if search is None else min(rest, search.had))
            rest = end - self.monitor.clock.total
            if search is None or not left or rest <= 0 or self.monitor.is_over:
                return left
            self._search(search, min(rest, search.had))
            rest = end - self.monitor.clock.total

    def _bound(self, seconds: float) -> bool:
        self.monitor.doing("bounding along the chain")
        with self.monitor.clock("bound"):
            return self.boxes.go_on(seconds)

    def _search(self, search: Search, seconds: float) -> None:
        self.monitor.doing("searching for better answers")
        with self.monitor.clock("start"):
            search.go_on(seconds)
