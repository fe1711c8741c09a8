"""Declarations are evaluated in the order of what they need; a circle among them has no order."""

from __future__ import annotations

from collections.abc import Iterator

from evdsl.check.findings import Findings, place_of
from evdsl.check.refs import Resolver
from evdsl.check.symbols import MadeSet, Symbol, Symbols
from evdsl.ir.expr import At, Call, Member, Name, Node
from evdsl.ir.model import (
    Block,
    Definition,
    Mapping,
    Objective,
    Param,
    Reference,
    Report,
    Set,
)
from evdsl.ir.walk import children

_EVALUATED = (Set, MadeSet, Mapping, Param, Definition, Objective, Report, Reference)


def check_cycles(resolver: Resolver, findings: Findings) -> None:
    """Reports each circle once, with its path."""
    symbols = resolver.symbols
    graph = {s: _needs(s, resolver) for s in symbols if _evaluated(s, symbols)}
    done: set[Symbol] = set()
    for start in graph:
        _descend(start, graph, [], done, findings)


def _evaluated(symbol: Symbol, symbols: Symbols) -> bool:
    known = not symbol.in_reference and symbol not in symbols.unclear
    return known and isinstance(symbol.node, _EVALUATED)


def _descend(
    symbol: Symbol,
    graph: dict[Symbol, list[Symbol]],
    path: list[Symbol],
    done: set[Symbol],
    findings: Findings,
) -> None:
    if symbol in path:
        _report(path[path.index(symbol) :], findings)
    elif symbol not in done:
        for needed in (s for s in graph[symbol] if s in graph):
            _descend(needed, graph, [*path, symbol], done, findings)
        done.add(symbol)


def _report(circle: list[Symbol], findings: Findings) -> None:
    first, *others = circle
    path = " → ".join(f"`{symbol.path}`" for symbol in (*circle, first))
    findings.place = place_of(first.node, first.block)
    findings.add(
        "E0211",
        f"`{first.path}` needs itself: {path}",
        first.node,
        label="needs itself",
        related=tuple((s.node, "by way of this") for s in others if s.node.span != first.node.span),
        once=" ".join(sorted(symbol.path for symbol in circle)),
    )


def _needs(symbol: Symbol, resolver: Resolver) -> list[Symbol]:
    """What must be known before the symbol can be evaluated."""
    symbols = resolver.symbols
    node, block = symbol.node, symbol.block
    if isinstance(node, MadeSet):
        return [symbols.top[node.mapping.name]]
    found: dict[Symbol, None] = {}
    if isinstance(node, Mapping):
        target = symbols.top.get(node.target)
        if target is not None and isinstance(target.node, Set):
            found[target] = None
    inside = node if isinstance(node, Block) else block
    for needed in _named(node, resolver, inside):
        if needed.block is not None and needed.in_reference and needed.block is not inside:
            needed = symbols.top.get(needed.block.name, needed)
        found[needed] = None
    return list(found)


def _named(node: Node, resolver: Resolver, block: Block | None) -> Iterator[Symbol]:
    """The symbols that a declaration refers to, in the order written."""
    if isinstance(node, Name | Member | At):
        ref = resolver.resolve(node, block)
        if ref is not None:
            yield ref.symbol
    elif isinstance(node, Call):
        symbol = resolver.symbols.top.get(node.function)
        if symbol is not None:
            yield symbol
    for child in children(node):
        if isinstance(node, Member | At) and child is node.base and isinstance(child, Name):
            continue
        yield from _named(child, resolver, block)
