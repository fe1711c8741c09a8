"""A program as windows along its follower's chain, ready to be bounded; None where it is none."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evdsl.backends.scaling import scaled
from evdsl.program.convexity import squares
from evdsl.program.limits import implied_limits
from evdsl.program.linear import Floats, Ints, Linear
from evdsl.program.mip import Mip
from evdsl.program.program import Program
from evdsl.reformulate.encode import encode
from evdsl.reformulate.encoded import Encoded
from evdsl.reformulate.kkt import Kkt, kkt
from evdsl.reformulate.mccormick import with_linear_products
from evdsl.reformulate.presolve import presolve
from evdsl.reformulate.products import without_products
from evdsl.solve.bound.arc import Solver
from evdsl.solve.bound.places import Places, cuts, places, price_columns, price_values, straddling
from evdsl.solve.bound.window import Part, held_products, windows
from evdsl.solve.polish import Polished
from evdsl.source.diagnostic import EvdslError


@dataclass(frozen=True, eq=False)
class Chained:
    """The windows of a program along its chain, as minima in the solvers' units.

    `parts` (W): each window for both solvers. `hand` (W, 2) are the columns of level and price at
    the cut before each window, -1 where there is none; `lower`, `upper` (W, 2) their proved ranges,
    and `values` (W) all values that the price can have, none where these are not known.
    `size` (n,) are the units of the Program's columns.
    """

    program: Program
    parts: list[dict[Solver, Part]]
    hand: Ints
    lower: Floats
    upper: Floats
    values: list[Floats]
    size: Floats
    encoded: Encoded

    def cost(self, objective: float) -> float:
        """What an objective of the leader's costs here: a minimum without its constant."""
        return self.program.joint.sense * (objective - self.program.joint.constant)

    def objective(self, cost: float) -> float:
        return self.program.joint.sense * cost + self.program.joint.constant

    def states(self, answer: Polished) -> Floats:
        """(W, 2): level and price of an answer at each cut, nan where there is none."""
        return np.where(self.hand >= 0, self.point(answer)[self.hand], np.nan)

    def point(self, answer: Polished) -> Floats:
        """An answer as a point of the whole that HiGHS' windows are cut from."""
        point = self.encoded.lift(answer.x, answer.multipliers)
        size = self.encoded.mip.size
        return point if size is None else point / size


def chained(program: Program, size: int) -> Chained | None:
    """`program` cut into windows of about `size` rows of its follower.

    None where the followers' rows are no single chain, play a game, have whole numbers, or are read
    by their multipliers; where the leader's objective is not convex or links windows; where rows
    hold products; where a bound has no proof, or the chain is too short for two windows.
    """
    if program.nash or program.follower_integer.any() or len(program.readings):
        return None
    level = without_products(kkt(program))
    if len(level.linear.products.of_rows):
        return None
    known = presolve(level)
    found = places(level, known.net)
    if found is None:
        return None
    try:
        encodings: dict[Solver, Encoded] = {
            "scip": with_linear_products(encode(level, "sos1", known=known)),
            "highs": with_linear_products(encode(level, "bigm", known=known)),
        }
    except EvdslError:
        return None
    if encodings["highs"].provenance.stated:
        return None
    where, starts = _cut(level, found, encodings["scip"].mip.linear, size)
    if starts is None:
        return None
    prices = price_columns(level, where.rows)
    hand = np.stack([where.links[starts - 1], prices[starts]], axis=1)
    hand[hand[:, 0] < 0] = -1
    whole = {
        solver: _limited(level, encoded.mip, encodings["highs"].mip.linear, where, prices)
        for solver, encoded in encodings.items()
    }
    cut = {solver: windows(mip, where, prices, starts) for solver, mip in whole.items()}
    if not all(_separable(whole[solver], parts) for solver, parts in cut.items()):
        return None
    proved = whole["highs"].linear
    lower = np.where(hand >= 0, proved.lower[hand], -np.inf)
    upper = np.where(hand >= 0, proved.upper[hand], np.inf)
    if not np.isfinite([lower[hand >= 0], upper[hand >= 0]]).all():
        return None
    by_window = [dict(zip(cut, parts, strict=True)) for parts in zip(*cut.values(), strict=True)]
    unit = encodings["highs"].mip.size
    unit = np.ones(proved.shape[1]) if unit is None else unit
    values = price_values(level, known, where, starts, unit[prices])
    size_of = unit[: program.joint.shape[1]]
    return Chained(program, by_window, hand, lower, upper, values, size_of, encodings["highs"])


def _cut(level: Kkt, found: Places, linear: Linear, size: int) -> tuple[Places, Ints | None]:
    """The chain from the end from which fewer columns straddle the cuts, and the cuts."""
    n = level.program.joint.shape[1]
    leaders = np.zeros(linear.shape[1], np.bool_)
    leaders[:n] = level.program.column_owner == 0
    best: tuple[float, Places, Ints | None] = (np.inf, found, None)
    for way in (found, found.turned(level)):
        straddle = straddling(way, linear, leaders)
        starts = cuts(straddle, way.cyclic, size)
        if starts is None:
            continue
        inner = starts if way.cyclic else starts[1:]
        shared = float(straddle[inner - 1].sum())
        if shared < best[0]:
            best = shared, way, starts
    return best[1], best[2]


def _limited(level: Kkt, mip: Mip, proved: Linear, where: Places, prices: Ints) -> Mip:
    """`mip` as a minimum in the solvers' units, levels and prices within what is proved of them."""
    linear, joint = mip.linear, level.program.joint
    limits = implied_limits(joint)
    lower, upper = linear.lower.copy(), linear.upper.copy()
    links = where.links[where.links >= 0]
    lower[links], upper[links] = limits.lower[links], limits.upper[links]
    lower[prices], upper[prices] = proved.lower[prices], proved.upper[prices]
    sense = linear.sense
    minimum = replace(
        linear,
        lower=lower,
        upper=upper,
        cost=sense * linear.cost,
        products=linear.products.scaled(sense),
        constant=0.0,
        sense=1,
    )
    return scaled(replace(mip, linear=minimum))


def _separable(mip: Mip, parts: list[Part]) -> bool:
    """Whether each product stands in one window, and each window's are convex."""
    if not held_products(mip, parts):
        return False
    linears = [part.mip.linear for part in parts if len(part.mip.linear.products)]
    return all(squares(linear.products, linear.shape[1]) is not None for linear in linears)
