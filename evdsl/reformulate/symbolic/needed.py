"""A model without what its problem does not use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from evdsl.ir.expr import Node
from evdsl.ir.model import Definition, Model, Param, Reference
from evdsl.reformulate.symbolic.hygiene import free

_LEFT_OUT = (Definition, Param, Reference)


def needed(model: Model) -> Model:
    """The model without the parameters, references and `expr`s that no row or objective reaches."""
    leader = model.leader
    assert leader is not None
    by_name: dict[str, Node] = {}
    always: list[Node] = []
    declared: list[Node] = [d for d in model.declarations if d is not leader]
    for node in (*declared, *leader.items):
        if isinstance(node, _LEFT_OUT):
            by_name[node.name] = node
        else:
            always.append(node)
    reached = _reached(always, by_name)

    def is_needed(node: Node) -> bool:
        return not isinstance(node, _LEFT_OUT) or node.name in reached

    whole = replace(leader, items=tuple(filter(is_needed, leader.items)))
    kept = (whole if d is leader else d for d in model.declarations if is_needed(d))
    return replace(model, declarations=tuple(kept))


def _reached(roots: Iterable[Node], by_name: dict[str, Node]) -> set[str]:
    """The names that the roots lead to, also through what other names stand for."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        for name in free(waiting.pop()):
            if name in by_name and name not in found:
                found.add(name)
                waiting.append(by_name[name])
    return found
