"""The families of a level that is being made: variables, rows and formulas with their headers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from evdsl.ir.expr import At, Expr, Name, Unit
from evdsl.ir.model import Block, Follower
from evdsl.reformulate.symbolic.hygiene import Header
from evdsl.source.text import Span


@dataclass(frozen=True)
class Variable:
    """A follower's variable, which is free: its limits are rows. `member` is its old name."""

    name: str
    member: str
    header: Header
    unit: Unit | None = None
    text: str = ""


@dataclass(frozen=True)
class Row:
    """`left op right` for each member of the header, with its multiplier.

    `source` is what it was made of: ("soc", "") a constraint, ("c", "upper") a variable's limit.
    `declared` is the header of that; `header` leaves out the members whose side is infinite.
    """

    name: str
    multiplier: str
    header: Header
    left: Expr
    op: str
    right: Expr
    source: tuple[str, str]
    declared: Header
    unit: Unit | None = None
    span: Span | None = None


@dataclass(frozen=True)
class Formula:
    """A name for an expression: an `expr`, or the objective of a block."""

    name: str
    header: Header
    value: Expr
    block: Block | None = None
    unit: Unit | None = None
    text: str = ""


@dataclass(frozen=True)
class Problem:
    """A follower block in the names of the single level.

    `header` is the block's own index and that of `objective`; the header of each variable and row
    begins with one like it.
    """

    block: Follower
    header: Header
    objective: Expr
    variables: tuple[Variable, ...]
    rows: tuple[Row, ...]

    @property
    def sense(self) -> int:
        """1 for a minimum, -1 for a maximum."""
        return 1 if self.block.objectives[0].sense == "minimize" else -1

    def pull(self, row: Row) -> int:
        """The sign with which the row's multiplier is its `.dual`.

        The multiplier of an inequality is not negative, that of an equality is the `.dual`.
        """
        if row.op == "==":
            return 1
        return self.sense if row.op == ">=" else -self.sense


def member(name: str, index: tuple[Expr, ...], otherwise: Expr | None = None) -> Expr:
    """`name[index]`, or `name` alone where there is no index."""
    return At(Name(name), index, otherwise) if index else Name(name)


def spanned(node: Expr, like: Expr) -> Expr:
    """The node with the other one's piece of the text."""
    return replace(node, span=like.span)
