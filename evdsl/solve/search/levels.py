"""The two levels as the problems that a search solves again and again.

On one *piece* of the problem each pair's choice is made: the sides of some multipliers are tight,
and all other multipliers are zero. What is left there is one linear or convex quadratic program
over all columns, and each of its points is bilevel feasible.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from evdsl.program.linear import Bools, Floats, Linear
from evdsl.program.lp import LpAnswer, LpSolver
from evdsl.program.program import Program
from evdsl.program.qp import GOOD, QpSolver
from evdsl.program.settle import settled
from evdsl.reformulate.kkt import EQUAL, Kkt, kkt, sums
from evdsl.solve.followers import Followers, followers
from evdsl.solve.polish import Polished
from evdsl.solve.search.budget import Budget
from evdsl.solve.sides import pinned

PINNING = 1e-9
_TIGHT = 1e-7
_TOLERANCE = 1e-7
_ROUGH = 1e-2
_LEAST_ITERATIONS, _ITERATIONS = 1000, 3
_KNOWN = 16
_NO_WISH = 1e-9
_FAINT = 1e-6


@dataclass(frozen=True, eq=False)
class Place:
    """A point `x` (n,) with multipliers `duals` (q,) that prove that the followers want it.

    `objective` is the leader's, turned into a minimum. `wish` (q,): what the leader would gain by
    a unit of slack at a side that is tight for its multiplier's sake, else 0; 1 where not known.
    """

    x: Floats
    duals: Floats
    objective: float
    wish: Floats


@dataclass(frozen=True, eq=False)
class Levels:
    """The problems of one program. The multipliers (q,) are those of `single.duals`.

    `joint` are both levels without the followers' optimality; the whole numbers of the leader have
    values there. `piece` is `joint`, with the multipliers and the stationarity behind it where that
    depends on the followers' decisions. Each problem that is solved is taken from the `budget`; the
    last few pieces are remembered, as descents come back to them, and of all pieces what their best
    does not go below, and what that proves of others.
    """

    single: Kkt
    joint: Linear
    piece: Linear
    budget: Budget
    _known: dict[bytes, Levels] = field(default_factory=dict)
    _best: dict[bytes, Place] = field(default_factory=dict)
    _least: dict[bytes, float] = field(default_factory=dict)
    _proved: list[tuple[int, float]] = field(default_factory=list)

    @staticmethod
    def of(program: Program, x: Floats, budget: Budget) -> Levels:
        """The whole numbers of the leader stay as they are in `x` (n,)."""
        return Levels._of(kkt(program), x, budget)

    @staticmethod
    def _of(single: Kkt, x: Floats, budget: Budget) -> Levels:
        joint = _held(single.program.joint, x)
        curved = single.program.follower_hessian.nnz > 0
        return Levels(single, joint, _held(single.linear, x) if curved else joint, budget)

    def at(self, x: Floats) -> Levels:
        """The same with the whole numbers in `x` (n,)."""
        whole = self._whole(x)
        if whole == self._whole(self.joint.lower):
            return self
        if len(self._known) >= _KNOWN:
            self._known.clear()
        if whole not in self._known:
            self._known[whole] = Levels._of(self.single, x, self.budget)
        return self._known[whole]

    def _whole(self, x: Floats) -> bytes:
        values: Floats = np.round(x[self.program.joint.integer]) + 0.0
        return values.tobytes()

    def pins(self, duals: Floats) -> Bools:
        """(q,): the sides that are tight on the piece of these multipliers."""
        return np.asarray((duals > PINNING) & (self.single.duals.side != EQUAL))

    @property
    def program(self) -> Program:
        return self.single.program

    def start(self, answer: Polished) -> Place:
        duals = self.single.values(answer.multipliers)
        return Place(answer.x, duals, self.value(answer.x), np.ones(len(duals)))

    def value(self, x: Floats) -> float:
        """The leader's objective as a minimum."""
        return self.joint.sense * self.program.joint.objective(x)

    def is_best(self, place: Place) -> bool:
        """Whether the best of a piece is that of both levels without the followers' optimality, of
        all whole numbers: the leader gains nothing by letting any side go."""
        free = len(place.wish) and not self.program.joint.integer.any()
        return bool(free) and not self._curved and place.wish.max() <= _NO_WISH

    def piece_of(self, duals: Floats) -> Linear:
        """`piece` with the sides of positive multipliers tight, and all others at zero."""
        return self._piece(self.pins(duals))

    def best_on_piece(self, duals: Floats, cutoff: float = np.inf) -> Place | None:
        """The leader's best where the sides of positive multipliers are tight; None where there is
        no point, and also where none is better than the cutoff."""
        pins = self.pins(duals)
        key = pins.tobytes()
        best = self._best.get(key)
        if best is None and self._may_be_better(key, pins, cutoff):
            best = self._solved(pins, duals, cutoff)
            self._remember(key, best, cutoff)
        return best if best is None or self._curved else replace(best, duals=duals)

    def _may_be_better(self, key: bytes, pins: Bools, cutoff: float) -> bool:
        return self._least.get(key, -np.inf) < cutoff and not self._is_no_better(pins, cutoff)

    def _remember(self, key: bytes, best: Place | None, cutoff: float) -> None:
        self._least[key] = cutoff if best is None else best.objective
        if best is None:
            return
        if len(self._best) >= _KNOWN:
            del self._best[next(iter(self._best))]
        self._best[key] = best
        if not self._curved:
            held = best.wish > _FAINT * best.wish.max(initial=0.0)
            self._proved.append((_bits(held), best.objective))

    def _is_no_better(self, pins: Bools, cutoff: float) -> bool:
        """Whether these pins hold all that keeps the best of another piece above the cutoff: its
        other pins cost the leader nothing, so its multipliers prove the same of this piece."""
        free = ~_bits(pins)
        return any(value >= cutoff and not held & free for held, value in self._proved)

    def _solved(self, pins: Bools, duals: Floats, cutoff: float) -> Place | None:
        found = self._on_piece(self._piece(pins), cutoff)
        if found.status != "optimal":
            return None
        n = self.joint.shape[1]
        proof = found.x[n:] if self._curved else duals
        return Place(found.x[:n], proof, self.value(found.x[:n]), self._wish(found, pins))

    def loosened(self, duals: Floats, weight: float) -> Floats | None:
        """(n,): the leader's best where nothing is tight for the followers' sake, but slack times
        multiplier costs `weight`."""
        cost = self.joint.cost + self.joint.sense * weight * self._slack_cost(duals)
        self.budget.spend()
        if not len(self.joint.products):
            found = self._loose.solve(cost=cost, seconds=self.budget.seconds)
        else:
            found = self._curved_loose.solve(replace(self.joint, cost=cost))
        return found.x if found.status == "optimal" else None

    def answer(self, x: Floats) -> Place | None:
        """What the followers answer to the leader's part of `x` (n,)."""
        here = self.level.at(np.where(self.program.column_owner == 0, x, 0.0))
        self.budget.spend()
        if len(here.products):
            found = self._curved_followers.solve(here)
        else:
            found = self._followers.solve(
                cost=here.cost,
                row_lower=here.row_lower,
                row_upper=here.row_upper,
                seconds=self.budget.seconds,
            )
        if found.status != "optimal":
            return None
        whole = x.copy()
        whole[self.level.columns] = found.x
        duals = self.single.values(self.level.multipliers(found))
        return Place(whole, duals, self.value(whole), np.ones(len(duals)))

    def is_proved(self, x: Floats, duals: Floats) -> bool:
        """Whether these multipliers, which are right for the leader's part of `x` (n,), prove that
        the followers' part is optimal as well."""
        sides = self.single.duals.side != EQUAL
        gap = float((duals * np.maximum(self.single.slack(x), 0.0))[sides].sum())
        paid = float(np.abs(self.program.marginal_cost(x) * x).sum())
        return gap <= _TOLERANCE * max(1.0, paid)

    def proof(self, x: Floats, cost: Floats) -> Floats | None:
        """(q,): of all multipliers that prove the followers' part of `x` optimal the cheapest."""
        slack = (self.single.slack(x) > _TIGHT) & (self.single.duals.side != EQUAL)
        own = self._duals_linear
        right = own.row_lower - self._curvature @ x
        self.budget.spend()
        found = self._duals.solve(
            cost=cost,
            upper=np.where(slack, 0.0, own.upper),
            row_lower=right,
            row_upper=right,
            seconds=self.budget.seconds,
        )
        return found.x if found.status == "optimal" else None

    @cached_property
    def level(self) -> Followers:
        return followers(self.program)

    def _on_piece(self, piece: Linear, cutoff: float) -> LpAnswer:
        self.budget.spend()
        if len(piece.products):
            return self._curved_pieces.solve(piece)
        return self._pieces.solve(
            lower=piece.lower,
            upper=piece.upper,
            row_lower=piece.row_lower,
            row_upper=piece.row_upper,
            cutoff=cutoff,
            seconds=self.budget.seconds,
        )

    def _piece(self, pins: Bools) -> Linear:
        return pinned(self._with_zeros(pins), self.single.duals, pins)

    def _with_zeros(self, pins: Bools) -> Linear:
        """`piece` with the multipliers of all other sides at zero, where it holds multipliers."""
        n = self.joint.shape[1]
        if self.piece.shape[1] == n:
            return self.piece
        free = pins | (self.single.duals.side == EQUAL)
        upper = self.piece.upper.copy()
        upper[n:] = np.where(free, upper[n:], 0.0)
        return replace(self.piece, upper=upper)

    def _wish(self, found: LpAnswer, pins: Bools) -> Floats:
        which = self.single.duals
        price = np.append(found.row_dual, 0.0)[which.row]
        price = price + np.append(found.column_dual, 0.0)[which.column]
        gain = -self.joint.sense * which.sign * price
        return np.where(pins, np.maximum(gain, 0.0), 0.0)

    def _slack_cost(self, duals: Floats) -> Floats:
        """(n,): the derivatives of the sum of all multipliers times their slacks."""
        which, (m, n) = self.single.duals, self.joint.shape
        signed = np.where(which.side == EQUAL, 0.0, which.sign * duals)
        of_row, of_column = which.row >= 0, which.column >= 0
        rows = sums(which.row[of_row], signed[of_row], m)
        columns = sums(which.column[of_column], signed[of_column], n)
        return np.asarray(self.joint.A.T @ rows) + columns

    @property
    def _curved(self) -> bool:
        return self.piece.shape[1] > self.joint.shape[1]

    @property
    def _iterations(self) -> int:
        return _LEAST_ITERATIONS + _ITERATIONS * sum(self.single.linear.shape)

    @cached_property
    def _pieces(self) -> LpSolver:
        return LpSolver(self.piece, _TOLERANCE, self._iterations)

    @cached_property
    def _curved_pieces(self) -> QpSolver:
        return QpSolver(self.piece, GOOD if self._curved else _ROUGH)

    @cached_property
    def _curved_loose(self) -> QpSolver:
        return QpSolver(self.joint, _ROUGH)

    @cached_property
    def _curved_followers(self) -> QpSolver:
        return QpSolver(self.level.own)

    @cached_property
    def _loose(self) -> LpSolver:
        return LpSolver(self.joint, _TOLERANCE, self._iterations)

    @cached_property
    def _followers(self) -> LpSolver:
        return LpSolver(self.level.own, iterations=self._iterations)

    @cached_property
    def _duals(self) -> LpSolver:
        return LpSolver(self._duals_linear, iterations=self._iterations)

    @cached_property
    def _curvature(self) -> sparse.csr_array:
        return sparse.csr_array(self.single.linear.A[self._stationarity][:, : self.joint.shape[1]])

    @property
    def _stationarity(self) -> slice:
        m = self.joint.shape[0]
        return slice(m, m + len(self.program.follower_columns))

    @cached_property
    def _duals_linear(self) -> Linear:
        """The followers' multipliers alone, where the stationarity is without its curved part."""
        linear = self.single.linear
        rows = np.arange(linear.shape[0])[self._stationarity]
        multipliers = np.arange(self.joint.shape[1], linear.shape[1])
        return replace(linear.cut(rows, multipliers), sense=1)


def _bits(sides: Bools) -> int:
    return int.from_bytes(np.packbits(sides).tobytes())


def _held(linear: Linear, x: Floats) -> Linear:
    """`linear`, whose first columns are the Program's, with its whole numbers as in `x` (n,)."""
    whole = np.flatnonzero(linear.integer)
    lower, upper = linear.lower.copy(), linear.upper.copy()
    lower[whole] = upper[whole] = np.round(x[whole])
    return settled(replace(linear, lower=lower, upper=upper, integer=np.zeros_like(linear.integer)))
