"""Expressions of all blocks in the names of the single level.

`c[t]` inside `follower aev[u in U]` and `aev[u].c[t]` outside of it become `aev_c[u, t]`; what
stands behind a name, an index or the end of a set is treated alike. Multipliers are left to
`reading`, because they are known only once the followers' rows are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from evdsl.check.refs import Ref, Resolver
from evdsl.check.symbols import Symbol
from evdsl.ir.expr import At, Binders, Expr, Member, Name
from evdsl.ir.model import Block, Definition, Follower, Leader, Objective, Reference
from evdsl.reformulate.symbolic.families import Formula, member, spanned
from evdsl.reformulate.symbolic.hygiene import Copy, Env, Fresh, Header
from evdsl.reformulate.symbolic.names import Names
from evdsl.reformulate.symbolic.roots import Roots


class Reading(Protocol):
    """What the multiplier of a follower's row (`side` is "") or limit is at an index."""

    def __call__(
        self, ref: Ref, side: str, index: tuple[Expr, ...], otherwise: Expr | None, node: Expr
    ) -> Expr: ...


class Flat(Copy):
    """Copies expressions as seen from `block`, with the names of the single level."""

    roots: Roots

    def __init__(
        self,
        resolver: Resolver,
        names: Names,
        fresh: Fresh,
        roots: Roots,
        block: Block | None = None,
        reading: Reading | None = None,
    ) -> None:
        super().__init__(fresh, roots)
        self.resolver = resolver
        self.names = names
        self.block = block
        self.reading = reading

    def inside(self, block: Block | None) -> Flat:
        return Flat(self.resolver, self.names, self.fresh, self.roots, block, self.reading)

    def member_header(self, binders: Binders | None) -> tuple[Header, dict[str, Expr]]:
        """The header of something in the block, behind that of the block itself."""
        outer, env = self.header(self.block.binders if self.block is not None else None, {})
        inner, env = self.header(binders, env)
        return outer.with_inner(inner), env

    def reference(self, node: Name | Member | At, env: Env) -> Expr | None:
        ref = self.resolver.resolve(node, self.block)
        if ref is None or not isinstance(ref.symbol.block, Leader | Follower):
            return None
        otherwise = None if ref.at is None or ref.at.otherwise is None else ref.at.otherwise
        other = None if otherwise is None else self.expr(otherwise, env)
        index = (*self._outer(ref, env), *(self.exprs(ref.at.index, env) if ref.at else ()))
        if "dual" in ref.path:
            assert self.reading is not None
            side = ref.path[0] if len(ref.path) > 1 else ""
            return self.reading(ref, side, index, other, node)
        return spanned(member(self.called(ref.symbol), index, other), node)

    def called(self, symbol: Symbol) -> str:
        """What a member of the leader or of a follower is called."""
        if isinstance(symbol.block, Follower):
            return self.names.member(symbol.block, symbol.name)
        return symbol.name

    def _outer(self, ref: Ref, env: Env) -> tuple[Expr, ...]:
        """The index of the follower that the reference leads to."""
        if ref.outer is not None:
            return self.exprs(ref.outer.index, env)
        block = ref.symbol.block
        inside = ref.via is None and block is self.block and isinstance(block, Follower)
        return tuple(env[name] for name in header_names(block)) if inside and block else ()


def header_names(block: Block) -> Iterator[str]:
    for binder in block.binders.items if block.binders else ():
        yield from binder.names


class Formulas:
    """The formulas of a model by their names in the single level, each made when asked for."""

    def __init__(self, flat: Flat) -> None:
        self._flat = flat
        self._symbols = {
            flat.called(symbol): symbol
            for symbol in flat.resolver.symbols
            if isinstance(symbol.node, Definition | Objective)
            and not isinstance(symbol.block, Reference)
        }
        self._made: dict[str, Formula] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._symbols

    def __getitem__(self, name: str) -> Formula:
        if name not in self._made:
            self._made[name] = self._make(name, self._symbols[name])
        return self._made[name]

    def of(self, block: Block) -> Iterator[Formula]:
        """The formulas of a block in the order of its text."""
        for name, symbol in self._symbols.items():
            if symbol.block is block:
                yield self[name]

    def put(self, formula: Formula) -> None:
        self._made[formula.name] = formula

    def _make(self, name: str, symbol: Symbol) -> Formula:
        node, block = symbol.node, symbol.block
        assert isinstance(node, Definition | Objective)
        flat = self._flat.inside(block)
        header, env = flat.member_header(symbol.binders)
        value = flat.expr(node.value, env)
        return Formula(name, header, value, block, node.unit, node.text)
