"""The way from a bilevel point into the single level: multipliers that an encoding accepts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evdsl.program.lp import solve_lp
from evdsl.program.program import Floats, Linear, Multipliers
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
    slack = kkt.slack(x)
    given = net.values(_net_rows(kkt, net, kkt.values(multipliers)), slack)
    if ((given >= lower - _INSIDE) & (given <= upper + _INSIDE)).all():
        return given
    found = solve_lp(_complementary(kkt, slack, lower, upper))
    if found.status != "optimal":
        return given
    return net.values(_net_rows(kkt, net, found.x), slack)


def _net_rows(kkt: Kkt, net: Net, values: Floats) -> Floats:
    """λ (R,) of multiplier columns (q,)."""
    held = net.row >= 0
    return sums(net.row[held], (kkt.duals.sign * values)[held], len(net.rows))


def _complementary(kkt: Kkt, slack: Floats, lower: Floats, upper: Floats) -> Linear:
    """The stationarity rows over the multipliers alone, those of sides with a slack at 0."""
    m, n = kkt.program.joint.shape
    whole = kkt.linear
    return replace(
        whole,
        columns=kkt.multiplier_families,
        rows=(),
        A=whole.A[m:, n:],
        row_lower=whole.row_lower[m:],
        row_upper=whole.row_upper[m:],
        lower=lower,
        upper=np.where(slack > _TIGHT, 0.0, upper),
        integer=whole.integer[n:],
        cost=whole.cost[n:],
        constant=0.0,
        sense=1,
    )
