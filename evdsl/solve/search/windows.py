"""Windows (large neighbourhood search): all pairs stay as they are but for some near each other.

What the followers decide farther away stays as well, and so do its multipliers. What is left is a
small problem, solved by SCIP with the pairs as SOS1 sets, without any constant. Its answer says on
which piece to go on, and is checked there for itself: nothing is proved by it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from evdsl.backends import scip
from evdsl.backends.options import SolveOptions
from evdsl.program.epigraph import Epigraph, epigraph, with_rows
from evdsl.program.linear import Bools, Floats, Ints, Linear
from evdsl.program.mip import Answer, Mip
from evdsl.program.quiet import quiet_descriptor
from evdsl.reformulate.encode import encode
from evdsl.reformulate.encoded import Encoded
from evdsl.solve.search.levels import PINNING, Levels, Place
from evdsl.solve.search.near import Near
from evdsl.solve.search.vicinity import Vicinity

_COLUMNS_A_PROBLEM, _NODES_A_PROBLEM = 40, 4
_REACH = 2


@dataclass(frozen=True, eq=False)
class Windows:
    """The pairs of a program as SOS1 sets, and what each window's problem begins with.

    `flat` has the squares of the leader's objective as columns above tangents at the place that is
    improved; None without them.
    """

    levels: Levels
    encoded: Encoded
    flat: Epigraph | None

    @staticmethod
    def of(levels: Levels) -> Windows:
        encoded = encode(levels.single, "sos1")
        linear = encoded.mip.linear
        return Windows(levels, encoded, epigraph(linear) if len(linear.products) else None)

    @property
    def multiplier(self) -> Ints:
        """(p,): the column of each pair's multiplier."""
        return self.encoded.mip.sos1[:, 1]

    @property
    def slack(self) -> Ints:
        """(p,): the column of each pair's slack."""
        return self.encoded.mip.sos1[:, 0]

    @property
    def _read(self) -> int:
        """How many columns, the first ones, say where a window's answer leads: those of the Program
        and the multipliers."""
        return self.levels.joint.shape[1] + len(self.levels.single.duals)

    @cached_property
    def linear(self) -> Linear:
        """The single level, whose last columns stand for squares where there are any."""
        return self.encoded.mip.linear if self.flat is None else self.flat.linear

    def nearest(self, center: int) -> Ints:
        """(p,): all pairs, those first that are near one of them."""
        distance = self.near.of(self._node[[center]])
        return np.argsort(distance[self._node], kind="stable")

    def around(self, center: int, size: int) -> Ints:
        """The about `size` pairs that are nearest to one of them, whole columns of the leader: all
        rows of a column of which half are inside, with the limits of what they hold.

        A column that serves rows beyond an edge can hardly move.
        """
        inside = np.zeros(len(self._node), np.bool_)
        inside[self.nearest(center)[:size]] = True
        served = self._served.T @ inside
        whole = (served > 0) & (2 * served >= self._served.sum(axis=0))
        added = (self._served @ whole > 0) & ~inside
        m = self.levels.joint.shape[0]
        held = self.levels.program.own[self._node[added]].indices
        inside |= added | np.isin(self._node, m + held)
        return np.flatnonzero(inside)

    def improve(
        self, place: Place, window: Ints, width: float, options: SolveOptions
    ) -> tuple[Answer, Place]:
        """The solver's answer where only the pairs in `window` may change, and the whole numbers of
        the leader beside them; and where to go on from there: the place itself where it has none.

        Others follow where they are near to one of `width` times as many pairs.
        """
        n = self.levels.joint.shape[1]
        multipliers = self.levels.single.multipliers(np.concatenate([place.x, place.duals]))
        point = self.encoded.lift(place.x, multipliers)
        inside = np.zeros(len(self.multiplier), np.bool_)
        inside[window] = True
        part = self._vicinity(point, inside, width)
        sos1 = part.places(self.encoded.mip.sos1[inside])
        problem = Mip(part.linear, sos1=sos1, start=part.at[part.columns])
        with quiet_descriptor(1):  # SoPlex says there which tolerances it does not take
            found = scip.solve(problem, options)
        cost = 1 + len(part.columns) // _COLUMNS_A_PROBLEM + found.nodes // _NODES_A_PROBLEM
        self.levels.budget.spend(cost)
        if found.x is None:
            return found, place
        x = part.put_back(found.x)
        lower = self.levels.single.linear.lower
        duals = np.maximum(x[n : self._read], lower[n : self._read])
        return found, replace(place, x=x[:n], duals=duals)

    def _vicinity(self, point: Floats, inside: Bools, width: float) -> Vicinity:
        """What may move with the pairs inside, where the pairs outside and all that lies far are as
        at the point."""
        wanted = np.zeros(self.linear.shape[1], np.bool_)
        wanted[self.encoded.mip.sos1[inside]] = True
        whole = point if self.flat is None else self.flat.at(point)
        read = np.arange(len(wanted)) < self._read
        far = self._far(inside, width)
        return Vicinity.of(self._fixed(point, inside), whole, far, wanted, read)

    def _far(self, inside: Bools, width: float) -> Bools:
        """The followers' columns, what their rows read of the leader's, and the multipliers, where
        they are near to none of the pairs inside and around: `width` times as many in all."""
        m = self.levels.joint.shape[0]
        distance = self.near.of(np.unique(self._node[inside]))[self._node]
        size = int(min(width * np.count_nonzero(inside), len(distance)))
        zone = np.argsort(distance, kind="stable")[:size]
        far = self.near.of(np.unique(self._node[zone])) > _REACH
        follows = self.levels.program.column_owner > 0
        columns = np.where(follows, far[m:], self.near.read_there_only(far))
        held = np.concatenate([columns, far[self._node_of_dual]])
        return np.append(held, np.zeros(self.linear.shape[1] - len(held), np.bool_))

    def _fixed(self, point: Floats, inside: Bools) -> Linear:
        """The whole, with the pairs outside of the window as they are at the point."""
        linear = self.linear
        tight = point[self.multiplier] > PINNING
        lower, upper = linear.lower.copy(), linear.upper.copy()
        upper[self.slack[tight & ~inside]] = 0.0
        upper[self.multiplier[~tight & ~inside]] = 0.0
        held = self._held(inside)
        lower[held] = upper[held] = np.round(point[held])
        whole = linear.integer.copy()
        whole[held] = False
        linear = replace(linear, lower=lower, upper=upper, integer=whole)
        if self.flat is None:
            return linear
        squares = self.flat.squares
        return with_rows(
            linear, *self.flat.tangents(np.arange(len(squares)), squares.forms @ point)
        )

    def _held(self, inside: Bools) -> Ints:
        """The whole-number columns that followers read outside of the window only."""
        beyond = np.ones(sum(self.levels.joint.shape), np.bool_)
        beyond[self._node[inside]] = False
        whole = self.levels.program.joint.integer
        return np.flatnonzero(whole & self.near.read_there_only(beyond))

    @cached_property
    def _served(self) -> sparse.csr_array[Any]:
        """(p, n): 1 where a pair's row holds a column of the leader."""
        joint, m = self.levels.joint, self.levels.joint.shape[0]
        of_row = np.flatnonzero(self._node < m)
        one = (np.ones(len(of_row)), (of_row, self._node[of_row]))
        rows = sparse.csr_array(one, shape=(len(self._node), m))
        mine = sparse.diags_array((self.levels.program.column_owner == 0).astype(float))
        held = sparse.csr_array(rows @ joint.A @ mine)
        held.data = (held.data != 0).astype(float)
        return held

    @cached_property
    def near(self) -> Near:
        return Near(self.levels.program)

    @cached_property
    def _node(self) -> Ints:
        """(p,): the row or column of each pair, as a node of `near`."""
        return self._node_of_dual[self.multiplier - self.levels.joint.shape[1]]

    @cached_property
    def _node_of_dual(self) -> Ints:
        """(q,): the same of each multiplier."""
        duals = self.levels.single.duals
        return np.where(duals.row >= 0, duals.row, self.levels.joint.shape[0] + duals.column)
