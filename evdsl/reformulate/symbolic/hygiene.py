"""Indices with names of their own, so that expressions can be put into each other.

A text may call two indices `t`. Here every index that is bound has a name that nothing else has,
`t'7`: then an expression can be copied to another place, and an index replaced by an expression,
without one name ever standing for two things. `readable` gives them names of the text again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeAlias, TypeGuard

from evdsl.ir.expr import (
    At,
    Binary,
    Binder,
    Binders,
    Compare,
    Comprehension,
    Expr,
    In,
    Member,
    Name,
    Node,
    Reduce,
    Truth,
    Tuple,
)
from evdsl.ir.walk import rebuilt, walk
from evdsl.reformulate.symbolic.roots import Roots

Env: TypeAlias = Mapping[str, Expr]
"""What the names of indices stand for."""

_MARK = "'"


class Fresh:
    """Gives out names that nothing else has."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def name(self, base: str) -> str:
        return f"{base_of(base)}{_MARK}{next(self._numbers)}"


def base_of(name: str) -> str:
    """What the text calls the index."""
    return name.partition(_MARK)[0]


@dataclass(frozen=True)
class Header:
    """What a family runs over: binders and the conditions on them.

    `index` are the names that make up the family's index, in order. What a tuple binds a second
    time is no part of it and is told by a condition, `(z'2, t'3) in P` with `z'2 == z'1`.
    """

    binders: tuple[Binder, ...] = ()
    where: tuple[Expr, ...] = ()
    index: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[Name, ...]:
        return tuple(map(Name, self.index))

    def under(self, *conditions: Expr) -> Header:
        """The members that fulfil these conditions too."""
        return replace(self, where=(*self.where, *conditions))

    def with_inner(self, inner: Header) -> Header:
        """This header with another one inside it."""
        return Header(
            (*self.binders, *inner.binders),
            (*self.where, *inner.where),
            (*self.index, *inner.index),
        )

    def inside(self, binders: Binders) -> Header:
        """What runs inside a sum that stands here."""
        names = tuple(name for binder in binders.items for name in binder.names)
        return self.with_inner(Header(binders.items, conjuncts(binders.where), names))

    def at(self, index: Iterable[Expr]) -> dict[str, Expr]:
        """What the header's names stand for in the member with this index."""
        return dict(zip(self.index, index, strict=True))

    def all_binders(self) -> Binders:
        return Binders(self.binders, conjunction(self.where))


