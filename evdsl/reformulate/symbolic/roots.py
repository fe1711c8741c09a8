"""Of which root sets the indices are."""

from __future__ import annotations

from evdsl.check.kinds import Element, Kind, Root
from evdsl.check.sets import Sets
from evdsl.ir.expr import Binder, Call, Expr, Name
from evdsl.ir.model import Mapping
from evdsl.ir.walk import walk

STEPS = {"prev": "next", "next": "prev"}


class Roots:
    """Knows the binders that it has been told of, whose names nothing else has."""

    def __init__(self, sets: Sets) -> None:
        self._sets = sets
        self._kinds: dict[str, Kind] = {}

    def learn(self, binder: Binder) -> None:
        found = self._sets.of(binder.set, self._kinds)
        if found is not None and len(found.dims) == len(binder.names):
            self._kinds |= dict(zip(binder.names, found.dims, strict=True))

    def of(self, index: Expr) -> Root | None:
        """The root set of an index, of a step from it, of an end of a set, or of a mapping."""
        kind: Kind | None = None
        match index:
            case Name(name=name):
                kind = self._kinds.get(name)
            case Call(function=function, arguments=(start, *_)) if function in STEPS:
                return self.of(start)
            case Call(function="first" | "last", arguments=(members,)):
                found = self._sets.of(members)
                kind = found.dims[0] if found is not None else None
            case Call(function=function):
                mapping = self._mapping(function)
                target = None if mapping is None else self._sets.target(mapping)
                kind = target.dims[0] if target is not None else None
        return kind.root if isinstance(kind, Element) else None

    def is_mapped(self, index: Expr) -> bool:
        """Whether a mapping stands in the index."""
        return any(isinstance(n, Call) and self._mapping(n.function) for n in walk(index))

    def _mapping(self, name: str) -> Mapping | None:
        symbol = self._sets.symbols.top.get(name)
        return symbol.node if symbol is not None and isinstance(symbol.node, Mapping) else None

    def named(self, index: Expr) -> Root | None:
        """The root set of an index where it is a declared one."""
        root = self.of(index)
        return None if root is None or root.anonymous else root

    def is_all(self, members: Expr, index: Expr) -> bool:
        """Whether the set holds everything that the index can be."""
        root = self.named(index)
        return root is not None and members == Name(root.name)
