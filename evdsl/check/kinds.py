"""What an expression can be: a number, a text, a truth value, an element of a set, or a set.

Every set is nominal: an element belongs to its *root* set, however many subsets hold it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ElementKind = Literal["whole", "text", "time"]
Literals: TypeAlias = "range | tuple[int | str, ...]"


@dataclass(frozen=True)
class Root:
    """A root set.

    `kind` is None where only the data can tell it; `members` are the elements where the text
    holds them all; `column` is the name of the table column that the set comes from. An
    `anonymous` root is that of a set written in place, such as `{"low", "high"}`.
    """

    name: str
    kind: ElementKind | None = None
    cyclic: bool = False
    column: str | None = None
    members: Literals | None = None
    anonymous: bool = False


@dataclass(frozen=True)
class Plain:
    """A number, a text or a truth value; `any` stands for what is unknown and fits everywhere."""

    word: Literal["number", "text", "truth", "any"]


@dataclass(frozen=True)
class Element:
    """An element of a root set; `over` is the set, perhaps a subset, that it runs over."""

    root: Root
    over: str


NUMBER, TEXT, TRUTH, ANY = Plain("number"), Plain("text"), Plain("truth"), Plain("any")

Kind: TypeAlias = Plain | Element
Dims: TypeAlias = tuple[Kind, ...]


@dataclass(frozen=True)
class SetOf:
    """A set: what its elements are, one kind for each component of a tuple."""

    dims: Dims
    name: str

    @property
    def is_root(self) -> bool:
        first = self.dims[0]
        return len(self.dims) == 1 and isinstance(first, Element) and first.root.name == self.name


def set_name(kind: Kind) -> str:
    """The set that an index of this kind comes from, as messages call it."""
    return kind.over if isinstance(kind, Element) else "whole numbers"


def counts_as_number(kind: Kind) -> bool:
    """Whether arithmetic may use it: numbers, and elements that may be whole numbers."""
    if isinstance(kind, Element):
        return kind.root.kind in ("whole", None)
    return kind in (NUMBER, ANY)


def same_set(one: Element, other: Element) -> bool:
    """Whether elements of the two may be compared and stand for each other as an index."""
    a, b = one.root, other.root
    if a.name == b.name:
        return True
    if not (a.anonymous or b.anonymous):
        return False
    if None in (a.kind, b.kind) or a.members is None or b.members is None:
        return a.kind == b.kind or None in (a.kind, b.kind)
    inner, outer = (a, b) if a.anonymous else (b, a)
    return set(inner.members or ()) <= set(outer.members or ())


def both_fresh(one: Element, other: Element) -> bool:
    """Whether both are sets written in place, of one kind: together they are a set of their own."""
    a, b = one.root, other.root
    return a.anonymous and b.anonymous and (a.kind == b.kind or None in (a.kind, b.kind))


def described(kind: Kind) -> str:
    """`a number`, `an element of T`"""
    if isinstance(kind, Element):
        return f"an element of {kind.over}"
    return {"number": "a number", "text": "a text", "truth": "a condition", "any": "a value"}[
        kind.word
    ]
