"""Warnings about what is declared and has no effect."""

from __future__ import annotations

from evdsl.check.findings import Findings, listed, place_of
from evdsl.check.symbols import Symbol, Symbols
from evdsl.ir.model import Definition, Leader, Mapping, Model, Param, Set, Table, Var


def warn_unused(
    model: Model,
    symbols: Symbols,
    used: set[Symbol],
    reached: dict[int, set[Symbol]],
    findings: Findings,
) -> None:
    """`used` is what any expression names, `reached` the variables in each block's problem."""
    for symbol in symbols:
        data = isinstance(symbol.node, Table | Set | Mapping | Param | Definition)
        if data and symbol not in used:
            findings.place = place_of(symbol.node, symbol.block)
            findings.add(
                "W0303",
                f"{symbol.word} `{symbol.path}` is not used",
                symbol.node,
                severity="warning",
            )
    if model.leader is not None:
        _leader(model.leader, model, symbols, reached, findings)


def _leader(
    leader: Leader,
    model: Model,
    symbols: Symbols,
    reached: dict[int, set[Symbol]],
    findings: Findings,
) -> None:
    own = [s for s in symbols.members(leader).values() if isinstance(s.node, Var)]
    everywhere = {symbol for found in reached.values() for symbol in found}
    for symbol in own:
        if symbol not in everywhere:
            findings.place = place_of(symbol.node, symbol.block)
            findings.add(
                "W0301",
                f"no objective, row or limit holds the leader's variable `{symbol.name}`",
                symbol.node,
                label="any value will do",
                severity="warning",
            )
    followers = model.followers
    followed = any(reached.get(id(f), set()) & set(own) for f in followers)
    if followers and not followed:
        findings.place = place_of(leader)
        findings.add(
            "W0302",
            f"{listed([f.name for f in followers])} {'holds' if len(followers) == 1 else 'hold'} "
            f"no variable of `{leader.name}`: the answer is the same whatever it decides",
            followers[0],
            severity="warning",
        )
