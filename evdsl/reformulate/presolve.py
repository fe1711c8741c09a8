"""What is known of the pairs before any of them is encoded."""

from __future__ import annotations

from dataclasses import dataclass

from evdsl.program.limits import Limits, implied_limits
from evdsl.program.linear import Bools, Floats, Ints
from evdsl.reformulate.bends import at_their_values
from evdsl.reformulate.factors import single_factors
from evdsl.reformulate.kkt import Kkt
from evdsl.reformulate.net import Net, net
from evdsl.reformulate.slack import interval_slack


@dataclass(frozen=True, eq=False)
class Presolved:
    """`limits` of all columns, the net form of the multipliers, the largest `slack` (p,) of each
    pair by interval arithmetic, and the `factor` (p,) that makes a pair's row tight, else -1."""

    limits: Limits
    net: Net
    factor: Ints
    slack: Floats

    @property
    def open(self) -> Bools:
        """(p,): the pairs that are not always tight."""
        return self.slack > 0


def presolve(kkt: Kkt) -> Presolved:
    limits = at_their_values(kkt.program, implied_limits(kkt.program.joint))
    return Presolved(
        limits, net(kkt, limits), single_factors(kkt, limits), interval_slack(kkt, limits)
    )
