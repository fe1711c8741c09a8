"""Whether the indices of a family, block or mapping are as many and of the sets that it wants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING

from evdsl.check.env import Env
from evdsl.check.findings import counted, shown
from evdsl.check.kinds import (
    ANY,
    NUMBER,
    TEXT,
    Dims,
    Element,
    Kind,
    counts_as_number,
    described,
    same_set,
    set_name,
)
from evdsl.check.sets import constant
from evdsl.check.symbols import Symbol
from evdsl.ir.expr import At, Binary, Call, Expr, Member, Name, Text
from evdsl.ir.model import Mapping

if TYPE_CHECKING:
    from evdsl.check.values import Values


class Indices:
    """The part of the check that compares the indices given with those wanted."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.findings = values.findings
        self.sets = values.sets

    def check(self, symbol: Symbol, node: At | Call, given: Sequence[Expr], env: Env) -> None:
        """Compares the indices in `node` with the sets that the symbol is indexed by."""
        wanted = self.sets.dims(symbol)
        if len(given) != len(wanted):
            self.values.kinds(given, env)
            self._wrong_number(symbol, node, len(given), wanted, env)
            return
        known = self.findings.troubles
        env = replace(env, indexed=shown(node.base) if isinstance(node, At) else "")
        kinds = [
            self._index_kind(index, want, node, env)
            for index, want in zip(given, wanted, strict=True)
        ]
        if self.findings.troubles > known:
            return
        wrong = [i for i, (k, w) in enumerate(zip(kinds, wanted, strict=True)) if not fits(k, w)]
        if not wrong:
            return
        swapped = _reordered(kinds, wanted) if len(wrong) > 1 else None
        if swapped is not None:
            mended = _written(node, [given[i] for i in swapped])
            self._report(symbol, node, given, kinds, wanted, wrong[0], f"write `{mended}`")
            return
        for i in wrong:
            help = self._mend(node, given, kinds[i], wanted[i], i, env)
            self._report(symbol, node, given, kinds, wanted, i, help)

    def _index_kind(self, index: Expr, wanted: Kind, node: At | Call, env: Env) -> Kind:
        """The kind of an index; a step written as `t - 1` is reported here."""
        if isinstance(index, Binary) and index.op in ("+", "-") and isinstance(index.left, Name):
            kind = env.bound.get(index.left.name)
            if isinstance(kind, Element) and (
                not isinstance(wanted, Element) or same_set(kind, wanted)
            ):
                self._step(index, kind, node)
                return ANY
        kind = self.values.kind(index, env)
        if isinstance(wanted, Element) and kind in (TEXT, NUMBER):
            literal = constant(index) is not None or isinstance(index, Text)
            if literal or not (kind == NUMBER and wanted.root.kind in ("whole", None)):
                self.values.element_literal(index, wanted, kind)
        return kind

    def _step(self, index: Binary, kind: Element, node: At | Call) -> None:
        function = "prev" if index.op == "-" else "next"
        steps, name = shown(index.right), shown(index.left)
        step = f"{function}({name})" if steps == "1" else f"{function}({name}, {steps})"
        self.findings.add(
            "E0208",
            f"`{shown(index)}` is a number, not an element of {kind.root.name}",
            index,
            label="arithmetic on an index",
            help=f"write `{step}`: a step in the order of {kind.root.name}",
        )

    def _wrong_number(
        self, symbol: Symbol, node: At | Call, given: int, wanted: Dims, env: Env
    ) -> None:
        what = counted(given, "index", "indices")
        verb = "is" if given == 1 else "are"
        if not wanted:
            message = f"`{symbol.path}` has no index, and {what} {verb} given"
            mended = shown(_head(node))
        else:
            message = f"`{symbol.path}` is indexed by {_sets(wanted)}, and {what} {verb} given"
            names = _bound_names(wanted, env)
            mended = _written(node, names) if names else ""
        help = f"write `{mended}`" if mended else None
        self.findings.add("E0206", message, node, help=help)

    def missing(self, symbol: Symbol, expression: Expr, parts: int, env: Env) -> None:
        """Reports a family without its index; `parts` members such as `.dual` stand behind it."""
        wanted = self.sets.dims(symbol)
        base, rest = _without_parts(expression, parts)
        text = shown(base)
        names = _bound_names(wanted, env)
        if names:
            help = f"write `{text}[{', '.join(names)}]{rest}`"
        else:
            letters = header_names(symbol)
            indexed = f"{text}[{', '.join(letters)}]{rest}"
            help = f"give it an index: `{indexed}`"
            if symbol.binders is not None and symbol.binders.where is None:
                pairs = zip(letters, wanted, strict=False)
                binders = ", ".join(f"{letter} in {set_name(kind)}" for letter, kind in pairs)
                help = f"give it an index, or sum it up: `sum{{{binders}}}({indexed})`"
        message = f"`{symbol.path}` is indexed by {_sets(wanted)}, and no index is given"
        self.findings.add("E0206", message, expression, help=help)

    def missing_block(self, block: Symbol, expression: Expr, member: Expr, env: Env) -> None:
        """Reports a member of an indexed block where the block's own index is left out; `member`
        is the expression with as many indices as the member takes."""
        wanted = self.sets.dims(block)
        names = _bound_names(wanted, env) or header_names(block)
        rest = shown(member).removeprefix(block.name)
        help = f"write `{block.name}[{', '.join(names)}]{rest}`"
        message = f"`{block.name}` is indexed by {_sets(wanted)}, and no index is given"
        self.findings.add("E0206", message, expression, help=help)

    def _report(
        self,
        symbol: Symbol,
        node: At | Call,
        given: Sequence[Expr],
        kinds: Sequence[Kind],
        wanted: Dims,
        i: int,
        help: str | None,
    ) -> None:
        index, kind = given[i], kinds[i]
        runs = "runs over" if isinstance(index, Name) else "is an element of"
        what = f"`{shown(index)}` {runs} {set_name(kind)}"
        label = f"element of {set_name(kind)}"
        if not isinstance(kind, Element):
            what, label = f"`{shown(index)}` is {described(kind)}", described(kind)
        position = f" at place {i + 1}" if len(wanted) > 1 else ""
        message = f"`{symbol.path}` is indexed by {set_name(wanted[i])}{position}, but {what}"
        self.findings.add("E0207", message, index, label=label, help=help)

    def _mend(
        self, node: At | Call, given: Sequence[Expr], kind: Kind, wanted: Kind, i: int, env: Env
    ) -> str | None:
        """How to make the right index of the wrong one: by a mapping, or a name bound around."""
        found = list(self.mappings(kind, wanted))
        if found:
            source, target = set_name(kind), set_name(wanted)
            if isinstance(kind, Element) and isinstance(wanted, Element):
                source, target = kind.root.name, wanted.root.name
            ways = [_written(node, _with(given, i, f"{name}({shown(given[i])})")) for name in found]
            if len(ways) == 1:
                return f"a mapping from {source} to {target} exists: write `{ways[0]}`"
            choice = " or ".join(f"`{way}`" for way in ways)
            return f"mappings from {source} to {target} exist: write {choice}"
        names = _bound_names((wanted,), env)
        if names:
            mended = _written(node, _with(given, i, names[0]))
            return f"`{names[0]}` runs over {set_name(wanted)} here: write `{mended}`"
        return None

    def mappings(self, given: Kind, wanted: Kind) -> Iterator[str]:
        """The names of the mappings that lead from the one set to the other."""
        for symbol in self.values.symbols.top.values():
            if isinstance(symbol.node, Mapping):
                sources, target = self.sets.dims(symbol), self.sets.target(symbol.node)
                ends = target.dims if target is not None else ()
                single = len(sources) == len(ends) == 1
                if single and _same_root(sources[0], given) and _same_root(ends[0], wanted):
                    yield symbol.name


