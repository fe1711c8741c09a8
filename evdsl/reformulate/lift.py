"""The way from a bilevel point into the single level: multipliers that an encoding accepts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evdsl.program.linear import Floats, Linear, Products
from evdsl.program.lp import solve_lp
from evdsl.program.program import Multipliers
from evdsl.reformulate.kkt import Kkt, sums
from evdsl.reformulate.net import Net

_TIGHT = 1e-7
_INSIDE = 1e-9


def lifted_values(
    kkt: Kkt, net: Net, x: Floats, multipliers: Multipliers, lower: Floats, upper: Floats
) -> Floats:
    """(q,): multipliers in net form that go with the point `x` (n,) and keep `lower`, `upper` (q,).

    Those given are brought to net form. Where they leave the limits, as a degenerate answer has
    other multipliers than those of a proof, an LP looks for ones that keep them and go with `x`;
    where there are none the former are returned.
    """
    slack, cost = kkt.slack(x), _marginal_cost(kkt, x)
    given = net.values(_net_rows(kkt, net, kkt.values(multipliers)), slack, cost)
    if ((given >= lower - _INSIDE) & (given <= upper + _INSIDE)).all():
        return given
    found = solve_lp(_complementary(kkt, cost, slack, lower, upper))
    if found.status != "optimal":
        return given
    return net.values(_net_rows(kkt, net, found.x), slack, cost)


def _marginal_cost(kkt: Kkt, x: Floats) -> Floats:
    """(F,): of each follower column at a point (n,), in minimum form."""
    program = kkt.program
    own = program.follower_columns
    sense = program.owner_sense[program.column_owner[own]]
    return np.asarray(sense * program.marginal_cost(x)[own])


def _net_rows(kkt: Kkt, net: Net, values: Floats) -> Floats:
    """λ (R,) of multiplier columns (q,)."""
    held = net.row >= 0
    return sums(net.row[held], (kkt.duals.sign * values)[held], len(net.rows))


def _complementary(kkt: Kkt, cost: Floats, slack: Floats, lower: Floats, upper: Floats) -> Linear:
    """The stationarity rows over the multipliers alone, those of sides with a slack at 0."""
    m, n = kkt.program.joint.shape
    whole = kkt.linear
    return replace(
        whole,
        columns=kkt.multiplier_families,
        rows=(),
        A=whole.A[m : m + len(cost), n:],
        row_lower=cost,
        row_upper=cost,
        lower=lower,
        upper=np.where(slack > _TIGHT, 0.0, upper),
        integer=whole.integer[n:],
        cost=whole.cost[n:],
        constant=0.0,
        sense=1,
        products=Products.none(),
    )
