"""Where an expression stands: the block around it and the indices that are bound there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from evdsl.check.kinds import Kind
from evdsl.ir.expr import Expr, Name
from evdsl.ir.model import Block
from evdsl.ir.walk import walk


@dataclass(frozen=True, eq=False)
class Env:
    """`guarded` holds the bound names that some condition around the expression speaks of;
    `indexed` is what the expression is an index of, as text.
    """

    block: Block | None = None
    bound: Mapping[str, Kind] = field(default_factory=dict)
    guarded: frozenset[str] = frozenset()
    indexed: str = ""

    def bind(self, name: str, kind: Kind) -> Env:
        return replace(self, bound={**self.bound, name: kind})

    def guard(self, condition: Expr | None) -> Env:
        """The same place, where `condition` is known to hold or to fail."""
        if condition is None:
            return self
        names = (node.name for node in walk(condition) if isinstance(node, Name))
        return self.shelter(names)

    def shelter(self, names: Iterable[str]) -> Env:
        return replace(self, guarded=self.guarded | frozenset(names))
