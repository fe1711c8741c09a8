"""What kind of thing each expression is, with a message wherever the kinds do not fit."""

from __future__ import annotations

from collections.abc import Iterable

from evdsl.check.binding import Binding
from evdsl.check.calls import Calls
from evdsl.check.env import Env
from evdsl.check.findings import Findings, shown
from evdsl.check.functions import REDUCERS
from evdsl.check.kinds import (
    ANY,
    NUMBER,
    TEXT,
    TRUTH,
    Element,
    Kind,
    counts_as_number,
    described,
    same_set,
)
from evdsl.check.references import References
from evdsl.check.refs import Resolver
from evdsl.check.sets import Sets, constant
from evdsl.check.symbols import Symbol
from evdsl.ir.expr import (
    At,
    Binary,
    Call,
    Choice,
    Columns,
    Compare,
    Comprehension,
    Expr,
    In,
    MapLiteral,
    Member,
    Name,
    Number,
    Range,
    Reduce,
    SetLiteral,
    Text,
    Truth,
    Tuple,
    Unary,
)
from evdsl.source.suggest import closest

DEEPEST = 250


class Values:
    """Works out kinds; `used` gathers every declared name that an expression refers to.

    `too_deep` says that an expression has so many levels that nothing more can be done with it.
    """

    def __init__(self, resolver: Resolver, sets: Sets, findings: Findings) -> None:
        self.resolver = resolver
        self.symbols = resolver.symbols
        self.sets = sets
        self.findings = findings
        self.used: set[Symbol] = set()
        self.too_deep = False
        self._depth = 0
        self.binding = Binding(self)
        self.references = References(self)
        self.calls = Calls(self)

    def number(self, expression: Expr, env: Env) -> None:
        """Checks an expression that must be a number."""
        kind = self.kind(expression, env)
        if counts_as_number(kind):
            return
        help = None
        if kind == TRUTH:
            help = f"write `if {shown(expression)} then 1 else 0`"
        elif isinstance(kind, Element):
            help = f"its position is a number: `pos({shown(expression)})`"
        self.wrong_kind(expression, "a number", kind, help)

    def truth(self, condition: Expr, env: Env) -> None:
        """Checks an expression that must be a condition."""
        kind = self.kind(condition, env)
        if kind not in (TRUTH, ANY):
            help = f"write `{shown(condition)} != 0`" if kind == NUMBER else None
            self.wrong_kind(condition, "a condition", kind, help)

    def wrong_kind(self, node: Expr, wanted: str, kind: Kind, help: str | None = None) -> None:
        message = f"{wanted} is needed here, and `{shown(node)}` is {described(kind)}"
        self.findings.add("E0214", message, node, label=described(kind), help=help)

    def kind(self, expression: Expr, env: Env) -> Kind:
        """What an expression is; reports what is wrong in it."""
        if self._depth == DEEPEST:
            return self._too_deep(expression)
        self._depth += 1
        kind = self._kind(expression, env)
        self._depth -= 1
        return kind

    def _too_deep(self, expression: Expr) -> Kind:
        self.too_deep = True
        self.findings.add(
            "E0228",
            f"an expression has more than {DEEPEST} levels",
            expression,
            label="goes deeper from here",
            help="write long sums over a set, `sum{i in I}(...)`, and name parts with `expr`",
            once=self.findings.place,
        )
        return ANY

    def _kind(self, expression: Expr, env: Env) -> Kind:
        match expression:
            case Number():
                return NUMBER
            case Name() | Member() | At():
                return self.references.kind(expression, env)
            case Binary(op="and" | "or"):
                self.truth(expression.left, env)
                self.truth(expression.right, env.guard(expression.left))
                return TRUTH
            case Binary(op="union" | "minus"):
                return self._set_as_value(expression)
            case Binary():
                self.number(expression.left, env)
                self.number(expression.right, env)
                return NUMBER
            case Reduce():
                return self._reduce(expression, env)
            case Call():
                return self.calls.kind(expression, env)
            case Unary(op="not"):
                self.truth(expression.operand, env)
                return TRUTH
            case Unary():
                self.number(expression.operand, env)
                return NUMBER
            case Compare():
                return self._compare(expression, env)
            case In():
                return self._in(expression, env)
            case Choice():
                return self._choice(expression, env)
            case Text():
                return TEXT
            case Truth():
                return TRUTH
            case Tuple():
                self.findings.add(
                    "E0214",
                    f"`{shown(expression)}` is a tuple: it stands only before `in`",
                    expression,
                )
            case MapLiteral():
                self.findings.add(
                    "E0214",
                    "values by element stand only as the whole value of a param",
                    expression,
                )
            case Columns() | Range() | SetLiteral() | Comprehension():
                return self._set_as_value(expression)
        return ANY

    def kinds(self, expressions: Iterable[Expr], env: Env) -> list[Kind]:
        return [self.kind(expression, env) for expression in expressions]

    def _set_as_value(self, expression: Expr) -> Kind:
        message = f"`{shown(expression)}` is a set, and a value is needed here"
        self.findings.add("E0214", message, expression, label="a set")
        return ANY

    def _reduce(self, node: Reduce, env: Env) -> Kind:
        if node.function not in REDUCERS:
            self.calls.unknown(node.function, node, REDUCERS, "reducer")
        inner = self.binding.bind(node.binders, env)
        if node.body is not None:
            self.number(node.body, inner)
        return NUMBER

    def _choice(self, node: Choice, env: Env) -> Kind:
        self.truth(node.condition, env)
        inner = env.guard(node.condition)
        taken, other = self.kind(node.taken, inner), self.kind(node.other, inner)
        if ANY in (taken, other) or taken == other:
            return other if taken == ANY else taken
        if counts_as_number(taken) and counts_as_number(other):
            return NUMBER
        if isinstance(taken, Element) and isinstance(other, Element) and same_set(taken, other):
            return Element(taken.root, taken.root.name)
        for one, literal, node_ in ((taken, other, node.other), (other, taken, node.taken)):
            if isinstance(one, Element) and literal == TEXT:
                self.element_literal(node_, one)
                return one
        message = f"one side is {described(taken)} and the other {described(other)}"
        self.findings.add("E0214", message, node, label="both sides must be of one kind")
        return ANY

    def _compare(self, node: Compare, env: Env) -> Kind:
        kinds = self.kinds(node.operands, env)
        for i, op in enumerate(node.ops):
            pair = (node.operands[i], node.operands[i + 1])
            self._comparable(node, op, pair, (kinds[i], kinds[i + 1]))
        return TRUTH

    def _comparable(
        self, node: Compare, op: str, pair: tuple[Expr, Expr], kinds: tuple[Kind, Kind]
    ) -> None:
        one, other = kinds
        if ANY in kinds or (one == other and one != TRUTH):
            return
        if isinstance(one, Element) and isinstance(other, Element):
            if not same_set(one, other):
                self._different_sets(node, pair, (one, other))
            return
        if counts_as_number(one) and counts_as_number(other):
            for literal, kind in ((pair[0], other), (pair[1], one)):
                if op in ("==", "!=") and isinstance(kind, Element):
                    self.element_literal(literal, kind)
            return
        for literal, literal_kind, kind in ((pair[0], one, other), (pair[1], other, one)):
            if isinstance(kind, Element) and literal_kind in (TEXT, NUMBER):
                self.element_literal(literal, kind, literal_kind)
                return
        message = f"{described(one)} and {described(other)} are not compared with each other"
        self.findings.add("E0214", message, node)

    def _different_sets(
        self, node: Expr, pair: tuple[Expr, Expr], kinds: tuple[Element, Element]
    ) -> None:
        one, other = kinds
        help = None
        for inner, outer, kind, wanted in ((*pair, one, other), (pair[1], pair[0], other, one)):
            for mapping in self.references.mappings(kind, wanted):
                help = (
                    f"a mapping from {kind.root.name} to {wanted.root.name} exists: "
                    f"compare `{mapping}({shown(inner)})` with `{shown(outer)}`"
                )
        message = (
            f"`{shown(pair[0])}` is an element of {one.over} and `{shown(pair[1])}` of {other.over}"
        )
        label = "elements of different sets are not compared"
        self.findings.add("E0215", message, node, label=label, help=help)

    def element_literal(self, literal: Expr, kind: Element, given: Kind | None = None) -> None:
        """Reports a literal that no element of the set can be."""
        root, value = kind.root, literal_value(literal)
        words = {"whole": "whole numbers", "text": "texts", "time": "time stamps"}
        given = given or (TEXT if isinstance(value, str) else NUMBER)
        if (given == TEXT and root.kind == "whole") or (
            given == NUMBER and root.kind in ("text", "time")
        ):
            holds = words[root.kind or "whole"]
            message = f"`{shown(literal)}` is {described(given)}, and {root.name} holds {holds}"
            self.findings.add("E0214", message, literal)
        elif value is not None and root.members is not None and value not in root.members:
            texts = [m for m in root.members if isinstance(m, str)]
            near = closest(value, texts) if isinstance(value, str) else None
            self.findings.add(
                "E0225",
                f"{shown(literal)} is not an element of {root.name}",
                literal,
                label=f"not in {root.name}",
                help=f'did you mean `"{near}"`?' if near else None,
            )

    def _in(self, node: In, env: Env) -> Kind:
        found = self.binding.set(node.set, env)
        items = node.element.items if isinstance(node.element, Tuple) else (node.element,)
        kinds = self.kinds(items, env)
        if found is None:
            return TRUTH
        if len(found.dims) != len(items):
            self.binding.wrong_arity(node.element, len(items), found)
            return TRUTH
        for item, kind, wanted in zip(items, kinds, found.dims, strict=True):
            self._membership(node, item, kind, wanted)
        return TRUTH

    def _membership(self, node: In, item: Expr, kind: Kind, wanted: Kind) -> None:
        if ANY in (kind, wanted):
            return
        if isinstance(kind, Element) and isinstance(wanted, Element):
            if not same_set(kind, wanted):
                message = f"`{shown(item)}` is an element of {kind.over}, not of {wanted.over}"
                self.findings.add("E0215", message, node, label="never true")
        elif isinstance(wanted, Element) and kind in (TEXT, NUMBER):
            self.element_literal(item, wanted, kind)
        elif not (counts_as_number(kind) and counts_as_number(wanted)):
            self.wrong_kind(item, described(wanted), kind)


def literal_value(expression: Expr) -> int | float | str | None:
    """The value of a literal text or number; None for all else."""
    return expression.value if isinstance(expression, Text) else constant(expression)
