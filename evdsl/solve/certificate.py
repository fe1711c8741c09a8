"""Whether a point is bilevel feasible, judged by the Program alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from evdsl.backends import highs
from evdsl.backends.options import SolveOptions
from evdsl.program.linear import Floats, Ints, Linear
from evdsl.program.lp import solve_lp
from evdsl.program.mip import Mip
from evdsl.program.program import READ, Multipliers, Program, readings_at

if TYPE_CHECKING:
    from evdsl.solve.ties import Ties

TOLERANCE = 1e-6
_LOOSE_TOLERANCE = 1e-7
_NOISE = 1e-12


@dataclass(frozen=True, eq=False)
class Certificate:
    """How a point fares against the Program.

    `certified`: each follower's gap is at most 1e-6 and so is the violation of each row and limit,
    relative to its largest term or 1, and the distance from each whole number. `follower_gap` is
    the largest of `follower_gaps` (K,), each the distance of that follower's objective to its own
    optimum at the same leader decision, relative to max(1, Σ|c_j y_j|); inf where it has none.
    `max_violation` is in the user's units, that of row or column `worst` (empty where nothing is
    violated).
    `max_complementarity` is the largest product of a follower's slack and its multiplier, and
    `max_stationarity` the largest distance of a follower's marginal cost from what its multipliers
    pay for, relative to its largest part or 1. Where the leader reads multipliers, `certified`
    holds only if both are at most 1e-6 (a product relative to 1 or the multiplier).
    `bounds` counts the bounds on multipliers and slacks that the search for the point has used, by
    what they rest on: `proved`, `stated`, `assumed`. `ties` says what hangs on a follower's having
    several optima; None where there is no follower or no point.
    """

    certified: bool
    follower_gap: float
    max_violation: float
    max_complementarity: float
    max_stationarity: float
    worst: str
    follower_gaps: Floats
    bounds: Mapping[str, int] = field(default_factory=dict)
    ties: Ties | None = None


UNCERTIFIED = Certificate(False, np.nan, np.nan, np.nan, np.nan, "", np.empty(0))
"""Of no point at all."""


def certify(program: Program, x: Floats, multipliers: Multipliers) -> Certificate:
    """Judge the point `x` (n,) with these multipliers; no reformulation has a part in it."""
    gaps = np.array([*_gaps(program, x)])
    row_violation, row_scale = _row_violations(program.joint, x)
    column_violation, column_scale = _column_violations(program.joint, x)
    violation = np.concatenate([row_violation, column_violation])
    relative = violation / np.concatenate([row_scale, column_scale])
    largest = float(violation.max(initial=0.0))
    gap = float(gaps.max(initial=0.0))
    products, relative_products = _complementarity(program, x, multipliers)
    stationarity = _stationarity(program, x, multipliers)
    read = _readings(program, x, multipliers)
    judged = [gap, relative.max(initial=0.0)]
    if len(program.readings):
        judged += [relative_products, stationarity, read]
    return Certificate(
        certified=bool(np.max(judged) <= TOLERANCE),  # `max` would pass over nan
        follower_gap=gap,
        max_violation=largest,
        max_complementarity=products,
        max_stationarity=stationarity,
        worst=name_of(program.joint, int(violation.argmax())) if largest > 0 else "",
        follower_gaps=gaps,
    )


def worst_follower(program: Program, found: Certificate) -> str:
    """In words what is wrong with the follower of the largest gap."""
    label = program.followers[int(found.follower_gaps.argmax())].label
    if np.isinf(found.follower_gap):
        return f"follower `{label}` has no answer there"
    return f"follower `{label}` has a better answer: its gap is {found.follower_gap:.2e}"


def _gaps(program: Program, x: Floats) -> Iterator[float]:
    """Each follower's regret; the arrays are searched once for all of them."""
    last = len(program.followers)
    rows, columns = _owned(program.row_owner, last), _owned(program.column_owner, last)
    for k in range(1, last + 1):
        yield _gap(program, x, k, rows[k], columns[k])


def _owned(owner: Ints, last: int) -> list[Ints]:
    """The places of each owner from 0 to `last`, in order."""
    order = np.argsort(owner, kind="stable")
    count = np.bincount(owner + 1, minlength=last + 2)
    return np.split(order, np.cumsum(count)[:-1])[1:]


def _gap(program: Program, x: Floats, follower: int, rows: Ints, owned: Ints) -> float:
    """The follower's regret: its own LP, over its rows, with the columns of others fixed at `x`.

    Its costs are the marginal ones at `x`. With a convex quadratic objective that overstates the
    regret (M. Frank and P. Wolfe, 1956): the linear part at `x` lies below it.
    """
    joint = program.joint
    part = joint.A[rows]
    columns = np.union1d(owned, part.indices)
    place = np.searchsorted(columns, part.indices)
    own = program.column_owner[columns] == follower
    cost = np.where(own, program.marginal_cost(x)[columns], 0.0)
    scale = float(np.abs(cost).max(initial=0.0)) or 1.0
    here = x[columns]
    alone = Linear(
        columns=(),
        rows=(),
        A=sparse.csr_array((part.data, place, part.indptr), shape=(len(rows), len(columns))),
        row_lower=joint.row_lower[rows],
        row_upper=joint.row_upper[rows],
        lower=np.where(own, joint.lower[columns], here),
        upper=np.where(own, joint.upper[columns], here),
        integer=joint.integer[columns] & own,
        cost=cost / scale,
        sense=program.followers[follower - 1].sense,
    )
    best = _optimum(alone)
    if best is None:
        return float("inf")
    regret = alone.sense * (float(cost @ here) - scale * best)
    return max(regret, 0.0) / max(1.0, float(np.abs(cost * here).sum()))


