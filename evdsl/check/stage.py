"""What may stand where: the stages at which variables, multipliers and data are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evdsl.ir.model import Block, Follower, Leader, Reference

Allowed = Literal["data", "leader", "follower", "own", "value", "free"]


@dataclass(frozen=True)
class Stage:
    """Where an expression stands: `what` it belongs to, in words, and what it may hold.

    `leader` is every level's variables, `follower` the leader's and the block's own, `own` a
    reference's own, `value` everything but in conditions, `free` everything.
    """

    what: str
    allowed: Allowed
    block: Block | None = None
    condition: bool = False
    help: str | None = None

    def data(self, what: str, condition: bool = False) -> Stage:
        """A place inside this one that holds data only; in a report it may hold everything."""
        if self.allowed == "free":
            return self
        return Stage(what, "data", self.block, condition)


def level_of(block: Block) -> Stage:
    """The stage of a block's objective, rows and limits."""
    match block:
        case Leader():
            return Stage("the leader", "leader", block)
        case Follower():
            return Stage("a follower", "follower", block)
        case Reference():
            return Stage("a reference", "own", block)
    raise TypeError(type(block).__name__)