class Copy:
    """Copies expressions with other names for what they bind, and other things for free names.

    `reference` may say what a chain of members and indices becomes as a whole.
    """

    def __init__(self, fresh: Fresh, roots: Roots | None = None) -> None:
        """`roots` is told of all that is bound."""
        self.fresh = fresh
        self.roots = roots

    def reference(self, node: Name | Member | At, env: Env) -> Expr | None:
        return None

    def expr(self, node: Expr, env: Env) -> Expr:
        match node:
            case Name() | Member() | At():
                found = self.reference(node, env)
                if found is not None:
                    return found
                if isinstance(node, Name):
                    return env.get(node.name, node)
            case Reduce():
                header, inner = self.header(node.binders, env)
                body = None if node.body is None else self.expr(node.body, inner)
                return replace(node, binders=header.all_binders(), body=body)
            case Comprehension():
                header, _ = self.header(node.binders, env)
                return replace(node, binders=header.all_binders())
        return rebuilt(node, lambda below: self._below(below, env))

    def _below(self, node: Node, env: Env) -> Node:
        return self.expr(node, env) if isinstance(node, Expr) else node

    def exprs(self, nodes: Iterable[Expr], env: Env) -> tuple[Expr, ...]:
        return tuple(self.expr(node, env) for node in nodes)

    def header(self, binders: Binders | None, env: Env) -> tuple[Header, dict[str, Expr]]:
        """The binders with names of their own, and what the old names stand for behind them.

        A name of a tuple that is bound already filters.
        """
        inner = dict(env)
        made: list[Binder] = []
        filters: list[Expr] = []
        index: list[str] = []
        for binder in binders.items if binders is not None else ():
            members = self.expr(binder.set, inner)
            names = tuple(map(self.fresh.name, binder.names))
            for old, new in zip(binder.names, names, strict=True):
                if len(names) > 1 and old in inner:
                    filters.append(equals(Name(new), inner[old]))
                else:
                    inner[old] = Name(new)
                    index.append(new)
            made.append(self._bound(replace(binder, names=names, set=members)))
        where = () if binders is None else self.exprs(conjuncts(binders.where), inner)
        return Header(tuple(made), (*filters, *where), tuple(index)), inner

    def anew(self, header: Header) -> tuple[Header, dict[str, Expr]]:
        """The same header with other names, and what the old ones have become."""
        new: dict[str, str] = {}
        made: list[Binder] = []
        for binder in header.binders:
            members = self.expr(binder.set, _named(new))
            new |= {name: self.fresh.name(name) for name in binder.names}
            names = tuple(new[name] for name in binder.names)
            made.append(self._bound(replace(binder, names=names, set=members)))
        where = self.exprs(header.where, _named(new))
        return Header(tuple(made), where, tuple(new[n] for n in header.index)), _named(new)

    def _bound(self, binder: Binder) -> Binder:
        if self.roots is not None:
            self.roots.learn(binder)
        return binder

    def membership(self, header: Header, index: Iterable[Expr]) -> tuple[Expr, ...]:
        """The conditions under which the header has a member with this index."""
        env = header.at(index)
        found: list[Expr] = []
        where = list(header.where)
        for binder in header.binders:
            for name in binder.names:
                if name not in env:
                    filter_ = next(c for c in where if _says(c, name))
                    where.remove(filter_)
                    env[name] = self.expr(filter_.operands[1], env)
            found.append(
                In(one_or_tuple(env[name] for name in binder.names), self.expr(binder.set, env))
            )
        return (*found, *self.exprs(where, env))


def _says(condition: Expr, name: str) -> TypeGuard[Compare]:
    """Whether the condition is `name == ...`."""
    return isinstance(condition, Compare) and condition.operands[0] == Name(name)


def one_or_tuple(elements: Iterable[Expr]) -> Expr:
    """What stands before `in`."""
    items = tuple(elements)
    return items[0] if len(items) == 1 else Tuple(items)


def _named(names: Mapping[str, str]) -> dict[str, Expr]:
    return {old: Name(new) for old, new in names.items()}


def free(*nodes: Node) -> set[str]:
    """All names in nodes; as no two things have one name, it is also those that are free."""
    return {below.name for node in nodes for below in walk(node) if isinstance(below, Name)}


# ---- conditions ------------------------------------------------------------------------------
def equals(left: Expr, right: Expr) -> Compare:
    return Compare((left, right), ("==",))


def conjuncts(condition: Expr | None) -> tuple[Expr, ...]:
    """The parts of a condition that must all hold."""
    match condition:
        case None | Truth(value=True):
            return ()
        case Binary(op="and", left=left, right=right):
            return (*conjuncts(left), *conjuncts(right))
    return (condition,)


def conjunction(conditions: Iterable[Expr]) -> Expr | None:
    """All of the conditions as one; None where there is none."""
    whole: Expr | None = None
    for condition in conditions:
        whole = condition if whole is None else Binary("and", whole, condition)
    return whole


def alike(one: Expr, other: Expr) -> bool:
    """Whether two expressions say the same, whatever they call what they bind themselves."""
    return _numbered(one) == _numbered(other)


class _Counted(Fresh):
    def name(self, base: str) -> str:
        return f"{_MARK}{next(self._numbers)}"


def _numbered(node: Expr) -> Expr:
    return Copy(_Counted()).expr(node, {})
