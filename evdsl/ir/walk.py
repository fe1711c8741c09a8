"""Walking and changing the IR without knowing each node's shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any, TypeVar, cast

from evdsl.ir.expr import Expr, Node

N = TypeVar("N", bound=Node)


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below, in the order written."""
    for field in fields(node):
        yield from _nodes(getattr(node, field.name))


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, parents first."""
    waiting = [node]
    while waiting:
        below = waiting.pop()
        yield below
        waiting.extend(reversed([*children(below)]))


def rebuilt(node: N, change: Callable[[Node], Node]) -> N:
    """A copy in which `change` has been applied to the nodes directly below."""
    names = [field.name for field in fields(node) if field.name != "span"]
    values = {name: _changed(getattr(node, name), change) for name in names}
    same = all(values[name] is getattr(node, name) for name in values)
    return node if same else replace(node, **values)


def transform(node: N, change: Callable[[Node], Node]) -> N:
    """A copy in which `change` has been applied to every node, children first."""
    changed: Any = change(rebuilt(node, lambda below: transform(below, change)))
    return cast(N, changed)


def substitute(node: N, old: Expr, new: Expr) -> N:
    """A copy in which every expression equal to `old` is `new`."""
    return transform(node, lambda below: new if below == old else below)


def _nodes(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)


def _changed(value: Any, change: Callable[[Node], Node]) -> Any:
    if isinstance(value, Node):
        return change(value)
    if isinstance(value, tuple):
        items = tuple(_changed(item, change) for item in value)
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    return value
