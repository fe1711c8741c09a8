"""The two levels as the problems that a search solves again and again.

On one *piece* of the problem each pair's choice is made: the sides of some multipliers are tight,
and all other multipliers are zero. What is left there is one linear or convex quadratic program
over all columns, and each of its points is bilevel feasible.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from evdsl.program.linear import Bools, Floats, Linear
from evdsl.program.lp import LpAnswer, LpSolver
from evdsl.program.program import Program
from evdsl.program.qp import solve_qp
from evdsl.program.settle import settled
from evdsl.reformulate.kkt import EQUAL, Kkt, kkt, sums
from evdsl.solve.followers import Followers, followers
from evdsl.solve.polish import Polished
from evdsl.solve.sides import pinned

PINNING = 1e-9
_TIGHT = 1e-7
_TOLERANCE = 1e-7
_ROUGH = 1e-2
_LEAST_ITERATIONS, _ITERATIONS = 1000, 3


@dataclass(frozen=True, eq=False)
class Place:
    """A point `x` (n,) with multipliers `duals` (q,) that prove that the followers want it.

    `objective` is the leader's, turned into a minimum. `wish` (q,): what the leader would gain by
    a unit of slack at a side that is tight for its multiplier's sake, else 0.
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
    depends on the followers' decisions.
    """

    single: Kkt
    joint: Linear
    piece: Linear

    @staticmethod
    def of(program: Program, start: Polished) -> Levels:
        """The whole numbers of the leader stay as they are in `start`."""
        single = kkt(program)
        joint = _held(program.joint, start.x)
        curved = program.follower_hessian.nnz > 0
        return Levels(single, joint, _held(single.linear, start.x) if curved else joint)

    @property
    def program(self) -> Program:
        return self.single.program

    def alike(self, answers: Iterable[Polished]) -> list[Polished]:
        """Those with the same whole numbers of the leader."""
        whole = self.program.joint.integer
        here = self.joint.lower[whole]
        return [answer for answer in answers if (np.round(answer.x[whole]) == here).all()]

    def start(self, answer: Polished) -> Place:
        duals = self.single.values(answer.multipliers)
        return Place(answer.x, duals, self.value(answer.x), np.zeros(len(duals)))

    def value(self, x: Floats) -> float:
        """The leader's objective as a minimum."""
        return self.joint.sense * self.joint.objective(x)

    def best_on_piece(self, duals: Floats) -> Place | None:
        """The leader's best where the sides of positive multipliers are tight."""
        pins = (duals > PINNING) & (self.single.duals.side != EQUAL)
        found = self._on_piece(pinned(self._with_zeros(pins), self.single.duals, pins))
        if found.status != "optimal":
            return None
        n = self.joint.shape[1]
        proof = found.x[n:] if len(found.x) > n else duals
        return Place(found.x[:n], proof, self.value(found.x[:n]), self._wish(found, pins))

    def loosened(self, duals: Floats, weight: float) -> Floats | None:
        """(n,): the leader's best where nothing is tight for the followers' sake, but slack times
        multiplier costs `weight`."""
        cost = self.joint.cost + self.joint.sense * weight * self._slack_cost(duals)
        linear = not len(self.joint.products)
        if linear:
            found = self._loose.solve(cost=cost)
        else:
            found = solve_qp(replace(self.joint, cost=cost), accuracy=_ROUGH)
        return found.x if found.status == "optimal" else None

    def answer(self, x: Floats) -> Place | None:
        """What the followers answer to the leader's part of `x` (n,)."""
        here = self.level.at(np.where(self.program.column_owner == 0, x, 0.0))
        if len(here.products):
            found = solve_qp(here)
        else:
            found = self._followers.solve(
                cost=here.cost, row_lower=here.row_lower, row_upper=here.row_upper
            )
        if found.status != "optimal":
            return None
        whole = x.copy()
        whole[self.level.columns] = found.x
        duals = self.single.values(self.level.multipliers(found))
        return Place(whole, duals, self.value(whole), np.zeros(len(duals)))

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
        found = self._duals.solve(
            cost=cost, upper=np.where(slack, 0.0, own.upper), row_lower=right, row_upper=right
        )
        return found.x if found.status == "optimal" else None

    @cached_property
    def level(self) -> Followers:
        return followers(self.program)

    def _on_piece(self, piece: Linear) -> LpAnswer:
        if len(piece.products):
            return solve_qp(piece, accuracy=_ROUGH)
        return self._pieces.solve(
            lower=piece.lower,
            upper=piece.upper,
            row_lower=piece.row_lower,
            row_upper=piece.row_upper,
        )

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
    def _iterations(self) -> int:
        return _LEAST_ITERATIONS + _ITERATIONS * sum(self.single.linear.shape)

    @cached_property
    def _pieces(self) -> LpSolver:
        return LpSolver(self.piece, _TOLERANCE, self._iterations)

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
        linear, rows = self.single.linear, self._stationarity
        multipliers = slice(self.joint.shape[1], linear.shape[1])
        return Linear(
            columns=(),
            rows=(),
            A=sparse.csr_array(linear.A[rows][:, multipliers]),
            row_lower=linear.row_lower[rows],
            row_upper=linear.row_upper[rows],
            lower=linear.lower[multipliers],
            upper=linear.upper[multipliers],
            integer=linear.integer[multipliers],
            cost=linear.cost[multipliers],
        )


def _held(linear: Linear, x: Floats) -> Linear:
    """`linear`, whose first columns are the Program's, with its whole numbers as in `x` (n,)."""
    whole = np.flatnonzero(linear.integer)
    lower, upper = linear.lower.copy(), linear.upper.copy()
    lower[whole] = upper[whole] = np.round(x[whole])
    return settled(replace(linear, lower=lower, upper=upper, integer=np.zeros_like(linear.integer)))
