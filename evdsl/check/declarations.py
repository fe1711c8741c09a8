"""Goes through the declarations of a model and checks the names and kinds in each."""

from __future__ import annotations

from collections.abc import Sequence

from evdsl.check.env import Env
from evdsl.check.findings import counted, listed, place_of, shown
from evdsl.check.kinds import (
    ANY,
    NUMBER,
    TEXT,
    TRUTH,
    Element,
    Kind,
    described,
    same_set,
)
from evdsl.check.sets import table_column
from evdsl.check.symbols import MadeSet
from evdsl.check.values import Values
from evdsl.ir.expr import Choice, Expr, MapLiteral, Node
from evdsl.ir.model import (
    Baseline,
    Block,
    Check,
    Constraint,
    Definition,
    Interval,
    Item,
    Mapping,
    Model,
    Objective,
    Param,
    Report,
    Set,
    Table,
    Var,
)


class Declarations:
    """`clean` gathers the ids of the declarations and block items in which nothing is wrong."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.findings = values.findings
        self.sets = values.sets
        self.symbols = values.symbols
        self.clean: set[int] = set()

    def check(self, model: Model) -> None:
        for declaration in model.declarations:
            match declaration:
                case Set():
                    self._at(declaration)
                    self._set(declaration)
                case Mapping():
                    self._at(declaration)
                    self._mapping(declaration)
                case Param():
                    self._at(declaration)
                    self._param(declaration)
                case Check():
                    self._at(declaration)
                    env = self.values.binding.bind(declaration.binders, Env())
                    self.values.truth(declaration.condition, env)
                case Definition():
                    self._at(declaration)
                    self._item(declaration, Env())
                case Report():
                    self._at(declaration)
                    env = self.values.binding.bind(declaration.binders, Env())
                    self.values.number(declaration.value, env)
                case Block():
                    self._block(declaration)
                    continue
                case Table() | Baseline():
                    continue
            self._done(declaration)

    def _at(self, node: Node, block: Block | None = None) -> None:
        self.findings.place = place_of(node, block)
        self._before = self.findings.troubles

    def _done(self, node: object) -> None:
        if self.findings.troubles == self._before:
            self.clean.add(id(node))

    def _block(self, block: Block) -> None:
        self._at(block)
        env = self.values.binding.bind(block.binders, Env(block))
        self._done(block)
        for item in block.items:
            self._at(item, block)
            self._item(item, env)
            self._done(item)

    def _item(self, item: Item, env: Env) -> None:
        values = self.values
        match item:
            case Var():
                inner = values.binding.bind(item.binders, env)
                self._interval(item.domain.bounds, inner)
            case Objective():
                values.number(item.value, env)
            case Definition():
                values.number(item.value, values.binding.bind(item.binders, env))
            case Constraint():
                inner = values.binding.bind(item.binders, env)
                for operand in item.operands:
                    values.number(operand, inner)
                self._interval(item.dual, inner)
                if item.complements is not None:
                    values.kind(item.complements, inner)

    def _interval(self, interval: Interval | None, env: Env) -> None:
        if interval is not None:
            self.values.number(interval.lower, env)
            self.values.number(interval.upper, env)

    # ---- data --------------------------------------------------------------------------------
    def _set(self, node: Set) -> None:
        found = self.values.binding.set(node.value, Env())
        symbol = self.symbols.top.get(node.name)
        own = self.sets.of_symbol(symbol) if symbol is not None else None
        if symbol is None or symbol.node is not node or found is None or own is None:
            return
        if not node.cyclic or own.is_root:
            return
        root = own.dims[0].root.name if isinstance(own.dims[0], Element) else own.name
        tuples = len(own.dims) > 1
        self.findings.add(
            "E0219",
            f"`{node.name}` cannot be `cyclic`: it "
            + ("holds tuples" if tuples else f"is a subset of {root}"),
            node,
            help=None if tuples else f"steps are taken in the root set: declare {root} `cyclic`",
        )

    def _mapping(self, node: Mapping) -> None:
        env = self.values.binding.bind(node.binders, Env())
        target = self.symbols.top.get(node.target)
        if target is not None and not isinstance(target.node, Set | MadeSet):
            message = f"a mapping leads to a set, and `{node.target}` is a {target.word}"
            self.findings.add("E0220", message, node, related=((target.node, "declared here"),))
            target = None
        if target is not None:
            self.values.used.add(target)
        if self._whole_column(node.value, node):
            return
        kind = self.values.kind(node.value, env)
        if kind == TRUTH:
            help = f"write `if {shown(node.value)} then 1 else 0`"
            self.values.wrong_kind(node.value, "a number or a text", kind, help)
        found = self.sets.of_symbol(target) if target is not None else None
        if found is not None and len(found.dims) > 1:
            message = f"a mapping leads to single elements, and {node.target} holds tuples"
            self.findings.add("E0222", message, node)
        elif found is not None and isinstance(found.dims[0], Element):
            self._leads_to(node.value, kind, found.dims[0])

    def _leads_to(self, value: Expr, kind: Kind, target: Element) -> None:
        """The values of a mapping must be able to be elements of its target."""
        if isinstance(value, Choice):
            for side in (value.taken, value.other):
                self._leads_to(side, kind, target)
        elif kind in (TEXT, NUMBER):
            self.values.element_literal(value, target)
        elif isinstance(kind, Element) and kind.root.name != target.root.name:
            made = isinstance(self.symbols.top[target.root.name].node, MadeSet)
            if not (made or same_set(kind, target)) and kind.root.kind != "whole":
                message = (
                    f"the mapping leads to {target.over}, and `{shown(value)}` is "
                    f"an element of {kind.over}"
                )
                self.findings.add("E0215", message, value, label=described(kind))

    def _param(self, node: Param) -> None:
        env = self.values.binding.bind(node.binders, Env())
        self._interval(node.range, env)
        if node.default is not None:
            self.values.number(node.default, env)
        if node.value is None:
            if node.binders is not None:
                self.findings.add(
                    "E0227",
                    f"`{node.name}` is indexed and has no value",
                    node,
                    label="only a single number can be given from outside",
                    help=f"write `param {node.name}[...] = table.column`",
                )
        elif isinstance(node.value, MapLiteral):
            self._by_element(node, node.value, env)
        elif not (node.binders is not None and self._whole_column(node.value, node)):
            self.values.number(node.value, env)

    def _by_element(self, node: Param, value: MapLiteral, env: Env) -> None:
        """`{"low": 0.3, "high": 0.7}`: one value for each element of the one index set."""
        symbol = self.symbols.top.get(node.name)
        dims = self.sets.dims(symbol) if symbol is not None and symbol.node is node else ()
        for _, item in value.items:
            self.values.number(item, env)
        if node.binders is None or len(dims) > 1:
            message = f"values by element need one index, and `{node.name}` has {len(dims)}"
            self.findings.add("E0206", message, value)
            return
        keys = [key for key, _ in value.items]
        twice = sorted({str(key) for key in keys if keys.count(key) > 1})
        if twice:
            self.findings.add("E0202", f"{listed(twice)} has two values", value)
        if dims and isinstance(dims[0], Element):
            self._keys(node, value, keys, dims[0])

    def _keys(
        self, node: Param, value: MapLiteral, keys: Sequence[int | str], kind: Element
    ) -> None:
        members = kind.root.members
        if members is None or kind.over != kind.root.name:
            return
        strange = [str(key) for key in keys if key not in members]
        missing = [str(member) for member in members if member not in keys]
        if strange:
            what = "is no element" if len(strange) == 1 else "are no elements"
            self.findings.add("E0225", f"{listed(strange)} {what} of {kind.over}", value)
        elif missing and node.default is None:
            has = "has" if len(missing) == 1 else "have"
            self.findings.add(
                "E0225",
                f"{listed(missing[:3])} of {kind.over} {has} no value in `{node.name}`",
                value,
                help="add it, or write `default` and a value before `=`",
            )

    def _whole_column(self, value: Expr, node: Param | Mapping) -> bool:
        """Checks a table column that stands bare as a whole value; False where there is none."""
        column = table_column(value, self.symbols)
        symbol = self.symbols.top.get(node.name)
        if column is None or symbol is None:
            return False
        table = self.symbols.top[column[0]]
        self.values.used.add(table)
        assert isinstance(table.node, Table)
        dims = self.sets.dims(symbol) if symbol.node is node else (ANY,)
        index = table.node.index
        if ANY in dims or symbol.node is not node:
            return True
        columns = [kind.root.column if isinstance(kind, Element) else None for kind in dims]
        left = [column for column in columns if column not in index]
        one_left = left == [None] and len(set(columns) & set(index)) == len(index) - 1
        if len(columns) != len(index) or (left and not one_left):
            self._unmatched(value, node.name, table.node, columns)
        return True

    def _unmatched(
        self, value: Expr, name: str, table: Table, columns: Sequence[str | None]
    ) -> None:
        given = [column for column in columns if column is not None]
        missing = [column for column in table.index if column not in given]
        strange = [column for column in given if column not in table.index]
        came = f"table `{table.name}` is indexed by {listed(table.index)}, "
        if len(columns) == len(table.index):
            origin = listed(given) if given else "no column"
            came += f"and the sets of `{name}` come from {origin}"
            letters = ", ".join(column[0] for column in table.index)
            help = f"give the column its index: `{shown(value)}[{letters}]`"
        elif len(columns) < len(table.index):
            came += f"and `{name}` by {counted(len(columns), 'set')}"
            help = f"give `{name}` all indices, or read it from a table that is indexed as it is"
        else:
            came += f"and `{name}` by {counted(len(columns), 'set')}"
            help = f"read `{name}` from a table that is indexed as it is"
        label = (
            f"no set comes from {listed(missing)}" if missing else f"no column {listed(strange)}"
        )
        self.findings.add("E0224", came, value, label=label, help=help)
