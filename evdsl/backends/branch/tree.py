"""The search: best bound first, each time followed by a dive to the bottom."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count

import numpy as np

from evdsl.backends.branch.choose import Choice, History, choose, choose_along
from evdsl.backends.branch.relaxation import FREE, OFF, TIGHT, Decided, Relaxation, Relaxed
from evdsl.backends.interrupt import catch_interrupt
from evdsl.backends.options import Progress, SolveOptions, Watch, allowed_gap
from evdsl.program.epigraph import epigraph
from evdsl.program.linear import Floats, Ints
from evdsl.program.mip import Answer, Mip, Status

_SURE = 0.9
_ACCURACY = 0.1
_PASSES = 4
_MOST_BITS, _BITS_A_PAIR = 12.0, 0.25


@dataclass(frozen=True, eq=False)
class Improve:
    """`best(x)` makes a feasible point of a point (n,), or gives None.

    Where all whole-number columns are fixed and `decides` is true, there is no better one with
    these numbers, and None says that there is none at all.
    """

    best: Callable[[Floats], Floats | None]
    decides: bool = False


@dataclass(frozen=True, order=True)
class _Node:
    """`bound` is that of its parent, in minimum form."""

    bound: float
    order: int
    decided: Decided = field(compare=False)
    depth: int = field(compare=False)
    came_by: tuple[Choice, int] | None = field(compare=False, default=None)


def solve(
    mip: Mip,
    options: SolveOptions,
    watch: Watch | None = None,
    improve: Improve | None = None,
) -> Answer:
    """Solve a single level whose pairs are `mip.pairs`; its objective's products must be convex.

    `improve` makes feasible points of others. Ctrl-C ends the search and
    what it has found is returned. Raises ValueError where the objective is not convex.
    """
    found = _Search(mip, options, Progress(watch), improve)
    with catch_interrupt() as interrupt:
        return found.run(lambda: interrupt.pressed)


class _Search:
    def __init__(
        self, mip: Mip, options: SolveOptions, progress: Progress, improve: Improve | None
    ) -> None:
        flat = epigraph(mip.linear)
        if flat is None:
            raise ValueError("the objective is not convex")
        self._mip, self._options, self._progress, self._improve = mip, options, progress, improve
        self._sense = mip.linear.sense
        self._relaxation = Relaxation(flat, mip.pairs, options.seed)
        self._history = History(len(mip.pairs) + int(mip.linear.integer.sum()))
        self._group = mip.pairs.group
        self._covers = int(mip.covers[:, 0].max(initial=-1)) + 1
        self._best: Floats | None = None
        self._value = math.inf
        self._open: list[_Node] = []
        self._left = self._cut = math.inf
        self._in_hand = -math.inf
        self._order = count()
        self._nodes = 0
        if mip.start is not None and not np.isnan(mip.start).any():
            self._accept(mip.start)

    # ---- the incumbent -----------------------------------------------------------------------
    def _accept(self, x: Floats) -> None:
        value = self._sense * self._mip.linear.objective(x[: self._mip.linear.shape[1]])
        if value < self._value:
            best = x[: self._mip.linear.shape[1]]
            self._best, self._value = best, value
            self._report(lambda: best)

    def _try(self, x: Floats) -> None:
        if self._improve is not None:
            found = self._improve.best(x[: self._mip.linear.shape[1]])
            if found is not None:
                self._accept(found)

    @property
    def _allowed(self) -> float:
        """How far below the incumbent a bound may stay."""
        return _SURE * allowed_gap(self._options.gap, self._value)

    @property
    def _cutoff(self) -> float:
        return self._value - self._allowed

    def _accuracy(self, bound: float) -> float:
        known = [abs(value) for value in (bound, self._value) if math.isfinite(value)]
        return _ACCURACY * allowed_gap(self._options.gap, min(known, default=1.0))

    # ---- the search --------------------------------------------------------------------------
    def run(self, stopped: Callable[[], bool]) -> Answer:
        whole = self._relaxation.whole
        linear = self._mip.linear
        root = Decided(
            np.full(len(self._mip.pairs), FREE), linear.lower[whole], linear.upper[whole]
        )
        heapq.heappush(self._open, _Node(-math.inf, next(self._order), root, 0))
        limit = self._options.time_limit
        while self._open:
            if stopped() or (limit is not None and self._progress.seconds >= limit):
                return self._answer(
                    complete=False, message="interrupted" if stopped() else "time limit"
                )
            if self._open[0].bound >= self._cutoff:
                self._cut = min(self._cut, self._open[0].bound)
                self._open.clear()
                break
            node: _Node | None = heapq.heappop(self._open)
            while node is not None:
                if limit is not None and self._progress.seconds >= limit:
                    heapq.heappush(self._open, node)
                    break
                self._in_hand = node.bound
                ended = self._visit(node)
                if isinstance(ended, Answer):
                    return ended
                node = ended
            self._in_hand = math.inf
        return self._answer(complete=self._left == math.inf)

    def _visit(self, node: _Node) -> _Node | Answer | None:
        """Solve a node; its better child, or None where it has none; an Answer ends the search."""
        self._nodes += 1
        self._report()
        relaxation, decided = self._relaxation, node.decided
        accuracy = self._accuracy(node.bound)
        found = relaxation.solve(decided, self._cutoff, self._value, accuracy)
        if found.status == "optimal" and self._is_decided(decided):
            assert found.x is not None
            self._try(found.x)
            return None
        if found.status == "optimal":
            choice = self._enumerated(decided, found)
            choice = choice or choose(relaxation, decided, found, self._history)
            self._note(node, found)
            if choice is None:
                self._leaf(node)
                return None
            if node.depth == 0:
                assert found.x is not None
                self._try(found.x)
            return self._split(node, choice, found)
        if found.status == "unbounded":
            along = choose_along(relaxation, decided, found)
            if along is None:
                return Answer(
                    "unbounded",
                    bound=-self._sense * math.inf,
                    nodes=self._nodes,
                    seconds=self._progress.seconds,
                )
            return self._split(node, along, found)
        if found.status == "error":
            return self._unsolved(node)
        if found.status == "cut_off":
            self._cut = min(self._cut, found.bound)
        return None

    def _is_decided(self, decided: Decided) -> bool:
        """Whether only one decision is left, whose best answer `improve` knows."""
        fixed = bool(len(decided.lower)) and bool((decided.lower == decided.upper).all())
        return fixed and self._improve is not None and self._improve.decides

    def _leaf(self, node: _Node) -> None:
        """Nothing is broken: the point is a solution, and the node has no better one."""
        for _ in range(_PASSES):
            found = self._relaxation.solve(
                node.decided, self._cutoff, self._value, self._accuracy(node.bound), thorough=True
            )
            if found.status == "cut_off":
                self._cut = min(self._cut, found.bound)
            if found.status in ("cut_off", "infeasible"):
                return
            if found.x is None or found.status != "optimal":
                self._left = min(self._left, node.bound)
                return
            if choose(self._relaxation, node.decided, found, self._history) is not None:
                heapq.heappush(self._open, replace(node, order=next(self._order)))
                return
            self._accept(found.x)
            self._try(found.x)
            if found.value - found.bound <= self._allowed:
                self._cut = min(self._cut, found.bound)
                return
        self._left = min(self._left, found.bound)

    def _unsolved(self, node: _Node) -> _Node | None:
        """A linear program that HiGHS gives up on: decide more, or remember that it is open."""
        free = np.flatnonzero(node.decided.state == FREE)
        if not len(free):
            self._left = min(self._left, node.bound)
            return None
        return self._split(
            node, Choice(int(free[0]), -1, 0.0, 1.0, 1.0), Relaxed("error", node.bound)
        )

    def _enumerated(self, decided: Decided, found: Relaxed) -> Choice | None:
        """The next whole number to fix, where there are few enough decisions to try them all."""
        if self._improve is None or not self._improve.decides:
            return None
        span = decided.upper - decided.lower + 1
        bits = np.log2(np.maximum(span, 1)).sum()
        if not bits <= max(_MOST_BITS, _BITS_A_PAIR * len(self._mip.pairs)):
            return None
        loose = np.flatnonzero(span > 1)
        if not len(loose):
            return None
        assert found.x is not None
        value = np.clip(
            found.x[self._relaxation.whole[loose]], decided.lower[loose], decided.upper[loose]
        )
        at = int(np.argmax(np.minimum(value - np.floor(value), np.ceil(value) - value)))
        k = int(loose[at])
        split = min(float(np.floor(value[at])), float(decided.upper[k]) - 1)
        return Choice(-1, k, split, value[at] - split, split + 1 - value[at])

    def _split(self, node: _Node, choice: Choice, found: Relaxed) -> _Node | None:
        bound = max(found.bound, node.bound) if found.status == "optimal" else node.bound
        children = [
            _Node(bound, next(self._order), decided, node.depth + 1, (choice, way))
            for way, decided in enumerate(self._ways(node.decided, choice))
            if decided is not None
        ]
        if not children:
            return None
        first = 0 if choice.down <= choice.up else 1
        chosen = children[min(first, len(children) - 1)]
        for child in children:
            if child is not chosen:
                heapq.heappush(self._open, child)
        if found.x is not None and node.depth and node.depth % 8 == 0:
            self._try(found.x)
        return chosen

    def _ways(self, decided: Decided, choice: Choice) -> list[Decided | None]:
        """Down: no multiplier, or the smaller numbers. Up: no slack, or the larger ones."""
        if choice.pair < 0:
            k = choice.number
            upper, lower = decided.upper.copy(), decided.lower.copy()
            upper[k], lower[k] = math.floor(choice.value), math.floor(choice.value) + 1
            return [replace(decided, upper=upper), replace(decided, lower=lower)]
        off, tight = decided.state.copy(), decided.state.copy()
        off[choice.pair], tight[choice.pair] = OFF, TIGHT
        self._exclude(tight, choice.pair)
        return [
            replace(decided, state=state) if self._cover(state) else None for state in (off, tight)
        ]

    def _cover(self, state: Ints) -> bool:
        """Where all pairs of a cover but one are off that one's multiplier is positive, so it is
        tight; False where all of a cover are off."""
        cover, pair = self._mip.covers.T
        while len(cover):
            on = state[pair] != OFF
            left = np.bincount(cover[on], minlength=self._covers)
            if not left.all():
                return False
            forced = pair[on & (left[cover] == 1) & (state[pair] == FREE)]
            if not len(forced):
                break
            state[forced] = TIGHT
            for place in forced.tolist():
                self._exclude(state, place)
        return True

    def _exclude(self, state: Ints, pair: int) -> None:
        """Of a group only one multiplier is positive: beside the one that may be, all are off.

        The answers in which another one is positive have this one at zero, which is the other way.
        """
        group = self._group[pair]
        if group >= 0:
            others = np.flatnonzero((self._group == group) & (state == FREE))
            state[others] = OFF

    def _note(self, node: _Node, found: Relaxed) -> None:
        if node.came_by is None or not math.isfinite(node.bound):
            return
        choice, way = node.came_by
        candidate = choice.pair if choice.pair >= 0 else len(self._mip.pairs) + choice.number
        breach = choice.down if way == 0 else choice.up
        self._history.note(candidate, way, breach, max(found.bound - node.bound, 0.0))

    # ---- what is said ------------------------------------------------------------------------
    def _bound(self) -> float:
        """What no point is below: nodes that are open, in hand, given up or cut off."""
        lowest = min((node.bound for node in self._open[:1]), default=math.inf)
        return min(lowest, self._in_hand, self._left, self._cut, self._value)

    def _report(self, better: Callable[[], Floats] | None = None) -> None:
        incumbent = None if self._best is None else self._sense * self._value
        self._progress(incumbent, self._sense * self._bound(), self._nodes, better)

    def _answer(self, complete: bool, message: str = "") -> Answer:
        seconds = self._progress.seconds
        if self._best is None and complete:
            return Answer("infeasible", nodes=self._nodes, seconds=seconds)
        bound = self._sense * self._bound()
        if self._best is None:
            status: Status = "no_solution" if message else "error"
            message = message or "HiGHS gives up on a linear program"
            return Answer(status, bound=bound, nodes=self._nodes, seconds=seconds, message=message)
        met = self._value - self._bound() <= self._allowed
        return Answer(
            status="optimal" if met else "feasible",
            x=self._best,
            objective=self._sense * self._value,
            bound=bound,
            nodes=self._nodes,
            seconds=seconds,
            message="" if met else message,
        )
