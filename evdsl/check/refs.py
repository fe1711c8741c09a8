"""What a chain such as `aev[u].c[t].lower.dual` stands for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from evdsl.check.symbols import Symbol, Symbols
from evdsl.ir.expr import At, Expr, Member, Name, Text
from evdsl.ir.model import Baseline, Block, Constraint, Report, Table, Var


@dataclass(frozen=True, eq=False)
class Ref:
    """A chain that begins with a declared name.

    `symbol` is what it leads to, `via` the block or baseline that was named on the way and
    `outer` that block's index; `at` is the index of the symbol itself and `path` what stands
    behind it: `("dual",)`, `("lower", "dual")`, or the name of a table's column. `stray` is the
    first piece that has no meaning there.
    """

    symbol: Symbol
    via: Symbol | None = None
    outer: At | None = None
    at: At | None = None
    path: tuple[str, ...] = ()
    stray: Member | At | None = None


def base_name(expression: Expr) -> Name | None:
    """The name that a chain of members and indices begins with."""
    while isinstance(expression, Member | At):
        expression = expression.base
    return expression if isinstance(expression, Name) else None


class Resolver:
    """Follows chains; each piece of the model is followed once for each block it is seen from."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self._known: dict[tuple[int, int], Ref | None] = {}

    def resolve(self, expression: Expr, block: Block | None) -> Ref | None:
        """What a chain stands for, seen from a block; None where it begins with no symbol."""
        key = id(expression), id(block)
        if key not in self._known:
            name = base_name(expression)
            symbol = self.symbols.visible(name.name, block) if name is not None else None
            found = None if symbol is None else _follow(symbol, _steps(expression), self.symbols)
            self._known[key] = found
        return self._known[key]


def _steps(expression: Expr) -> list[Member | At]:
    steps: list[Member | At] = []
    while isinstance(expression, Member | At):
        steps.append(expression)
        expression = expression.base
    return steps[::-1]


def _follow(symbol: Symbol, steps: list[Member | At], symbols: Symbols) -> Ref:
    match symbol.node:
        case Table():
            return _column(symbol, steps)
        case Block():
            return _member(symbol, steps, symbols)
        case Baseline():
            return _baseline_report(symbol, steps, symbols)
        case Var():
            return _indexed(symbol, steps, ("lower", "upper", "dual"))
        case Constraint():
            return _indexed(symbol, steps, ("dual",))
        case _:
            return _indexed(symbol, steps, ())


def _column(symbol: Symbol, steps: list[Member | At]) -> Ref:
    if not steps:
        return Ref(symbol)
    first, rest = steps[0], steps[1:]
    if isinstance(first, Member):
        name = first.name
    elif len(first.index) == 1 and isinstance(first.index[0], Text):
        name = first.index[0].value
    else:
        return Ref(symbol, stray=first)
    return replace(_indexed(symbol, rest, ()), path=(name,))


def _member(symbol: Symbol, steps: list[Member | At], symbols: Symbols) -> Ref:
    assert isinstance(symbol.node, Block)
    outer: At | None = None
    if steps and isinstance(steps[0], At):
        outer, steps = steps[0], steps[1:]
    if not steps:
        return Ref(symbol, outer=outer)
    first = steps[0]
    member = symbols.members(symbol.node).get(first.name) if isinstance(first, Member) else None
    if member is None:
        return Ref(symbol, outer=outer, stray=first)
    return replace(_follow(member, steps[1:], symbols), via=symbol, outer=outer)


def _baseline_report(symbol: Symbol, steps: list[Member | At], symbols: Symbols) -> Ref:
    if not steps:
        return Ref(symbol)
    first = steps[0]
    found = symbols.top.get(first.name) if isinstance(first, Member) else None
    if found is None or not isinstance(found.node, Report):
        return Ref(symbol, stray=first)
    return replace(_follow(found, steps[1:], symbols), via=symbol)


def _indexed(symbol: Symbol, steps: list[Member | At], parts: tuple[str, ...]) -> Ref:
    """An optional index, then at most `.lower.dual`, `.upper.dual` or `.dual`."""
    at: At | None = None
    path: tuple[str, ...] = ()
    for step in steps:
        if isinstance(step, At) and at is None and not path:
            at = step
        elif isinstance(step, Member) and step.name in parts and "dual" not in path:
            path = (*path, step.name)
        else:
            return Ref(symbol, at=at, path=path, stray=step)
    return Ref(symbol, at=at, path=path)
