"""What the leader gets for one decision, from a Program's arrays alone: no multipliers, no pairs.

With its columns fixed the followers' problem is one of theirs alone, solved as it stands (scipy),
whole numbers included; a second one picks among its optima. For followers that do not play
against each other and have no squares.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from evdsl.program.program import Program

_TIE = 1e-9


def value_of(program: Program, decision: np.ndarray, worst: bool = False) -> float:
    """The leader's value with the columns it owns as in `decision` (n,), its best among the
    followers' optima or its worst; nan where there is none that its rows and theirs allow."""
    joint = program.joint
    leads = program.column_owner == 0
    lower = np.where(leads, decision, joint.lower)
    upper = np.where(leads, decision, joint.upper)
    assert not program.nash, "followers that play against each other are not for this"
    assert not len(program.readings), "multipliers in the leader are not for this"
    assert not len(joint.products.of_rows), "rows with products are not for this"
    assert _is_linear(program), "with a decision fixed something is not linear"
    fixed = np.where(leads, decision, 0)
    sense = program.owner_sense[program.column_owner]
    cost = np.where(leads, 0, sense * program.marginal_cost(fixed))
    theirs = program.row_owner > 0
    answer = _solve(program, cost, lower, upper, theirs)
    if answer.x is None:
        return math.nan
    turn = joint.sense * (-1 if worst else 1)
    rows = theirs if worst else np.ones(len(theirs), bool)
    allowed = float(cost @ answer.x) + _TIE * (1 + abs(cost) @ abs(answer.x))
    chosen = _solve(program, turn * joint.gradient(fixed), lower, upper, rows, cost, allowed)
    if chosen.x is None or not _holds(program, chosen.x):
        return math.nan
    return joint.objective(chosen.x)


def decisions(program: Program, steps: int, far: float = 10) -> Iterator[np.ndarray]:
    """All decisions that the leader's own rows allow, each (n,), where they are whole numbers; else
    of a grid of `steps` parts from limit to limit, which is at `far` where there is none."""
    joint = program.joint
    leads = np.flatnonzero(program.column_owner == 0)
    ways = []
    for j in leads:
        low, high = max(joint.lower[j], -far), min(joint.upper[j], far)
        whole = np.arange(math.ceil(low), math.floor(high) + 1)
        ways.append(whole if joint.integer[j] else np.linspace(low, high, steps + 1))
    dense = joint.A.toarray()
    alone = (program.row_owner == 0) & (np.delete(dense, leads, axis=1) == 0).all(axis=1)
    rows, low, high = dense[alone][:, leads], joint.row_lower[alone], joint.row_upper[alone]
    for chosen in _within(ways, rows, low - 1e-9, high + 1e-9):
        decision = np.zeros(joint.shape[1])
        decision[leads] = chosen
        yield decision


def _within(
    ways: Sequence[np.ndarray], rows: np.ndarray, low: np.ndarray, high: np.ndarray
) -> Iterator[list[float]]:
    """A value of each of `ways` with `low <= rows @ values <= high`, all that there are."""
    if not ways:
        if (low <= 0).all() and (high >= 0).all():
            yield []
        return
    rest = [rows[:, [k]] * way for k, way in enumerate(ways)]
    least = sum(part.min(axis=1) for part in rest)
    most = sum(part.max(axis=1) for part in rest)
    if (least > high).any() or (most < low).any():
        return
    for first in ways[0]:
        moved = rows[:, 0] * first
        for others in _within(ways[1:], rows[:, 1:], low - moved, high - moved):
            yield [first, *others]


def named(program: Program, values: Mapping[str, float]) -> np.ndarray:
    """(n,): the columns with these names, 0 elsewhere."""
    names = [program.joint.column_name(j) for j in range(program.joint.shape[1])]
    assert set(values) <= set(names)
    return np.array([values.get(name, 0.0) for name in names])


def _solve(
    program: Program,
    cost: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    rows: np.ndarray,
    held: np.ndarray | None = None,
    allowed: float = math.inf,
) -> OptimizeResult:
    joint = program.joint
    constraints = [LinearConstraint(joint.A[rows], joint.row_lower[rows], joint.row_upper[rows])]
    if held is not None:
        constraints.append(LinearConstraint(held[None], -np.inf, allowed))
    whole = joint.integer & (lower < upper)
    return milp(cost, integrality=whole, bounds=Bounds(lower, upper), constraints=constraints)


def _holds(program: Program, x: np.ndarray) -> bool:
    joint = program.joint
    value = joint.activity(x)
    slack = np.minimum(value - joint.row_lower, joint.row_upper - value)
    return bool((slack >= -1e-6).all())


def _is_linear(program: Program) -> bool:
    theirs = program.column_owner > 0
    terms, own = program.joint.products.of_objective, program.follower_products
    return not any((theirs[t.first] & theirs[t.second]).any() for t in (terms, own))
