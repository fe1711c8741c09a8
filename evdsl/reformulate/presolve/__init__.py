"""What is known of the pairs before any of them is encoded: the rules, in their order.

Each rule is a file of one shape (rule.py), with its statement and proof. What is decided needs no
choice; what is left is narrowed by sets over the pairs (`exclusive`, `never_both`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evdsl.program.limits import Limits, implied_limits
from evdsl.program.linear import Bools, Floats, Ints
from evdsl.reformulate.kkt import Kkt
from evdsl.reformulate.net import Net, net
from evdsl.reformulate.presolve.always_tight import always_tight
from evdsl.reformulate.presolve.at_their_values import at_their_values
from evdsl.reformulate.presolve.never_tight import never_tight
from evdsl.reformulate.presolve.one_sign import held_by_price, without_price
from evdsl.reformulate.presolve.rule import Given, Rule
from evdsl.reformulate.presolve.single_factor import single_factors
from evdsl.reformulate.presolve.weaker_limit import weaker, weaker_limit
from evdsl.reformulate.slack import interval_slack

RULES = (always_tight, never_tight, weaker_limit, held_by_price, without_price)


@dataclass(frozen=True, eq=False)
class Presolved:
    """What was `given`, the largest `slack` (p,) of each pair by interval arithmetic, the `factor`
    (p,) that makes a pair's row tight, else -1, and by which of `rules` (p,) each pair is decided,
    -1 where it is not.

    `normal` says whether the multipliers may be taken in net form: nobody looks at them.
    """

    given: Given
    slack: Floats
    factor: Ints
    by: Ints
    rules: tuple[Rule, ...]
    normal: bool

    @property
    def limits(self) -> Limits:
        """Of all columns."""
        return self.given.limits

    @property
    def net(self) -> Net:
        """The net form of the multipliers."""
        return self.given.net

    @property
    def open(self) -> Bools:
        """(p,): the pairs that are left to a choice or to a factor."""
        return self.by < 0

    @cached_property
    def still(self) -> Bools:
        """(p,): the pairs whose side no point leaves."""
        return self._where([rule is always_tight for rule in self.rules])

    @cached_property
    def zero(self) -> Bools:
        """(p,): the pairs whose multiplier is zero."""
        return self._where([rule.says == "zero" for rule in self.rules])

    @cached_property
    def imposed(self) -> Bools:
        """(p,): the pairs whose side is to be made tight."""
        return self._where([rule.imposed for rule in self.rules])

    def _where(self, chosen: list[bool]) -> Bools:
        return np.array([*chosen, False])[self.by]


def presolve(kkt: Kkt, *, every_multiplier: bool = False) -> Presolved:
    """What the rules say of the pairs; only those that keep `every_multiplier` where the leader
    reads some, or where it is asked for."""
    limits = at_their_values(kkt.program, implied_limits(kkt.program.joint))
    slack = interval_slack(kkt, limits)
    normal = not (every_multiplier or len(kkt.program.readings))
    rules = tuple(rule for rule in RULES if normal or rule.every_multiplier)
    whole = net(kkt, limits)
    given = Given(kkt, limits, whole.without(weaker(whole)) if normal else whole, slack)
    by = np.full(len(kkt.pairs), -1)
    for k, rule in enumerate(rules):
        by[(by < 0) & rule.decides(given)] = k
    by_prices = np.array([*(rule in (held_by_price, without_price) for rule in rules), True])
    factor = np.where(by_prices[by], single_factors(kkt, limits), -1)
    return Presolved(given, slack[:, 1], factor, by, rules, normal)
