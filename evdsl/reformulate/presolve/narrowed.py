"""The choices that are left, narrowed by sets of pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evdsl.program.linear import Bools, Ints
from evdsl.reformulate.kkt import Kkt
from evdsl.reformulate.net import Net
from evdsl.reformulate.presolve.exclusive import exclusive
from evdsl.reformulate.presolve.never_both import never_both
from evdsl.reformulate.presolve.sets import Sets


@dataclass(frozen=True, eq=False)
class Narrowed:
    """Of each set in `exclusive` at most one multiplier is positive, of each in `never_both` at
    least one; of the two quantities in each of `apart` (e, 2), coded as in never_both.py, at most
    one."""

    exclusive: Sets
    never_both: Sets
    apart: Ints

    @staticmethod
    def none() -> Narrowed:
        return Narrowed(Sets.none(), Sets.none(), np.empty((0, 2), np.int64))


def narrowed(kkt: Kkt, net: Net, choice: Bools, zero: Bools) -> Narrowed:
    """What the net form says of the pairs with a `choice` (p,), some of all multipliers being
    `zero` (q,)."""
    both = never_both(kkt, net, choice, zero)
    return Narrowed(exclusive(kkt, net, choice), both.sets, both.apart)
