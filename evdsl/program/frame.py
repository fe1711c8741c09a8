"""Frames: the rows that a family's header or a reducer enumerates, as one code array per index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from evdsl.ir.expr import Binders, Comprehension, Expr, Name, Reduce
from evdsl.ir.walk import children
from evdsl.program.keys import Codes, Elements, Keys
from evdsl.program.locate import Locator

Ints: TypeAlias = Codes


@dataclass(frozen=True, eq=False)
class Element:
    """An index value for each row of a frame; code -1 is a step off the end of the set."""

    dim: Elements
    codes: Codes

    def take(self, which: Ints) -> Element:
        return Element(self.dim, self.codes[which])


@dataclass(frozen=True, eq=False)
class Frame:
    """`size` rows with the names that are bound on them, outer ones first.

    `owner` (size,) says whose rows they are where a block is grounded: 0 the leader's, k a
    follower's; auxiliary columns that an expression needs belong to the same owner.
    """

    size: int = 1
    bound: Mapping[str, Element] = field(default_factory=dict)
    owner: Ints | None = None

    def take(self, which: Ints) -> Frame:
        owner = None if self.owner is None else self.owner[which]
        return Frame(len(which), {name: e.take(which) for name, e in self.bound.items()}, owner)

    def bind(self, names: Sequence[str], elements: Sequence[Element]) -> Frame:
        return Frame(
            self.size, {**self.bound, **dict(zip(names, elements, strict=True))}, self.owner
        )

    def keep(self, names: set[str]) -> Frame:
        bound = {name: e for name, e in self.bound.items() if name in names}
        return Frame(self.size, bound, self.owner)

    def keys(self) -> Keys:
        elements = tuple(self.bound.values())
        return Keys(tuple(e.dim for e in elements), tuple(e.codes for e in elements), self.size)

    def label(self, row: int) -> str:
        """`v = car1, t = 3`: what is bound on a row, for messages."""
        parts = (f"{name} = {_shown(e, row)}" for name, e in self.bound.items())
        return ", ".join(parts)


def _shown(element: Element, row: int) -> str:
    code = int(element.codes[row])
    return str(element.dim.labels[code]) if code >= 0 else "(off the end)"


@dataclass(frozen=True, eq=False)
class SetValue:
    """A set: its tuples in order, as codes in the root set of each component."""

    name: str
    dims: tuple[Elements, ...]
    codes: tuple[Codes, ...]
    names: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return len(self.codes[0])

    @property
    def locator(self) -> Locator:
        if "_locator" not in self.__dict__:
            object.__setattr__(self, "_locator", Locator(Keys(self.dims, self.codes, self.size)))
        found: Locator = self.__dict__["_locator"]
        return found


def root(elements: Elements) -> SetValue:
    return SetValue(elements.name, (elements,), (np.arange(len(elements)),), (elements.name,))


def free_names(expression: Expr) -> set[str]:
    """The names that an expression uses and does not bind itself.

    Those of a tuple `(v, t) in P` count as used: one that is bound outside already filters.
    """
    names = {expression.name} if isinstance(expression, Name) else set()
    inner: set[str] = set()
    for child in children(expression):
        if isinstance(child, Binders):
            for binder in child.items:
                inner |= free_names(binder.set)
            if child.where is not None:
                inner |= free_names(child.where)
        elif isinstance(child, Expr):
            inner |= free_names(child)
    if isinstance(expression, Reduce | Comprehension):
        for binder in expression.binders.items:
            inner = (
                inner - set(binder.names) if len(binder.names) == 1 else inner | set(binder.names)
            )
    return names | inner
