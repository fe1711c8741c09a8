"""Enumerates binders over a frame; conditions that can be joins are joins, never all pairs.

Joins are made of conditions of the form `f(t) == b`, `(v, t) in P` and `pos(t) <= b`, where one
side speaks only of the index that is being bound and the other only of what is bound already.
What is left of the condition is a mask on the rows that came out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from evdsl.ir.expr import (
    Binary,
    Binder,
    Binders,
    Call,
    Compare,
    Comprehension,
    Expr,
    In,
    Name,
    Tuple,
)
from evdsl.program.convert import codes_or_off, kinds_that_meet
from evdsl.program.frame import Element, Frame, SetValue
from evdsl.program.joins import match, ranges
from evdsl.program.keys import Codes
from evdsl.source.diagnostic import EvdslError

if TYPE_CHECKING:
    from evdsl.program.evaluate import Evaluator

Pairs = tuple[Codes, Codes]
_SIDE: dict[str, Literal["left", "right"]] = {
    "<=": "right",
    "<": "left",
    ">=": "left",
    ">": "right",
}
_TURNED = {"<=": ">=", "<": ">", ">=": "<=", ">": "<", "==": "=="}


def conjuncts(condition: Expr | None) -> list[Expr]:
    """The parts of a condition that must all hold; chains of comparisons are taken apart."""
    if condition is None:
        return []
    if isinstance(condition, Binary) and condition.op == "and":
        return conjuncts(condition.left) + conjuncts(condition.right)
    if isinstance(condition, Compare) and len(condition.ops) > 1:
        sides = condition.operands
        return [
            Compare((sides[i], sides[i + 1]), (op,), span=condition.span)
            for i, op in enumerate(condition.ops)
        ]
    return [condition]


class Expander:
    """Adds the indices of binders to frames."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    def expand(self, frame: Frame, binders: Binders | None) -> tuple[Frame, Codes]:
        """The rows of `frame` times those of the binders, and for each the row it came from."""
        parent = np.arange(frame.size)
        if binders is None:
            return frame, parent
        waiting = conjuncts(binders.where)
        for i, binder in enumerate(binders.items):
            later = {name for item in binders.items[i + 1 :] for name in item.names}
            pending = frozenset(later - set(frame.bound) - set(binder.names))
            frame, left, waiting = self._bind(frame, binder, waiting, pending)
            parent = parent[left]
            frame, kept, waiting = self._filter(frame, waiting, pending)
            parent = parent[kept]
        return frame, parent

    def _filter(
        self, frame: Frame, waiting: list[Expr], pending: frozenset[str]
    ) -> tuple[Frame, Codes, list[Expr]]:
        """Applies the conditions whose indices are all bound, in the order written."""
        kept = np.arange(frame.size)
        later = []
        for condition in waiting:
            if self.evaluator.free(condition) & pending:
                later.append(condition)
                continue
            rows = np.flatnonzero(self.evaluator.truths(condition, frame))
            frame, kept = frame.take(rows), kept[rows]
        return frame, kept, later

    def _bind(
        self, frame: Frame, binder: Binder, waiting: list[Expr], pending: frozenset[str]
    ) -> tuple[Frame, Codes, list[Expr]]:
        if isinstance(binder.set, Comprehension) and self.evaluator.depends(binder.set, frame):
            return (*self._bind_comprehension(frame, binder), waiting)
        members = self.evaluator.access.set_value(binder.set, frame)
        names = binder.names or _fresh(members.names, frame)
        old = [i for i, name in enumerate(names) if name in frame.bound]
        if old:
            return (*self._bind_known(frame, names, members, old), waiting)
        outer = frozenset(frame.bound) | pending
        members, waiting = self._restrict(members, names, waiting, outer)
        alone = _alone(members, names)
        pairs, waiting = self._pairs(frame, alone, members, names, waiting, outer, pending)
        left, right = pairs
        elements = [element.take(right) for element in alone.bound.values()]
        return frame.take(left).bind(names, elements), left, waiting

    def _pairs(
        self,
        frame: Frame,
        alone: Frame,
        members: SetValue,
        names: tuple[str, ...],
        waiting: list[Expr],
        outer: frozenset[str],
        pending: frozenset[str],
    ) -> tuple[Pairs, list[Expr]]:
        """Which rows of the frame meet which members: by a join where a condition allows it."""
        limits: list[tuple[str, Any, NDArray[Any]]] = []
        used: list[Expr] = []
        for condition in waiting:
            try:
                if isinstance(condition, In):
                    pairs = self._join_set(condition, frame, members, names)
                    if pairs is not None:
                        return pairs, [c for c in waiting if c is not condition]
                sides = self._sides(condition, names, outer, pending)
                if sides is None:
                    continue
                first, op, second = sides
                if op == "==":
                    pairs = self._join_equal(first, second, alone, frame)
                    return pairs, [c for c in waiting if c is not condition]
                if isinstance(first, Call) and first.function == "pos":
                    positions = self.evaluator.numbers(first, alone)
                    limits.append((op, self.evaluator.numbers(second, frame), positions))
                    used.append(condition)
            except EvdslError:
                continue  # a condition before this one may exclude the rows that fail
        if limits:
            return _within(limits, frame.size), [c for c in waiting if c not in used]
        left = np.repeat(np.arange(frame.size), alone.size)
        return (left, np.tile(np.arange(alone.size), frame.size)), waiting

    def _bind_comprehension(self, frame: Frame, binder: Binder) -> tuple[Frame, Codes]:
        assert isinstance(binder.set, Comprehension)
        child, parent = self.expand(frame, binder.set.binders)
        inner = [name for item in binder.set.binders.items for name in item.names]
        elements = [child.bound[name] for name in inner]
        return frame.take(parent).bind(binder.names, elements), parent

    def _bind_known(
        self, frame: Frame, names: tuple[str, ...], members: SetValue, old: list[int]
    ) -> tuple[Frame, Codes]:
        """A tuple some of whose names are bound already: those filter."""
        left_key = np.zeros(frame.size, np.int64)
        right_key = np.zeros(members.size, np.int64)
        for i in old:
            dim = members.dims[i]
            codes = self.evaluator.as_codes(frame.bound[names[i]], dim, frame, None)
            left_key = left_key * (len(dim) + 1) + codes
            right_key = right_key * (len(dim) + 1) + members.codes[i]
        left, right = match(left_key, right_key)
        new = [i for i in range(len(names)) if i not in old]
        elements = [Element(members.dims[i], members.codes[i][right]) for i in new]
        return frame.take(left).bind([names[i] for i in new], elements), left

    def _restrict(
        self, members: SetValue, names: tuple[str, ...], waiting: list[Expr], outer: frozenset[str]
    ) -> tuple[SetValue, list[Expr]]:
        """Applies the conditions that speak of the new indices alone before anything is joined."""
        later = []
        alone = _alone(members, names)
        for condition in waiting:
            free = self.evaluator.free(condition)
            if not free & set(names) or free & outer:
                later.append(condition)
                continue
            alone = alone.take(np.flatnonzero(self.evaluator.truths(condition, alone)))
        codes = tuple(element.codes for element in alone.bound.values())
        return SetValue(members.name, members.dims, codes, members.names), later

    # ---- joins -------------------------------------------------------------------------------
    def _sides(
        self,
        condition: Expr,
        names: tuple[str, ...],
        outer: frozenset[str],
        pending: frozenset[str],
    ) -> tuple[Expr, str, Expr] | None:
        """A comparison as (side of the new indices, operator, side of the outer ones)."""
        if not isinstance(condition, Compare) or condition.ops[0] not in _TURNED:
            return None
        (first, second), op = condition.operands, condition.ops[0]
        if self.evaluator.free(second) & set(names):
            first, second, op = second, first, _TURNED[op]
        inner, other = self.evaluator.free(first), self.evaluator.free(second)
        if not inner & set(names) or inner & outer or other & (set(names) | pending):
            return None
        return first, op, second

    def _join_equal(self, first: Expr, second: Expr, alone: Frame, frame: Frame) -> Pairs:
        inner = self.evaluator.value(first, alone)
        outer = self.evaluator.value(second, frame)
        kinds_that_meet(inner, outer, second)
        if isinstance(inner, Element):
            codes = codes_or_off(outer, inner.dim, frame.size)
            return match(np.where(codes < 0, -2, codes), inner.codes)
        if isinstance(outer, Element):
            codes = codes_or_off(inner, outer.dim, alone.size)
            return match(np.where(outer.codes < 0, -2, outer.codes), codes)
        left = np.broadcast_to(np.asarray(outer), frame.size)
        right = np.broadcast_to(np.asarray(inner), alone.size)
        _, joint = np.unique(np.concatenate([left, right]), return_inverse=True)
        return match(joint[: frame.size], joint[frame.size :])

    def _join_set(
        self, condition: In, frame: Frame, members: SetValue, names: tuple[str, ...]
    ) -> Pairs | None:
        items = condition.element.items if isinstance(condition.element, Tuple) else ()
        if len(names) != 1 or not items or self.evaluator.depends(condition.set, frame):
            return None
        new = [
            i for i, item in enumerate(items) if isinstance(item, Name) and item.name == names[0]
        ]
        if len(new) != 1 or any(
            self.evaluator.free(item) - set(frame.bound)
            for i, item in enumerate(items)
            if i != new[0]
        ):
            return None
        among = self.evaluator.access.set_value(condition.set, frame)
        if len(among.dims) != len(items) or among.dims[new[0]] is not members.dims[0]:
            return None
        left_key = np.zeros(frame.size, np.int64)
        right_key = np.zeros(among.size, np.int64)
        for i, item in enumerate(items):
            if i != new[0]:
                codes = self.evaluator.element(item, frame, among.dims[i])
                left_key = left_key * (len(among.dims[i]) + 1) + codes
                right_key = right_key * (len(among.dims[i]) + 1) + among.codes[i]
        left, right = match(left_key, right_key)
        position = members.locator.find([among.codes[new[0]][right]])
        left, position = left[position >= 0], position[position >= 0]
        order = np.lexsort((position, left))
        return left[order], position[order]


def _fresh(names: tuple[str, ...], frame: Frame) -> tuple[str, ...]:
    """Names for the short header `[V, T]`: the sets' own, told apart where one stands twice."""
    fresh: list[str] = []
    for name in names:
        while name in frame.bound or name in fresh:
            name += "'"
        fresh.append(name)
    return tuple(fresh)


def _alone(members: SetValue, names: tuple[str, ...]) -> Frame:
    elements = [Element(d, c) for d, c in zip(members.dims, members.codes, strict=True)]
    return Frame(members.size, dict(zip(names, elements, strict=True)))


def _within(limits: list[tuple[str, Any, NDArray[Any]]], size: int) -> Pairs:
    """The members whose position satisfies every `pos(t) op limit`: a range for each row."""
    positions = limits[0][2]
    order = np.argsort(positions, kind="stable")
    ranked = positions[order]
    start, stop = np.zeros(size, np.int64), np.full(size, len(ranked))
    for op, limit, _ in limits:
        if op in ("<=", "<"):
            stop = np.minimum(stop, np.searchsorted(ranked, limit, _SIDE[op]))
        else:
            start = np.maximum(start, np.searchsorted(ranked, limit, _SIDE[op]))
    return ranges(start, stop, order)
