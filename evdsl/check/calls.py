"""Calls of functions and mappings: whether they exist, and whether their arguments fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from evdsl.check.env import Env
from evdsl.check.findings import counted, shown
from evdsl.check.functions import FAMILIAR, FUNCTIONS, REDUCERS, Function
from evdsl.check.kinds import ANY, NUMBER, Element, Kind
from evdsl.check.sets import constant
from evdsl.check.symbols import Symbol
from evdsl.ir.expr import Call, Expr, Name
from evdsl.ir.model import Mapping, Param
from evdsl.source.suggest import closest

if TYPE_CHECKING:
    from evdsl.check.values import Values


class Calls:
    """The part of the check that deals with functions and mappings."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.findings = values.findings
        self.sets = values.sets
        self.symbols = values.symbols

    def kind(self, node: Call, env: Env) -> Kind:
        function = FUNCTIONS.get(node.function)
        if function is not None:
            return self._function(node, function, env)
        symbol = self.symbols.visible(node.function, env.block)
        if symbol is not None and isinstance(symbol.node, Mapping):
            self.values.used.add(symbol)
            self.values.references.arguments(symbol, node, env)
            found = self.sets.target(symbol.node)
            first = found.dims[0] if found is not None and len(found.dims) == 1 else ANY
            return Element(first.root, found.name) if isinstance(first, Element) and found else ANY
        self.values.kinds(node.arguments, env)
        if node.function in REDUCERS:
            help = f"write `{node.function}{{t in T}}(...)`"
            self.findings.add(
                "E0205", f"`{node.function}` runs over a set in braces", node, help=help
            )
        elif symbol is not None:
            self._not_a_function(node, symbol)
        else:
            mappings = [s.name for s in self.symbols.top.values() if isinstance(s.node, Mapping)]
            self.unknown(node.function, node, [*FUNCTIONS, *mappings], "function or mapping")
        return ANY

    def _not_a_function(self, node: Call, symbol: Symbol) -> None:
        arguments = ", ".join(shown(argument) for argument in node.arguments)
        indexed = self.sets.dims(symbol) if isinstance(symbol.node, Param) else True
        self.findings.add(
            "E0226",
            f"`{symbol.name}` is a {symbol.word}, not a function",
            node,
            label="an index stands in brackets",
            help=f"write `{symbol.name}[{arguments}]`" if indexed else None,
        )

    def unknown(self, name: str, node: Expr, known: Iterable[str], word: str) -> None:
        help = FAMILIAR.get(name)
        near = closest(name, known) if help is None else None
        if near is not None:
            help = f"did you mean `{near}`?"
        self.findings.add("E0205", f"there is no {word} `{name}`", node, help=help, once=name)

    def _function(self, node: Call, function: Function, env: Env) -> Kind:
        given = len(node.arguments)
        if given < function.least or (function.most is not None and given > function.most):
            wanted = counted(function.least, "argument")
            if function.most is None:
                wanted = f"{function.least} or more arguments"
            elif function.most > function.least:
                wanted = f"{function.least} or {function.most} arguments"
            help = None
            if given == 1 and node.function in REDUCERS:
                help = f"over a set: `{node.function}{{t in T}}({shown(node.arguments[0])})`"
            message = f"`{node.function}` takes {wanted}, {given} given"
            self.findings.add("E0221", message, node, help=help)
            if function.takes != "set":
                self.values.kinds(node.arguments, env)
            return NUMBER if function.gives == "number" else ANY
        first, rest = node.arguments[0], node.arguments[1:]
        for argument in rest:
            self.values.number(argument, env)
        if function.takes == "set":
            return self._of_set(node, first, function, env)
        if function.takes == "number":
            self.values.number(first, env)
            return NUMBER
        kind = self.values.kind(first, env)
        if kind != ANY and not isinstance(kind, Element):
            self.values.wrong_kind(first, "an element of a set", kind)
            return NUMBER if function.gives == "number" else ANY
        if function.takes == "time":
            self._needs_time(node, first, kind)
        elif function.gives == "element":
            self._step(node, first, kind, env)
            return Element(kind.root, kind.root.name) if isinstance(kind, Element) else ANY
        return ANY if function.gives == "any" else NUMBER

    def _of_set(self, node: Call, argument: Expr, function: Function, env: Env) -> Kind:
        found = self.values.binding.set(argument, env)
        if function.gives == "number":
            return NUMBER
        if found is None:
            return ANY
        if len(found.dims) > 1:
            message = (
                f"`{node.function}` needs a set of single elements, and {found.name} holds tuples"
            )
            self.findings.add("E0214", message, argument)
            return ANY
        kind = found.dims[0]
        return Element(kind.root, kind.root.name) if isinstance(kind, Element) else kind

    def _needs_time(self, node: Call, argument: Expr, kind: Kind) -> None:
        if isinstance(kind, Element) and kind.root.kind in ("whole", "text"):
            holds = {"whole": "whole numbers", "text": "texts"}[kind.root.kind]
            self.findings.add(
                "E0213",
                f"`{node.function}` needs a time stamp, and {kind.root.name} holds {holds}",
                argument,
                label=f"element of {kind.over}",
                help="count from the position instead: `pos(t) mod 24`"
                if node.function == "hour"
                else None,
            )

    def _step(self, node: Call, argument: Expr, kind: Kind, env: Env) -> None:
        """A step that leaves a set which is not cyclic, where nothing keeps it from doing so."""
        if not isinstance(kind, Element) or not isinstance(argument, Name):
            return
        steps = constant(node.arguments[1]) if len(node.arguments) > 1 else 1
        root = kind.root
        whole_set = kind.over == root.name and not root.cyclic
        if not whole_set or argument.name in env.guarded or steps is None or steps < 1:
            return
        name, step = argument.name, shown(node)
        end = "first" if node.function == "prev" else "last"
        self.findings.add(
            "E0212",
            f"`{step}` steps off the end of {root.name} at its {end} element",
            node,
            label=f"{root.name} is not cyclic",
            help=f"declare {root.name} `cyclic`, exclude the step with a condition "
            f"`{name} in {root.name} : {name} != {end}({root.name})`, "
            f"or say what holds there: `{env.indexed or 'x'}[{step} else 0]`",
        )
