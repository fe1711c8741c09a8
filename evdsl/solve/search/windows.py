"""Windows (large neighbourhood search): all pairs stay as they are but for some near each other.

Near is what few rows and columns of the followers lie between: hours beside each other, the columns
of one unit. What is left is a small mixed-integer problem. Its constants need no proof, since each
answer is checked for itself: one that is too small hides answers, and makes none.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order

from evdsl.backends import highs
from evdsl.backends.options import SolveOptions
from evdsl.program.epigraph import Epigraph, epigraph, with_rows
from evdsl.program.limits import activity, implied_limits
from evdsl.program.linear import Bools, Floats, Ints, Linear
from evdsl.program.mip import Answer, Mip, Pairs
from evdsl.reformulate.encode import encode
from evdsl.reformulate.encoded import Encoded
from evdsl.reformulate.kkt import pick
from evdsl.solve.search.levels import PINNING, Levels, Place
from evdsl.solve.sides import pinned

_ROOM = 3.0
_LARGE = 1e4
_SEEN = 4


@dataclass(frozen=True, eq=False)
class Windows:
    """The pairs of a program that need a choice, and what each window's problem begins with.

    `flat` has the squares of the leader's objective as columns above tangents; None without them.
    There are tangents at the last points (n,) that are `seen`.
    """

    levels: Levels
    encoded: Encoded
    flat: Epigraph | None
    seen: list[Floats] = field(default_factory=list)

    @staticmethod
    def of(levels: Levels) -> Windows:
        encoded = encode(levels.single, "branch")
        linear = encoded.mip.linear
        return Windows(levels, encoded, epigraph(linear) if len(linear.products) else None)

    @property
    def pairs(self) -> Pairs:
        return self.encoded.mip.pairs

    @cached_property
    def linear(self) -> Linear:
        """The single level, whose last columns stand for squares where there are any."""
        return self.encoded.mip.linear if self.flat is None else self.flat.linear

    def around(self, center: int, size: int) -> Ints:
        """(size,): the pairs that are nearest to one of them."""
        order = breadth_first_order(
            self._incidence, self._node[center], directed=False, return_predecessors=False
        )
        rank = np.full(self._incidence.shape[0], len(self._node) + len(order))
        rank[order] = np.arange(len(order))
        return np.argsort(rank[self._node], kind="stable")[:size]

    def improve(
        self, place: Place, window: Ints, options: SolveOptions
    ) -> tuple[Answer, Floats | None]:
        """The solver's answer where only the pairs in `window` may change, and its multipliers."""
        n, q = self.levels.joint.shape[1], len(self.levels.single.duals)
        multipliers = self.levels.single.multipliers(np.concatenate([place.x, place.duals]))
        point = self.encoded.lift(place.x, multipliers)
        tight = point[self.pairs.multiplier] > PINNING
        inside = np.zeros(len(self.pairs), np.bool_)
        inside[window] = True
        fixed = self._fixed(place, point, tight, inside)
        largest = _ROOM * float(np.abs(point[n : n + q]).max(initial=0.0)) or 1.0
        start = point if self.flat is None else self.flat.at(point)
        problem = Mip(
            self._with_binaries(fixed, window, largest),
            start=np.append(start, tight[window].astype(float)),
        )
        found = highs.solve(problem, options)
        return found, None if found.x is None else np.maximum(found.x[n : n + q], self._least)

    def _fixed(self, place: Place, point: Floats, tight: Bools, inside: Bools) -> Linear:
        """The whole, with the pairs outside of the window as they are at the place."""
        linear = pinned(self.linear, self.pairs, tight & ~inside)
        lower, upper = linear.lower.copy(), linear.upper.copy()
        upper[self.pairs.multiplier[~tight & ~inside]] = 0.0
        whole = np.flatnonzero(linear.integer)
        lower[whole] = upper[whole] = np.round(point[whole])
        held = replace(linear, lower=lower, upper=upper, integer=np.zeros_like(linear.integer))
        if self.flat is None:
            return held
        n = self.levels.joint.shape[1]
        forms = self.flat.squares.forms
        places = np.concatenate([forms @ point, *(forms[:, :n] @ x for x in self.seen[-_SEEN:])])
        which = np.tile(np.arange(len(self.flat.squares)), len(places) // len(self.flat.squares))
        return with_rows(held, *self.flat.tangents(which, places))

    def _with_binaries(self, linear: Linear, window: Ints, largest: float) -> Linear:
        """`multiplier <= M z`, `slack <= S (1 - z)` for the pairs of the window, one binary each,
        and no more than one of each group."""
        n, w, index = linear.shape[1], len(window), np.arange(len(window))
        pairs = self.pairs.take(window)
        multiplier = sparse.csr_array((np.ones(w), (index, pairs.multiplier)), shape=(w, n))
        toward = np.where(pairs.side < 0, 1.0, -1.0)
        most = self._most[window]
        slack = sparse.diags_array(toward) @ self._forms[window]
        grouped = np.flatnonzero(pairs.group >= 0)
        groups, place = np.unique(pairs.group[grouped], return_inverse=True)
        shape = (len(groups), w)
        alone = sparse.csr_array((np.ones(len(grouped)), (place, grouped)), shape=shape)
        body = sparse.vstack([linear.A, multiplier, slack, sparse.csr_array((len(groups), n))])
        binaries = sparse.vstack(
            [
                sparse.csr_array((linear.shape[0], w)),
                -largest * sparse.eye_array(w),
                sparse.diags_array(most),
                alone,
            ]
        )
        above = [np.zeros(w), most + toward * self._limit[window], np.ones(len(groups))]
        return Linear(
            columns=(),
            rows=(),
            A=sparse.csr_array(sparse.hstack([body, binaries])),
            row_lower=np.append(linear.row_lower, np.full(2 * w + len(groups), -np.inf)),
            row_upper=np.concatenate([linear.row_upper, *above]),
            lower=np.append(linear.lower, np.zeros(w)),
            upper=np.append(linear.upper, np.ones(w)),
            integer=np.append(linear.integer, np.ones(w, np.bool_)),
            cost=np.append(linear.cost, np.zeros(w)),
            constant=linear.constant,
            sense=linear.sense,
        )

    @cached_property
    def _least(self) -> Floats:
        n, q = self.levels.joint.shape[1], len(self.levels.single.duals)
        return self.levels.single.linear.lower[n : n + q]

    @cached_property
    def _incidence(self) -> sparse.csr_array:
        """The followers' rows and columns as nodes, linked where a row holds a column of theirs."""
        own = self.levels.program.own.tocoo()
        row, column = own.coords
        m, n = own.shape
        return sparse.csr_array((own.data, (row, m + column)), shape=(m + n, m + n))

    @cached_property
    def _node(self) -> Ints:
        """(p,): the row or column of each pair."""
        pairs, m = self.pairs, self.levels.joint.shape[0]
        return np.where(pairs.row >= 0, pairs.row, m + pairs.column)

    @cached_property
    def _forms(self) -> sparse.csr_array:
        """(p, n): what each pair's side limits, as a row over the columns of `linear`."""
        pairs, linear = self.pairs, self.linear
        body = sparse.csr_array(sparse.vstack([linear.A, sparse.eye_array(linear.shape[1])]))
        return body[np.where(pairs.row >= 0, pairs.row, linear.shape[0] + pairs.column)]

    @cached_property
    def _limit(self) -> Floats:
        """(p,): where each pair's side is tight."""
        pairs, linear = self.pairs, self.linear
        lower = pick(linear.row_lower, pairs.row) + pick(linear.lower, pairs.column)
        upper = pick(linear.row_upper, pairs.row) + pick(linear.upper, pairs.column)
        return np.where(pairs.side < 0, lower, upper)

    @cached_property
    def _most(self) -> Floats:
        """(p,): the largest slack of each pair by interval arithmetic, or a large one."""
        least, most = activity(self._forms, implied_limits(self.linear))
        slack = np.where(self.pairs.side < 0, most - self._limit, self._limit - least)
        return np.where(np.isfinite(slack), np.maximum(slack, 0.0), _LARGE)
