"""Bilevel optima from a Program's arrays alone: branching on its complementarity pairs.

Each follower is replaced by its optimality conditions, written out here; nothing of
`evdsl.reformulate`, `evdsl.solve` or `evdsl.backends` takes part. A node is one linear program
(scipy); it has children where a multiplier and its slack are both positive. A convex leader's
squares are bounded below by tangents. No node is given up, so that what is left is proved.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog

from evdsl.program.program import Program

_ZERO = 1e-7
_GAP = 5e-6
_STARTS = (0.0, 1.0, -1.0, 10.0, -10.0, 100.0, -100.0, 1000.0, -1000.0)


@dataclass
class SingleLevel:
    """min cost z over eq z == rhs, tangents z <= limits, lower <= z <= upper, with z = (x, rows,
    multipliers, slacks, squares); `pairs` (p, 2) of which one is 0, `whole` are whole numbers.

    Square i stands for `(directions[i] x)^2` and has the cost `weights[i]`.
    """

    eq: np.ndarray
    rhs: np.ndarray
    cost: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    pairs: np.ndarray
    whole: np.ndarray
    directions: np.ndarray
    weights: np.ndarray
    tangents: list[np.ndarray] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)

    def solve(self, lower: np.ndarray, upper: np.ndarray) -> tuple[int, float, np.ndarray]:
        """scipy's status: 0 optimal, 2 infeasible, 3 unbounded; the value and the point."""
        for presolve in (True, False):
            found = linprog(
                self.cost,
                A_ub=np.array(self.tangents) if self.tangents else None,
                b_ub=np.array(self.limits) if self.limits else None,
                A_eq=self.eq,
                b_eq=self.rhs,
                bounds=np.stack([lower, upper], axis=1),
                options={"presolve": presolve},
            )
            if found.status in (0, 2, 3):
                return found.status, found.fun, found.x
        raise AssertionError(found.message)

    def excess(self, z: np.ndarray) -> float:
        """How far the squares lie above their tangents at a point, in cost."""
        n, s = self.directions.shape[1], len(self.weights)
        return float(self.weights @ ((self.directions @ z[:n]) ** 2 - z[len(z) - s :]))

    def touch(self, at: np.ndarray) -> None:
        """Tangents of all squares: square i is at least `2 a (d_i x) - a^2`, a = at[i]."""
        n, s, size = self.directions.shape[1], len(self.weights), len(self.cost)
        for i, place in enumerate(at):
            row = np.zeros(size)
            row[:n] = 2 * place * self.directions[i]
            row[size - s + i] = -1
            self.tangents.append(row)
            self.limits.append(place**2)


def optimum(
    program: Program, at: Mapping[str, float] | None = None, worst: bool = False
) -> tuple[str, float]:
    """Status and the leader's value; with the columns `at` fixed, of that decision or point.

    `worst`: the leader's worst in place of its best, which at a decision is the pessimistic value.
    """
    joint = program.joint
    turn = joint.sense * (-1 if worst else 1)
    fixed = np.full(joint.shape[1], np.nan)
    for j, name in enumerate(map(joint.column_name, range(joint.shape[1]))):
        fixed[j] = (at or {}).get(name, np.nan)
    assert np.isfinite(fixed).sum() == len(at or {}), f"{program.name} has other columns"
    status, value = _branch(_single_level(program, turn, fixed))
    return status, turn * value + joint.objective(np.nan_to_num(fixed))


def _branch(level: SingleLevel) -> tuple[str, float]:
    best, todo = math.inf, [(level.lower, level.upper)]
    while todo:
        lower, upper = todo.pop()
        status, value, z = level.solve(lower, upper)
        if status == 2 or (status == 0 and value >= best - _GAP):
            continue
        children = _children(level, lower, upper, z if status == 0 else None)
        if children:
            todo += children
        elif status == 3:
            return "unbounded", -math.inf
        else:
            best = min(best, value + (rise := level.excess(z)))
            if rise > _GAP:
                level.touch(level.directions @ z[: level.directions.shape[1]])
                todo.append((lower, upper))
    return ("infeasible", math.nan) if best == math.inf else ("optimal", best)