def _optimum(alone: Linear) -> float | None:
    """The least or largest value, in its sense; None where there is none."""
    if alone.integer.any():
        whole = highs.solve(Mip(alone), SolveOptions(gap=0.0))
        return whole.objective if whole.status == "optimal" else None
    best = solve_lp(alone)
    if best.status == "infeasible":
        best = solve_lp(alone, tolerance=_LOOSE_TOLERANCE)
    return best.objective if best.status == "optimal" else None


def _row_violations(joint: Linear, x: Floats) -> tuple[Floats, Floats]:
    """How far each row is from holding, and the largest of its terms (or 1)."""
    value = joint.activity(x)
    violation = np.maximum(joint.row_lower - value, value - joint.row_upper)
    terms = joint.A.copy()
    terms.data = np.abs(terms.data * x[terms.indices])
    largest = np.asarray(terms.max(axis=1).todense()) if terms.nnz else np.zeros(len(value))
    of_rows = joint.products.of_rows
    np.maximum.at(largest, of_rows.row, np.abs(of_rows.values(x)))
    return np.maximum(violation, 0.0), np.maximum(largest, 1.0)


def _column_violations(joint: Linear, x: Floats) -> tuple[Floats, Floats]:
    """How far each column is from its limits and its whole numbers, and its size (or 1)."""
    violation = np.maximum(joint.lower - x, x - joint.upper)
    fraction = np.where(joint.integer, np.abs(x - np.round(x)), 0.0)
    size = np.where(joint.integer, 1.0, np.maximum(np.abs(x), 1.0))
    return np.maximum(np.maximum(violation, fraction), 0.0), size


def _complementarity(program: Program, x: Floats, multipliers: Multipliers) -> tuple[float, float]:
    """The largest product, and the largest relative to its multiplier or 1; inf where a multiplier
    belongs to a side that is infinite."""
    joint = program.joint
    value = joint.activity(x)
    row_sense, column_sense = _senses(program)
    above, below = x - joint.lower, joint.upper - x
    products = (
        _products(multipliers.row * row_sense, value - joint.row_lower, joint.row_upper - value),
        _products(multipliers.lower * column_sense, above, below),
        _products(multipliers.upper * column_sense, above, below),
    )
    parts = (multipliers.row, multipliers.lower, multipliers.upper)
    return (
        float(np.max([product.max(initial=0.0) for product in products])),
        float(
            np.max(
                [
                    (product / np.maximum(np.abs(part), 1.0)).max(initial=0.0)
                    for product, part in zip(products, parts, strict=True)
                ]
            )
        ),
    )


def _senses(program: Program) -> tuple[Ints, Ints]:
    """The sense of each row's and each column's owner; 0 for columns that nobody owns."""
    sense = np.append(program.owner_sense, 0)
    return sense[program.row_owner], sense[program.column_owner]


def _stationarity(program: Program, x: Floats, multipliers: Multipliers) -> float:
    """How far marginal costs are from `A'λ + μ`, with all as the user writes them.

    Followers with whole numbers have no multipliers and are left out.
    """
    whole = np.unique(program.column_owner[program.follower_integer])
    own = program.follower_columns
    own = own[~np.isin(program.column_owner[own], whole)]
    paid = program.own.T @ multipliers.row + multipliers.lower + multipliers.upper
    cost = program.marginal_cost(x)
    size = abs(program.own).T @ np.abs(multipliers.row) + np.abs(cost)
    distance = np.abs(cost - paid)[own] / np.maximum(size[own], 1.0)
    return float(distance.max(initial=0.0))


def _readings(program: Program, x: Floats, multipliers: Multipliers) -> float:
    """How far the columns that stand for multipliers are from these."""
    total = readings_at(program, multipliers)
    read = program.column_owner == READ
    distance = np.abs(x - total)[read] / np.maximum(np.abs(total[read]), 1.0)
    return float(distance.max(initial=0.0))


def _products(multiplier: Floats, above: Floats, below: Floats) -> Floats:
    """|slack · multiplier|: a minimum's positive multiplier belongs to the lower side."""
    slack = np.where(multiplier > 0, above, below)
    return np.abs(np.where(np.abs(multiplier) > _NOISE, slack, 0.0) * multiplier)


def name_of(joint: Linear, position: int) -> str:
    """The row at this position, or the column where the rows are counted first."""
    m = joint.shape[0]
    return joint.row_name(position) if position < m else joint.column_name(position - m)
