"""Names of the text for indices that have names of their own (see `hygiene`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from evdsl.ir.expr import Binder, Binders, Compare, Comprehension, Expr, Name, Node, Reduce
from evdsl.ir.walk import rebuilt
from evdsl.reformulate.symbolic.hygiene import Header, base_of, conjunction, conjuncts

Shown = Mapping[str, str]
"""What each index is called in the text, by its own name."""


class Readable:
    """Gives each index the name it had, with a number where that is in use around it.

    `taken` are the names of everything that is declared, which an index must not hide.
    """

    def __init__(self, taken: Collection[str]) -> None:
        self.taken = taken

    def header(self, header: Header) -> tuple[Binders | None, Shown]:
        """A header as binders, and the names of its indices."""
        if not header.binders:
            return None, {}
        return self._binders(header.binders, header.where, {})

    def expr(self, node: Expr, shown: Shown) -> Expr:
        match node:
            case Name(name=name):
                return replace(node, name=shown.get(name, name))
            case Reduce(binders=binders, body=body):
                new, inner = self._binders(binders.items, conjuncts(binders.where), shown)
                body = None if body is None else self.expr(body, inner)
                return replace(node, binders=new, body=body)
            case Comprehension(binders=binders):
                new, _ = self._binders(binders.items, conjuncts(binders.where), shown)
                return replace(node, binders=new)
        return rebuilt(node, lambda below: self._below(below, shown))

    def _below(self, node: Node, shown: Shown) -> Node:
        return self.expr(node, shown) if isinstance(node, Expr) else node

    def exprs(self, nodes: tuple[Expr, ...], shown: Shown) -> tuple[Expr, ...]:
        return tuple(self.expr(node, shown) for node in nodes)

    def _binders(
        self, items: tuple[Binder, ...], conditions: tuple[Expr, ...], around: Shown
    ) -> tuple[Binders, dict[str, str]]:
        """The binders with names of the text; a name of a tuple that is bound already filters."""
        shown = dict(around)
        left = list(conditions)
        made = []
        for binder in items:
            members = self.expr(binder.set, shown)
            before = dict(shown)
            for name in binder.names:
                same = _same_as(name, left, before) if len(binder.names) > 1 else None
                if same is None:
                    shown[name] = self._free_name(base_of(name), shown)
                else:
                    condition, other = same
                    left.remove(condition)
                    shown[name] = before[other]
            made.append(
                replace(binder, names=tuple(map(shown.__getitem__, binder.names)), set=members)
            )
        where = conjunction(self.expr(condition, shown) for condition in left)
        return Binders(tuple(made), where), shown

    def _free_name(self, base: str, shown: Shown) -> str:
        used = {*shown.values(), *self.taken}
        name, number = base, 1
        while name in used:
            number += 1
            name = f"{base}{number}"
        return name


def _same_as(name: str, conditions: list[Expr], before: Shown) -> tuple[Expr, str] | None:
    """A condition that makes an index of a tuple one that is bound already."""
    for condition in conditions:
        match condition:
            case Compare(operands=(Name(name=one), Name(name=other)), ops=("==",)):
                if one == name and other in before:
                    return condition, other
                if other == name and one in before:
                    return condition, one
    return None
