"""What a chain such as `aev[u].c[t]` is, and whether its names, members and indices fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from evdsl.check.env import Env
from evdsl.check.findings import counted, listed, shown
from evdsl.check.functions import FUNCTIONS, REDUCERS
from evdsl.check.indices import Indices, header_names
from evdsl.check.kinds import ANY, NUMBER, Kind
from evdsl.check.refs import Ref, base_name
from evdsl.check.symbols import MadeSet, Symbol
from evdsl.ir.expr import At, Call, Expr, Member, Name
from evdsl.ir.model import (
    Baseline,
    Block,
    Constraint,
    Leader,
    Mapping,
    Report,
    Set,
    Table,
    Var,
)
from evdsl.source.suggest import closest

if TYPE_CHECKING:
    from evdsl.check.values import Values

_FEW = 8
_LIMITS = (("lower", "dual"), ("upper", "dual"))


class References:
    """The part of the check that deals with names, members and their indices."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.findings = values.findings
        self.sets = values.sets
        self.symbols = values.symbols
        self.indices = Indices(values)

    def kind(self, expression: Expr, env: Env) -> Kind:
        """The kind of a chain of names, members and indices."""
        name = base_name(expression)
        if name is None:
            message = f"`{shown(expression)}`: only a name has members or an index"
            self.findings.add("E0209", message, expression)
            return ANY
        if name.name in env.bound:
            if expression is name:
                return env.bound[name.name]
            message = f"`{name.name}` is an index here: it has no members and no index of its own"
            self.findings.add("E0209", message, expression)
            return ANY
        ref = self.values.resolver.resolve(expression, env.block)
        if ref is None:
            self.unknown(name, env)
            self._inside(expression, env)
            return ANY
        if not self.symbols.unclear.isdisjoint((ref.symbol, ref.via)):
            self.findings.troubles += 1
            self._inside(expression, env)
            return ANY
        self.values.used.add(ref.symbol)
        if ref.via is not None:
            self.values.used.add(ref.via)
        return self._kind(ref, expression, env)

    def _inside(self, expression: Expr, env: Env) -> None:
        """Checks the indices of a chain whose name is unknown."""
        while isinstance(expression, Member | At):
            if isinstance(expression, At):
                self.values.kinds(expression.index, env)
            expression = expression.base

    def unknown(self, name: Name, env: Env) -> None:
        """Reports a name that nothing visible has."""
        inside = self.symbols.elsewhere(name.name)
        if inside:
            paths = [self._path(symbol) for symbol in inside]
            holders = listed([s.block.name for s in inside if s.block is not None])
            help = f"write `{paths[0]}`" if len(paths) == 1 else f"write one of {listed(paths)}"
            message = f"`{name.name}` is a member of {holders}: bare names reach it only inside"
            once = f"{name.name} in {env.block.name if env.block is not None else ''}"
            self.findings.add("E0210", message, name, help=help, once=once)
            return
        if name.name in FUNCTIONS or name.name in REDUCERS:
            message = f"`{name.name}` is a function: its argument stands in parentheses"
            self.findings.add("E0226", message, name)
            return
        known = [symbol.name for symbol in self.symbols.all_visible(env.block)]
        near = closest(name.name, [*known, *env.bound])
        self.findings.add(
            "E0201",
            f"there is no `{name.name}`",
            name,
            label="not declared",
            help=f"did you mean `{near}`?" if near else None,
            once=name.name,
        )

    def _path(self, symbol: Symbol) -> str:
        """`aev[u].c`: a member as it is written from outside, with its block's index."""
        assert symbol.block is not None
        binders = symbol.block.binders
        names = [name for binder in binders.items for name in binder.names] if binders else []
        index = f"[{', '.join(names)}]" if names else ""
        return f"{symbol.block.name}{index}.{symbol.name}"

    def mappings(self, given: Kind, wanted: Kind) -> Iterator[str]:
        """The mappings that lead from the one set to the other."""
        return self.indices.mappings(given, wanted)

    def arguments(self, symbol: Symbol, node: Call, env: Env) -> None:
        """Checks the arguments of a mapping."""
        self.indices.check(symbol, node, node.arguments, env)

    # ---- what a reference is -----------------------------------------------------------------
    def _kind(self, ref: Ref, expression: Expr, env: Env) -> Kind:
        if ref.via is not None and isinstance(ref.via.node, Block):
            self._block_index(ref.via, ref, expression, env)
        if ref.stray is not None:
            self._stray(ref, env)
            return ANY
        node, name = ref.symbol.node, ref.symbol.name
        match node:
            case Table():
                return self._column(node, ref, expression, env)
            case Set() | MadeSet():
                message = f"`{name}` is a set, and a value is needed here"
                self.findings.add("E0214", message, expression, label="a set")
                return ANY
            case Mapping():
                self._bare_mapping(ref, expression)
                return ANY
            case Block():
                message = f"`{name}` is a {ref.symbol.word}, and a value is needed here"
                help = f"its members are written `{name}.member`"
                self.findings.add("E0214", message, expression, help=help)
                return ANY
            case Baseline():
                message = f"`{name}` is a baseline, and a value is needed here"
                help = f"its reports are written `{name}.report`"
                self.findings.add("E0214", message, expression, help=help)
                return ANY
        match node:
            case Var() if ref.path and ref.path not in _LIMITS:
                self._no_value(ref, expression)
                return NUMBER
            case Constraint() if ref.path != ("dual",):
                self.findings.add(
                    "E0214",
                    f"`{ref.symbol.path}` is a constraint, and a value is needed here",
                    expression,
                    help=f"its multiplier is written `{shown(expression)}.dual`",
                )
        self._own_index(ref, expression, env)
        return NUMBER

    def _own_index(self, ref: Ref, expression: Expr, env: Env) -> None:
        """The index of a symbol, present where it is needed and only there."""
        if ref.at is not None:
            inner = env.shelter(env.bound) if ref.at.otherwise is not None else env
            self.indices.check(ref.symbol, ref.at, ref.at.index, inner)
            if ref.at.otherwise is not None:
                self.values.number(ref.at.otherwise, env)
        elif self.sets.dims(ref.symbol):
            self.indices.missing(ref.symbol, expression, len(ref.path), env)

    def _block_index(self, block: Symbol, ref: Ref, expression: Expr, env: Env) -> None:
        """The index of the block that a member is reached through."""
        inside = block.node is env.block and not isinstance(block.node, Leader)
        if inside and ref.symbol.block is env.block:
            own = header_names(block)
            given = [i.name for i in ref.outer.index if isinstance(i, Name)] if ref.outer else []
            if given == own:
                message = f"inside `{block.name}` its own members stand by their bare names"
                help = f"write `{ref.symbol.name}`"
                self.findings.add("E0210", message, expression, help=help)
                return
        if ref.outer is not None:
            self.indices.check(block, ref.outer, ref.outer.index, env)
        elif self.sets.dims(block):
            member = expression
            if isinstance(expression, At) and not self.sets.dims(ref.symbol):
                member = expression.base
            self.indices.missing_block(block, expression, member, env)

    def _stray(self, ref: Ref, env: Env) -> None:
        """A piece of a chain that means nothing where it stands."""
        piece, symbol = ref.stray, ref.symbol
        assert piece is not None
        if isinstance(piece, At):
            self.values.kinds(piece.index, env)
            self.findings.add("E0209", f"`{shown(piece)}` has an index too many", piece)
        elif piece.name == "dual":
            self._no_multiplier(ref, piece)
        elif isinstance(symbol.node, Block | Baseline):
            self._no_member(symbol, piece)
        else:
            message = f"`{symbol.path}` is a {symbol.word}: it has no member `{piece.name}`"
            self.findings.add("E0209", message, piece)

    def _no_member(self, symbol: Symbol, piece: Member) -> None:
        if isinstance(symbol.node, Block):
            known: Sequence[str] = list(self.symbols.members(symbol.node))
            what = "member"
        else:
            known = [s.name for s in self.symbols.top.values() if isinstance(s.node, Report)]
            what = "report"
        near = closest(piece.name, known)
        self.findings.add(
            "E0209",
            f"`{symbol.name}` has no {what} `{piece.name}`",
            piece,
            help=f"did you mean `{symbol.name}.{near}`?" if near else _choice(what, known),
            once=f"{symbol.name}.{piece.name}",
        )

    def _no_multiplier(self, ref: Ref, piece: Expr) -> None:
        symbol = ref.symbol
        help = None
        if isinstance(symbol.node, Var):
            help = f"its limits have multipliers: `{shown(_base(piece))}.lower.dual`"
        message = f"`{symbol.path}` is a {symbol.word}: it has no multiplier"
        self.findings.add("E0218", message, piece, label="only rows and limits have one", help=help)

    def _no_value(self, ref: Ref, expression: Expr) -> None:
        """`c[t].dual` or `c[t].lower`: neither is the multiplier of a limit."""
        if ref.path == ("dual",):
            self._no_multiplier(ref, expression)
        else:
            self.findings.add(
                "E0218",
                f"a limit of `{ref.symbol.path}` stands here, and a value is needed",
                expression,
                help=f"its multiplier is written `{shown(expression)}.dual`",
            )

    def _column(self, table: Table, ref: Ref, expression: Expr, env: Env) -> Kind:
        if not ref.path:
            message = f"`{table.name}` is a table, and a value is needed here"
            self.findings.add(
                "E0214", message, expression, help=f"its columns are written `{table.name}.column`"
            )
            return ANY
        if ref.at is None:
            index = ", ".join(name[0] for name in table.index)
            self.findings.add(
                "E0223",
                f"`{shown(expression)}` is a whole column, and a value is needed here",
                expression,
                label=f"a column indexed by {', '.join(table.index)}",
                help=f"give it an index, as in `{shown(expression)}[{index}]`",
            )
            return ANY
        self.values.kinds(ref.at.index, env)
        if ref.at.otherwise is not None:
            self.values.number(ref.at.otherwise, env)
        if len(ref.at.index) != len(table.index):
            self.findings.add(
                "E0206",
                f"table `{table.name}` is indexed by {listed(table.index)}, "
                f"and {counted(len(ref.at.index), 'index', 'indices')} "
                f"{'is' if len(ref.at.index) == 1 else 'are'} given",
                ref.at,
            )
        return ANY

    def _bare_mapping(self, ref: Ref, expression: Expr) -> None:
        name = ref.symbol.name
        arguments = ", ".join(shown(i) for i in ref.at.index) if ref.at is not None else "t"
        self.findings.add(
            "E0226",
            f"`{name}` is a mapping: its arguments stand in parentheses",
            expression,
            help=f"write `{name}({arguments})`",
        )


def _choice(what: str, known: Sequence[str]) -> str | None:
    """The names that there are, where they are few."""
    return f"its {what}s are {listed(known)}" if 0 < len(known) <= _FEW else None


def _base(expression: Expr) -> Expr:
    return expression.base if isinstance(expression, Member) else expression
