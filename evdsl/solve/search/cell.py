"""Where the leader may go while the followers keep to the same piece.

As long as the same sides are tight the followers' answer is linear in what the leader decides: the
equations of a piece say how it moves. A place is the best of its piece, so a step after which all
other conditions still hold is known to gain nothing, before any problem is solved. Where the
equations leave a choice the least change is taken, so that another one may reach farther.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from evdsl.program.linear import Bools, Floats, Ints
from evdsl.solve.search.levels import Levels, Place

_TOLERANCE = 1e-7
_REGULAR = 1e-10


@dataclass(frozen=True, eq=False)
class Cell:
    """Around the place `x` (n,), the best of its piece, whose whole numbers are `whole` (n,).

    `led` (k, n) are the followers' conditions over the leader's columns, `own` (k, f) over those
    columns of the followers that move; of them `equal` are the piece's equations, and `factors`
    those of the least change that keeps them. `below` and `above` (k + f,) is the room that
    conditions and columns have at `x`, down and up.
    """

    x: Floats
    whole: Bools
    led: sparse.csc_array[Any]
    own: sparse.csr_array[Any]
    equal: Ints
    factors: Any
    below: Floats
    above: Floats
    _changes: dict[int, Floats] = field(default_factory=dict)
    _reaches: dict[tuple[int, bool], float] = field(default_factory=dict)

    @staticmethod
    def of(levels: Levels, place: Place) -> Cell:
        levels = levels.at(place.x)
        piece, program = levels.piece_of(place.duals), levels.program
        m, n = program.joint.shape
        theirs = np.append(program.row_owner > 0, np.ones(piece.shape[0] - m, np.bool_))
        follows = np.append(program.column_owner > 0, np.ones(piece.shape[1] - n, np.bool_))
        rows = np.flatnonzero(theirs)
        moves = np.flatnonzero(follows & (piece.lower < piece.upper))
        equal = np.flatnonzero((piece.row_lower == piece.row_upper)[rows])
        held = sparse.csr_array(piece.A[rows])
        own = sparse.csr_array(held[:, moves])
        point = place.x if piece.shape[1] == n else np.concatenate([place.x, place.duals])
        at = np.concatenate([held @ point, point[moves]])
        lower = np.concatenate([piece.row_lower[rows], piece.lower[moves]])
        upper = np.concatenate([piece.row_upper[rows], piece.upper[moves]])
        return Cell(
            x=place.x,
            whole=program.joint.integer,
            led=sparse.csc_array(held[:, :n]),
            own=own,
            equal=equal,
            factors=splu(_least_change(own[equal])),
            below=np.minimum(lower - at, 0.0),
            above=np.maximum(upper - at, 0.0),
        )

    def reach(self, step: Floats) -> float:
        """How often the leader may take this step (n,) and find an answer of the followers on the
        same piece; not at all where a whole number changes, since that changes the piece."""
        moved = np.flatnonzero(step).tolist()
        if self.whole[moved].any():
            return 0.0
        if len(moved) == 1:
            by = float(step[moved[0]])
            return self._reach_alone(moved[0], by > 0) / abs(by)
        return self._room(
            sum((step[k] * self._change(k) for k in moved), np.zeros_like(self.below))
        )

    def _reach_alone(self, column: int, upwards: bool) -> float:
        """How far one of the leader's columns may go."""
        key = column, upwards
        if key not in self._reaches:
            change = self._change(column)
            self._reaches[key] = self._room(change if upwards else -change)
        return self._reaches[key]

    def _room(self, change: Floats) -> float:
        """How often conditions and columns may change by this (k + f,)."""
        room = np.where(change > 0, self.above, self.below)
        size = np.abs(change)
        at = size > _TOLERANCE * size.max(initial=0.0)
        return float((room[at] / change[at]).min(initial=np.inf))

    def _change(self, column: int) -> Floats:
        """(k + f,): of conditions and columns for a unit of one of the leader's columns."""
        if column not in self._changes:
            held = slice(*self.led.indptr[[column, column + 1]].tolist())
            led = np.zeros(self.led.shape[0])
            led[self.led.indices[held]] = self.led.data[held]
            f = self.own.shape[1]
            answer = self.factors.solve(np.concatenate([np.zeros(f), -led[self.equal]]))[:f]
            self._changes[column] = np.concatenate([led + self.own @ answer, answer])
        return self._changes[column]


def _least_change(equations: sparse.csr_array[Any]) -> sparse.csc_matrix[Any]:
    """The conditions of the smallest solution of some equations (e, f), made regular."""
    e, f = equations.shape
    row, column = sparse.coo_array(equations).coords
    one, regular = np.arange(f), f + np.arange(e)
    entries = [np.ones(f), equations.data, equations.data, np.full(e, -_REGULAR)]
    rows = np.concatenate([one, column, f + row, regular])
    columns = np.concatenate([one, f + row, column, regular])
    return sparse.csc_matrix((np.concatenate(entries), (rows, columns)), shape=(e + f, e + f))
