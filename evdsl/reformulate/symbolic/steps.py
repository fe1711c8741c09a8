"""Steps in sets: how they are turned round, where they stay, and what the sets prove of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evdsl.check.kinds import Root
from evdsl.ir.expr import Call, Compare, Expr, In, Name, Number, Truth
from evdsl.reformulate.symbolic.hygiene import Copy, Env, Fresh, Header, alike, free
from evdsl.reformulate.symbolic.roots import STEPS, Roots

_BEYOND = {("next", "first"): "last", ("prev", "last"): "first"}
_END = {"next": "last", "prev": "first"}


class Stepping(Copy):
    """Puts a step in the place of an index; where the text steps back it takes the step away."""

    roots: Roots

    def __init__(self, fresh: Fresh, roots: Roots) -> None:
        super().__init__(fresh, roots)

    def membership(self, header: Header, index: Iterable[Expr]) -> tuple[Expr, ...]:
        """The conditions, in which a step that stays in its root set says so by the set's end."""
        found = super().membership(header, index)
        return tuple(part for condition in found for part in self._spelt(condition))

    def _spelt(self, condition: Expr) -> Iterator[Expr]:
        match condition:
            case In(element=Call(function=function) as step, set=members) if function in STEPS:
                root = self.roots.named(step)
                stays = None if root is None else exists(step, root)
                if stays is not None:
                    yield stays
                if not self.roots.is_all(members, step):
                    yield condition
            case _:
                yield condition

    def expr(self, node: Expr, env: Env) -> Expr:
        match node:
            case Call(function=function, arguments=(Name(name=name), *steps)) if name in env:
                match env[name]:
                    case Call(function=other, arguments=(start, *same)) if (
                        other == STEPS.get(function) and same == steps
                    ):
                        return start
        return super().expr(node, env)


def turned(index: Expr, target: Expr, root: Root) -> tuple[Expr, tuple[Expr, ...]]:
    """The index from which steps lead to the target, `next(i)` for `prev(j) == i`; and the
    conditions for it to be there."""
    stays: list[Expr] = []
    while isinstance(index, Call):
        start, *count = index.arguments
        back = Call(STEPS[index.function], (target, *count))
        there = exists(back, root)
        if there is not None:
            stays.append(there)
        match target:
            case Call(function=function, arguments=(before, *same)) if (
                function == index.function and same == count
            ):
                target = before
            case _:
                target = back
        index = start
    return target, tuple(stays)


def exists(step: Call, root: Root) -> Expr | None:
    """The condition for a step from an element of a root set to stay in it; None: it always does.

    It names the end of the set, or asks whether the step is an element where it counts.
    """
    if root.cyclic:
        return None
    start, *count = step.arguments
    if not count:
        return Compare((start, Call(_END[step.function], (Name(root.name),))), ("!=",))
    match step.function, count[0]:
        case "next", Number():
            size = Call("card", (Name(root.name),))
            return Compare((Call("pos", (start,)) + count[0], size), ("<",))
        case "prev", Number():
            return Compare((Call("pos", (start,)), count[0]), (">=",))
    return In(step, Name(root.name))


def simplified(condition: Expr, roots: Roots) -> Expr:
    """The condition, or `true` or `false` where the sets prove it.

    What is said of a step holds where the step stays in its set.
    """
    match condition:
        case Compare(operands=(left, right), ops=("==" | "!=" as op,)):
            if alike(left, right):
                return Truth(op == "==")
            for one, other in ((left, right), (right, left)):
                beyond = _beyond(one, other, op, roots)
                if beyond is not None:
                    return beyond
    return condition


def _beyond(step: Expr, end: Expr, op: str, roots: Roots) -> Expr | None:
    """`next(t) == first(T)` is `t == last(T)` on a closed set and never true on another."""
    match step, end:
        case Call(function=function, arguments=(start,)), Call(function=first, arguments=(of,)):
            root, last = roots.named(start), _BEYOND.get((function, first))
            if root is None or last is None or of != Name(root.name):
                return None
            if not root.cyclic:
                return Truth(op == "!=")
            return Compare((start, Call(last, (of,))), (op,))
    return None


def steps_of(index: Expr, name: str) -> bool:
    """Whether an index is made of steps from the index of that name, by numbers of their own."""
    steps = 0
    while isinstance(index, Call) and index.function in STEPS:
        start, *count = index.arguments
        if name in free(*count):
            return False
        index, steps = start, steps + 1
    return index == Name(name) and steps > 0
