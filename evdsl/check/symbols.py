"""The names that a model declares, and from where each can be seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from evdsl.check.findings import Findings, place_of
from evdsl.check.functions import FUNCTIONS, REDUCERS
from evdsl.ir.expr import Binders, Node
from evdsl.ir.model import (
    Baseline,
    Block,
    Check,
    Constraint,
    Definition,
    Follower,
    Leader,
    Mapping,
    Model,
    Objective,
    Param,
    Reference,
    Report,
    Set,
    Table,
    Var,
)
from evdsl.ir.words import NAME, RESERVED

RESULT_WORDS = ("objective", "duals")


@dataclass(frozen=True)
class MadeSet(Node):
    """A set that nobody declares: the target of the first mapping that names it."""

    name: str
    mapping: Mapping


Named: TypeAlias = (
    Table
    | Set
    | MadeSet
    | Mapping
    | Param
    | Definition
    | Block
    | Baseline
    | Report
    | Var
    | Objective
    | Constraint
)

_WORDS: dict[type[Node], str] = {
    Table: "table",
    Set: "set",
    MadeSet: "set",
    Mapping: "mapping",
    Param: "param",
    Definition: "expr",
    Baseline: "baseline",
    Report: "report",
    Var: "variable",
    Objective: "objective",
    Constraint: "constraint",
}


@dataclass(frozen=True, eq=False)
class Symbol:
    """A declared name; `block` is the leader, follower or reference that it is a member of."""

    name: str
    node: Named
    block: Block | None = None

    @property
    def word(self) -> str:
        """What it is, as the language calls it: `param`, `variable`, `follower`."""
        node = self.node
        return type(node).__name__.lower() if isinstance(node, Block) else _WORDS[type(node)]

    @property
    def path(self) -> str:
        """How it is written from outside: `aev.c`; a leader's members go by their bare name."""
        if self.block is None or isinstance(self.block, Leader):
            return self.name
        return f"{self.block.name}.{self.name}"

    @property
    def binders(self) -> Binders | None:
        return getattr(self.node, "binders", None)

    @property
    def in_leader(self) -> bool:
        return isinstance(self.block, Leader)

    @property
    def in_reference(self) -> bool:
        return isinstance(self.block, Reference)


class Symbols:
    """All declared names: the top-level and leader names together, and each block's members."""

    def __init__(
        self,
        top: dict[str, Symbol],
        members: dict[int, dict[str, Symbol]],
        unclear: frozenset[Symbol] = frozenset(),
    ) -> None:
        """`unclear` are those whose name is declared twice: more is not said about them."""
        self.top = top
        self.unclear = unclear
        self._members = members

    def visible(self, name: str, block: Block | None) -> Symbol | None:
        """What a bare name means inside a block, or at the top where `block` is None."""
        return self.members(block).get(name) or self.top.get(name)

    def all_visible(self, block: Block | None) -> Iterator[Symbol]:
        yield from self.members(block).values()
        yield from self.top.values()

    def members(self, block: Block | None) -> dict[str, Symbol]:
        return self._members.get(id(block), {}) if block is not None else {}

    def elsewhere(self, name: str) -> list[Symbol]:
        """Members of that name in any follower or reference."""
        found = (members.get(name) for members in self._members.values())
        return [symbol for symbol in found if symbol is not None and not symbol.in_leader]

    def __iter__(self) -> Iterator[Symbol]:
        """Each symbol once: those at the top, then the members of followers and references."""
        yield from self.top.values()
        for members in self._members.values():
            yield from (s for s in members.values() if self.top.get(s.name) is not s)


def collect(model: Model, findings: Findings) -> Symbols:
    """The names of a model; reports names declared twice, shadowing and reserved words."""
    collector = _Collector(findings)
    for declaration in model.declarations:
        if not isinstance(declaration, Check):
            collector.declare(Symbol(declaration.name, declaration), collector.top)
    leader = model.leader
    if leader is not None:
        collector.leader(leader)
    for mapping in (d for d in model.declarations if isinstance(d, Mapping)):
        if mapping.target not in collector.top:
            made = MadeSet(mapping.target, mapping, span=mapping.span)
            collector.declare(Symbol(mapping.target, made), collector.top)
    for block in (d for d in model.declarations if isinstance(d, Block)):
        if block is not leader:
            collector.block(block)
    return Symbols(collector.top, collector.members, frozenset(collector.unclear))


class _Collector:
    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.top: dict[str, Symbol] = {}
        self.members: dict[int, dict[str, Symbol]] = {}
        self.unclear: set[Symbol] = set()

    def _report_result_word(self, symbol: Symbol) -> None:
        if isinstance(symbol.node, Var):
            reason = f"`{symbol.name}` is a word of the results, beside a follower's variables"
            mend = f"write `{symbol.name}_`"
            self.findings.add("E0204", reason, symbol.node, label="choose another name", help=mend)

    def declare(self, symbol: Symbol, into: dict[str, Symbol]) -> bool:
        """Adds a symbol and says whether it was the first of its name."""
        self.findings.place = place_of(symbol.node, symbol.block)
        report_reserved(symbol.name, symbol.node, self.findings)
        if symbol.name in RESULT_WORDS and isinstance(symbol.block, Follower):
            self._report_result_word(symbol)
        first = into.setdefault(symbol.name, symbol)
        if first is symbol:
            return True
        self.unclear.add(first)
        self.findings.add(
            "E0202",
            f"`{symbol.name}` is declared twice",
            symbol.node,
            label="again" if first.word == symbol.word else f"the name of a {first.word} already",
            help="give one of the two another name",
            related=((first.node, "first declared here"),),
        )
        return False

    def leader(self, leader: Block) -> None:
        """The leader's members are seen everywhere, as those at the top are."""
        own = (symbol for symbol in _member_symbols(leader) if self.declare(symbol, self.top))
        self.members[id(leader)] = {symbol.name: symbol for symbol in own}

    def block(self, block: Block) -> None:
        own = self.members[id(block)] = {}
        for symbol in _member_symbols(block):
            outer = self.top.get(symbol.name)
            if self.declare(symbol, own) and outer is not None:
                self._shadowing(symbol, outer, block)

    def _shadowing(self, symbol: Symbol, outer: Symbol, block: Block) -> None:
        self.unclear.add(symbol)
        self.findings.add(
            "E0203",
            f"`{symbol.name}` in `{block.name}` hides the {outer.word} of the same name",
            symbol.node,
            label="hides the outer one",
            help="give one of the two another name",
            related=((outer.node, "declared here"),),
        )


def _member_symbols(block: Block) -> Iterator[Symbol]:
    for item in block.items:
        if item.name is not None:
            yield Symbol(item.name, item, block)


def report_reserved(name: str, node: Node, findings: Findings) -> None:
    """Reports a name that is a word of the language, or no name at all."""
    if name in RESERVED:
        reason = f"`{name}` is a word of the language and names nothing else"
    elif name in FUNCTIONS or name in REDUCERS:
        reason = f"`{name}` is a function of the language and names nothing else"
    elif not NAME.fullmatch(name):
        reason = f"`{name}` is not a name: letters, digits and `_`, a letter or `_` first"
    else:
        return
    help = f"write `{name}_`" if NAME.fullmatch(name) else None
    findings.add("E0204", reason, node, label="choose another name", help=help)
