"""Whether objectives, rows and limits are linear, convex in `abs`, `min` and `max`, or products.

An expression is walked from the outside with what is wanted of it: convex, concave, linear, or
nothing certain, where a factor's sign is known only once the data is read. A minimum wants its
objective convex and `A <= B` wants A convex and B concave; a negative factor turns the one into
the other (the composition rules of disciplined convex programming, Grant, Boyd and Ye, 2006).

Products of two decisions may stand where products.py says so. Whether those of an objective are
convex, or can be made linear by the followers' optimality conditions, is judged by the numbers.
"""

from __future__ import annotations

from typing import Literal

from evdsl.check.decisions import Decisions
from evdsl.check.findings import Findings, place_of, shown
from evdsl.check.products import Place, refusal
from evdsl.check.refs import Resolver
from evdsl.check.signs import Signs
from evdsl.check.symbols import Symbol
from evdsl.ir.expr import At, Binary, Call, Choice, Compare, Expr, Member, Name, Reduce, Unary
from evdsl.ir.model import (
    Block,
    Constraint,
    Definition,
    Interval,
    Item,
    Model,
    Objective,
    Var,
)

Want = Literal["convex", "concave", "linear", "unknown"]

_TURNED: dict[Want, Want] = {
    "convex": "concave",
    "concave": "convex",
    "linear": "linear",
    "unknown": "unknown",
}