def fits(kind: Kind, wanted: Kind) -> bool:
    """Whether an index of this kind may stand where the other is wanted."""
    if ANY in (kind, wanted):
        return True
    if isinstance(wanted, Element):
        if isinstance(kind, Element):
            return same_set(kind, wanted)
        whole = kind == NUMBER and wanted.root.kind in ("whole", None)
        return whole or (kind == TEXT and wanted.root.kind != "whole")
    return counts_as_number(kind) or kind == wanted


def _without_parts(expression: Expr, parts: int) -> tuple[Expr, str]:
    """`aev.s.dual` with one part as `aev.s` and `.dual`."""
    if not parts or not isinstance(expression, Member):
        return expression, ""
    base, rest = _without_parts(expression.base, parts - 1)
    return base, f"{rest}.{expression.name}"


def _same_root(one: Kind, other: Kind) -> bool:
    if not isinstance(one, Element) or not isinstance(other, Element):
        return False
    return one.root.name == other.root.name


def _reordered(kinds: Sequence[Kind], wanted: Dims) -> tuple[int, ...] | None:
    """An order in which the indices fit, where there is exactly one."""
    orders = [
        order
        for order in permutations(range(len(kinds)))
        if all(fits(kinds[i], want) for i, want in zip(order, wanted, strict=True))
    ]
    return orders[0] if len(orders) == 1 else None


def _bound_names(wanted: Dims, env: Env) -> list[str]:
    """The bound names that run over these sets, where each set has exactly one."""
    names: list[str] = []
    for kind in wanted:
        if not isinstance(kind, Element):
            return []
        own = [n for n, k in env.bound.items() if isinstance(k, Element) and same_set(k, kind)]
        if len(own) != 1:
            return []
        names.append(own[0])
    return names


def header_names(symbol: Symbol) -> list[str]:
    """The index names of a header; for the short `[V, T]` the sets' initials."""
    names: list[str] = []
    for binder in symbol.binders.items if symbol.binders is not None else ():
        initial = binder.set.name[0].lower() if isinstance(binder.set, Name) else "i"
        names.extend(binder.names or (initial,))
    return names


def _sets(wanted: Dims) -> str:
    return ", ".join(set_name(kind) for kind in wanted)


def _head(node: At | Call) -> Expr:
    return node.base if isinstance(node, At) else node


def _with(given: Sequence[Expr], i: int, text: str) -> list[Expr | str]:
    return [*given[:i], text, *given[i + 1 :]]


def _written(node: At | Call, index: Sequence[Expr | str]) -> str:
    """The node with other indices, as text."""
    inner = ", ".join(item if isinstance(item, str) else shown(item) for item in index)
    return f"{node.function}({inner})" if isinstance(node, Call) else f"{shown(node.base)}[{inner}]"