def _children(
    level: SingleLevel, lower: np.ndarray, upper: np.ndarray, z: np.ndarray | None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """None where all pairs and whole numbers hold; `z` is None where the value has no limit."""
    open_pairs = (upper[level.pairs] > 0).all(axis=1)
    size = np.inf if z is None else z[level.pairs].min(axis=1)
    size = np.where(open_pairs, size, 0)
    if len(size) and size.max() > _ZERO:
        return [(lower, _with(upper, j, 0)) for j in level.pairs[size.argmax()]]
    for j in level.whole[lower[level.whole] < upper[level.whole]]:
        x = max(lower[j], min(0, upper[j])) if z is None else z[j]
        if z is None or abs(x - round(x)) > _ZERO:
            below = math.floor(x)
            return [(lower, _with(upper, j, below)), (_with(lower, j, below + 1), upper)]
    return []


def _with(limits: np.ndarray, j: int, value: float) -> np.ndarray:
    changed = limits.copy()
    changed[j] = value
    return changed


def _single_level(program: Program, turn: int, fixed: np.ndarray) -> SingleLevel:
    joint = program.joint
    m, n = joint.shape
    dense, unit = joint.A.toarray(), np.eye(n)
    own = np.flatnonzero(program.column_owner > 0)
    owner = program.column_owner[own]
    assert (program.column_owner >= 0).all(), "multipliers in the leader are not for this"
    assert not len(joint.products.of_rows), "rows with products are not for this"
    assert not program.follower_integer.any(), "whole followers have no multipliers"
    _assert_convex(program)

    # (place of the side's value in z, its coefficients, owner, limit, sign, is equality)
    sides = []
    rows = [
        (n + i, dense[i], program.row_owner[i], joint.row_lower[i], joint.row_upper[i])
        for i in range(m)
        if program.row_owner[i] > 0
    ]
    columns = [(j, unit[j], program.column_owner[j], joint.lower[j], joint.upper[j]) for j in own]
    for place, coefficients, whose, low, high in rows + columns:
        if low == high:
            sides.append((place, coefficients, whose, low, -1, True))
            continue
        if np.isfinite(low):
            sides.append((place, coefficients, whose, low, -1, False))
        if np.isfinite(high):
            sides.append((place, coefficients, whose, high, 1, False))

    weights, directions = _squares(program, turn, np.isnan(fixed))
    k, s = len(sides), len(weights)
    size = n + m + 2 * k + s
    multiplier, slack = n + m, n + m + k
    eq = np.zeros((m + k + len(own), size))
    rhs = np.zeros(len(eq))
    lower, upper = np.full(size, -np.inf), np.full(size, np.inf)
    lower[:n], upper[:n] = joint.lower, joint.upper
    lower[n : n + m], upper[n : n + m] = joint.row_lower, joint.row_upper
    held = np.flatnonzero(np.isfinite(fixed))
    lower[held] = upper[held] = fixed[held]
    lower[multiplier:] = 0
    eq[:m, :n], eq[:m, n : n + m] = dense, -np.eye(m)
    marginal = program.owner_sense[owner]
    eq[m + k :, :n] = marginal[:, None] * program.follower_hessian.toarray()[own]
    rhs[m + k :] = -marginal * program.follower_cost[own]
    pairs = []
    for i, (place, coefficients, whose, limit, sign, equality) in enumerate(sides):
        eq[m + i, place], eq[m + i, slack + i] = 1, sign
        rhs[m + i] = limit
        eq[m + k :, multiplier + i] = sign * coefficients[own] * (owner == whose)
        if equality:
            lower[multiplier + i], upper[slack + i] = -np.inf, 0
        else:
            pairs.append((multiplier + i, slack + i))
    cost = np.zeros(size)
    cost[:n], cost[size - s :] = turn * joint.gradient(np.nan_to_num(fixed)), weights
    cost[held] = 0
    level = SingleLevel(
        eq,
        rhs,
        cost,
        lower,
        upper,
        np.array(pairs, int).reshape(-1, 2),
        np.flatnonzero(joint.integer),
        directions,
        weights,
    )
    for start in _STARTS:
        level.touch(np.full(s, start))
    return level


def _squares(program: Program, turn: int, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights (s,) and directions (s, n) of the squares of free columns, which the leader adds."""
    n = program.joint.shape[1]
    hessian = turn * program.joint.products.of_objective.hessian(n).toarray()
    hessian[~free], hessian[:, ~free] = 0, 0
    values, vectors = np.linalg.eigh(hessian)
    assert values.min(initial=0) > -1e-9, "the leader's objective is not convex"
    kept = values > 1e-9
    return values[kept] / 2, vectors[:, kept].T


def _assert_convex(program: Program) -> None:
    hessian = program.follower_hessian.toarray()
    for k in range(1, len(program.followers) + 1):
        mine = program.column_owner == k
        values = np.linalg.eigvalsh(program.owner_sense[k] * hessian[np.ix_(mine, mine)])
        assert values.min(initial=0) > -1e-9, "a follower is not convex"