class Shapes:
    """Checks the statements of blocks in which names, kinds and stages are right."""

    def __init__(self, resolver: Resolver, decisions: Decisions, findings: Findings) -> None:
        self.resolver = resolver
        self.decisions = decisions
        self.findings = findings
        self.signs = Signs(resolver)
        self._block: Block | None = None
        self._place: Place = "objective"
        self._inside: list[tuple[Symbol, Expr]] = []

    def check(self, model: Model, clean: set[int]) -> None:
        for block in model.declarations:
            if isinstance(block, Block):
                for item in block.items:
                    if id(item) in clean:
                        self._block, self._place = block, _place(item)
                        self.findings.place = place_of(item, block)
                        self._item(item)

    def _item(self, item: Item) -> None:
        block = self._block
        match item:
            case Objective():
                self._need(item.value, block, "convex" if item.sense == "minimize" else "concave")
            case Constraint():
                if not any(self.decisions.any(operand, block) for operand in item.operands):
                    self._without_variables(item)
                for operand, want in zip(item.operands, _wanted(item.ops), strict=True):
                    self._need(operand, block, want)
                if isinstance(item.complements, Compare):
                    self._place = "pair"
                    for operand in item.complements.operands:
                        self._need(operand, block, "linear")
            case Var():
                self._limits(item.domain.bounds)

    def _limits(self, bounds: Interval | None) -> None:
        if bounds is not None:
            self._need(bounds.lower, self._block, "convex")
            self._need(bounds.upper, self._block, "concave")

    def _without_variables(self, item: Constraint) -> None:
        self.findings.add(
            "E0316",
            f"constraint `{item.name}` holds no decision variable",
            item,
            label="only data",
            help='what data must fulfil is written `check: A <= B "message";`',
        )

    def _need(self, node: Expr, block: Block | None, want: Want) -> None:
        match node:
            case Binary():
                self._binary(node, block, want)
            case Unary(operand=operand):
                self._need(operand, block, _TURNED[want])
            case Choice():
                self._need(node.taken, block, want)
                self._need(node.other, block, want)
            case Name() | Member() | At():
                self._reference(node, block, want)
            case Reduce(function="sum" | "mean", body=Expr() as body):
                self._need(body, block, want)
            case Reduce(function="max" | "min" as function, body=Expr() as body):
                self._extreme(node, function, (body,), block, want)
            case Call(function="max" | "min" as function):
                self._extreme(node, function, node.arguments, block, want)
            case Call(function="abs"):
                self._absolute(node, block, want)
            case Call() if self.decisions.any(node, block):
                self._not_linear(node, f"`{node.function}` of a decision variable")

    def _reference(self, node: Expr, block: Block | None, want: Want) -> None:
        """An `expr` or an objective stands for what it is made of."""
        ref = self.resolver.resolve(node, block)
        if ref is None or ref.stray is not None:
            return
        if any(symbol is ref.symbol for symbol, _ in self._inside):
            return
        inner = ref.symbol.node
        foreign = ref.symbol.in_reference and ref.symbol.block is not block
        if isinstance(inner, Definition | Objective) and not foreign:
            self._inside.append((ref.symbol, node))
            self._need(inner.value, ref.symbol.block, want)
            self._inside.pop()
        if isinstance(node, At) and node.otherwise is not None:
            self._need(node.otherwise, block, want)

    def _binary(self, node: Binary, block: Block | None, want: Want) -> None:
        left, right = node.left, node.right
        if node.op in ("+", "-"):
            self._need(left, block, want)
            self._need(right, block, want if node.op == "+" else _TURNED[want])
            return
        in_left, in_right = self.decisions.any(left, block), self.decisions.any(right, block)
        match node.op:
            case "*" if in_left and in_right:
                self._product(node, left, right, block)
            case "*" if in_left or in_right:
                inner, factor = (left, right) if in_left else (right, left)
                self._need(inner, block, self._scaled(want, factor, block))
            case "/" if in_right:
                self._not_linear(
                    node,
                    "a division by a decision variable",
                    "a limit on a ratio, `a / b <= r`, is written `a <= r * b`",
                )
            case "/" if in_left:
                self._need(left, block, self._scaled(want, right, block))
            case "^" if in_right:
                self._not_linear(node, "a power with a decision variable in the exponent")
            case "^" if in_left:
                self._power(node, block, want)
            case "div" | "mod" if in_left or in_right:
                self._not_linear(node, f"`{node.op}` of a decision variable")

    def _scaled(self, want: Want, factor: Expr, block: Block | None) -> Want:
        sign = self.signs.sign(factor, block)
        if sign is None:
            return "linear" if want == "linear" else "unknown"
        return want if sign > 0 else _TURNED[want]

    def _power(self, node: Binary, block: Block | None, want: Want) -> None:
        exponent = getattr(node.right, "value", None)
        if exponent == 1:
            self._need(node.left, block, want)
        elif exponent != 2:
            self._not_linear(node, "a power of a decision variable")
        elif want == "concave" and self._place == "objective":
            message = f"`{shown(node)}` is convex where a concave term is needed"
            self._refuse("E0308", message, node, "not convex", "a square is right in a minimum")
        else:
            self._product(node, node.left, node.left, block)

    def _product(self, node: Binary, left: Expr, right: Expr, block: Block | None) -> None:
        reason = refusal(
            list(self.decisions.of(left, block)),
            list(self.decisions.of(right, block)),
            self._block,
            self._place,
            within_objective=any(isinstance(s.node, Objective) for s, _ in self._inside),
        )
        if reason is not None:
            self._not_linear(node, *reason)
            return
        place, self._place = self._place, "product"
        self._need(left, block, "linear")
        if right is not left:
            self._need(right, block, "linear")
        self._place = place

    # ---- abs, min, max -----------------------------------------------------------------------
    def _absolute(self, node: Call, block: Block | None, want: Want) -> None:
        argument = node.arguments[0]
        if not self.decisions.any(argument, block):
            return
        sign = self.signs.sign(argument, block)
        if sign is not None:
            self._need(argument, block, want if sign > 0 else _TURNED[want])
        elif want in ("concave", "linear"):
            self._not_convex(node, "abs", want)
        else:
            self._inner((argument,), block, "linear")

    def _extreme(
        self,
        node: Expr,
        function: str,
        arguments: tuple[Expr, ...],
        block: Block | None,
        want: Want,
    ) -> None:
        if not any(self.decisions.any(argument, block) for argument in arguments):
            return
        right: Want = "convex" if function == "max" else "concave"
        if want not in (right, "unknown"):
            self._not_convex(node, function, want)
            return
        self._inner(arguments, block, right)

    def _inner(self, arguments: tuple[Expr, ...], block: Block | None, want: Want) -> None:
        """The arguments of a function, in which no products may stand."""
        place, self._place = self._place, "function"
        for argument in arguments:
            self._need(argument, block, want)
        self._place = place

    # ---- what is refused ---------------------------------------------------------------------
    def _refuse(self, code: str, message: str, node: Expr, label: str, help: str) -> None:
        """Reports a term once, and the place where an `expr` that holds it is used."""
        uses = ((self._inside[0][1], "used here"),) if self._inside else ()
        self.findings.add(
            code, message, node, label=label, help=help, related=uses, once=str(id(node))
        )

    def _not_convex(self, node: Expr, function: str, want: Want) -> None:
        shape = "concave" if function == "min" else "convex"
        message = f"`{shown(node)}` is {shape} where a {want} term is needed"
        help = "`abs` and `max` are right in what is made small, `min` in what is made large"
        self._refuse("E0308", message, node, "not convex", help)

    def _not_linear(self, node: Expr, what: str, help: str = "a `report` may hold it") -> None:
        message = f"`{shown(node)}` is not linear: {what}"
        self._refuse("E0307", message, node, "not linear", help)


def _place(item: Item) -> Place:
    match item:
        case Objective():
            return "objective"
        case Var():
            return "limit"
    return "row"


def _wanted(ops: tuple[str, ...]) -> list[Want]:
    """What `A <= B`, `A == B` or `A <= B <= C` wants of each of its sides."""
    sides: list[set[Want]] = [set() for _ in range(len(ops) + 1)]
    for i, op in enumerate(ops):
        small, large = (i + 1, i) if op in (">=", ">") else (i, i + 1)
        sides[small].add("linear" if op == "==" else "convex")
        sides[large].add("linear" if op == "==" else "concave")
    return [side.pop() if len(side) == 1 else "linear" for side in sides]
