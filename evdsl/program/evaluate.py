"""Evaluates an expression over a frame: for all rows of a family at once.

A value is a number or an array of them (size,), a truth value or an array of them, a text or an
array of texts, an `Element`, or a `Form` where decision variables take part. `World` says what
names mean; `point` (columns' values and multipliers) turns decision variables into numbers, which
is how reports are evaluated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    Member,
    Name,
    Number,
    Reduce,
    Text,
    Truth,
    Tuple,
    Unary,
)
from evdsl.program.access import Access
from evdsl.program.calls import call
from evdsl.program.convert import (
    OFF_THE_END,
    Numbers,
    Value,
    at_row,
    codes_or_off,
    comparable,
    fail,
    is_text_array,
    is_truth,
    plain,
    shown_value,
)
from evdsl.program.expand import Expander
from evdsl.program.form import Form
from evdsl.program.frame import Element, Frame, free_names
from evdsl.program.functions import arithmetic, reduced
from evdsl.program.keys import Codes, Elements

_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


_LONG = 24


class Evaluator:
    """Evaluates expressions in one scope. `strict` refuses results that are no numbers."""

    def __init__(self, access: Access, strict: bool = True) -> None:
        self.access = access
        self.strict = strict
        self.expander = Expander(self)

    # ---- entry points by the kind of value that is wanted -----------------------------------
    def numbers(self, expression: Expr, frame: Frame) -> NDArray[np.float64]:
        """The values (size,) of an expression over data."""
        value = self.value(expression, frame)
        if isinstance(value, Form):
            fail("E0423", "a decision variable stands where data is needed", expression)
        return np.broadcast_to(np.asarray(self.number(value, expression), np.float64), frame.size)

    def form(self, expression: Expr, frame: Frame) -> Form:
        value = self.value(expression, frame)
        if isinstance(value, Form):
            return value
        return Form(frame.size, self.number(value, expression), ())

    def truths(self, expression: Expr, frame: Frame) -> NDArray[np.bool_]:
        value = self.value(expression, frame)
        if isinstance(value, Form) or not is_truth(value):
            fail("E0423", "a condition must be true or false from data alone", expression)
        return np.broadcast_to(np.asarray(value, bool), frame.size)

    def element(self, expression: Expr, frame: Frame, dim: Elements) -> Codes:
        """The codes (size,) of an index expression in a dimension, -1 off the end of its set."""
        return self.as_codes(self.value(expression, frame), dim, frame, expression)

    # ---- one method for each kind of node ----------------------------------------------------
    def value(self, expression: Expr, frame: Frame) -> Value:
        match expression:
            case Number(value=number):
                return float(number)
            case Text(value=text):
                return text
            case Truth(value=truth):
                return truth
            case Name(name=name) if name in frame.bound:
                return frame.bound[name]
            case Name() | Member() | At() | Columns():
                return self.access.path(expression, self, frame)
            case Unary(op=op, operand=operand):
                return self._unary(op, operand, frame)
            case Binary(op="and" | "or"):
                return self._logic(expression, frame)
            case Binary():
                return self._binary(expression, frame)
            case Compare():
                return self._compare(expression, frame)
            case In():
                return self._membership(expression, frame)
            case Choice():
                return self._choice(expression, frame)
            case Call():
                return call(self, expression, frame)
            case Reduce():
                return self._reduce(expression, frame)
            case _:
                fail("E0423", "a set stands where a value is needed", expression)

    def _unary(self, op: str, operand: Expr, frame: Frame) -> Value:
        if op == "not":
            return ~self.truths(operand, frame)
        value = self.value(operand, frame)
        return value.times(-1.0) if isinstance(value, Form) else -self.number(value, operand)

    def _logic(self, node: Binary, frame: Frame) -> Value:
        left = self.truths(node.left, frame)
        decided = ~left if node.op == "and" else left
        rest = np.flatnonzero(~decided)
        result = np.array(left)
        if len(rest):
            result[rest] = self.truths(node.right, frame.take(rest))
        return result

    def _binary(self, node: Binary, frame: Frame) -> Value:
        left, right = self.value(node.left, frame), self.value(node.right, frame)
        if isinstance(left, Form) or isinstance(right, Form):
            return self._form_binary(node, left, right, frame)
        a, b = self.number(left, node.left), self.number(right, node.right)
        if node.op in ("/", "div", "mod") and self.strict and frame.size and not np.all(b):
            fail("E0416", "division by zero" + at_row(frame, np.asarray(b) == 0), node)
        with np.errstate(all="ignore"):
            return arithmetic(node.op, a, b)

    def _form_binary(self, node: Binary, left: Value, right: Value, frame: Frame) -> Value:
        if node.op in ("+", "-"):
            a = self.as_form(left, node.left, frame)
            b = self.as_form(right, node.right, frame)
            return a.plus(b if node.op == "+" else b.times(-1.0))
        if node.op == "*" and not isinstance(right, Form):
            return self._scaled(left, self.number(right, node.right), node, frame)
        if node.op == "*" and not isinstance(left, Form):
            return self._scaled(right, self.number(left, node.left), node, frame)
        if node.op == "/" and not isinstance(right, Form):
            divisor = self.number(right, node.right)
            if frame.size and not np.all(divisor):
                fail("E0416", "division by zero" + at_row(frame, np.asarray(divisor) == 0), node)
            return self._scaled(left, 1.0 / divisor, node, frame)
        if node.op == "*":
            return self._multiplied(left, right, node, frame)
        if node.op == "^" and isinstance(right, float) and right in (1.0, 2.0):
            return left if right == 1.0 else self._multiplied(left, left, node, frame)
        fail("E0423", f"`{node.op}` makes this term non-linear in the decision variables", node)

    def _multiplied(self, left: Value, right: Value, node: Binary, frame: Frame) -> Form:
        """A product of two linear forms; a long one is given a column of its own first."""
        a, b = self.as_form(left, node.left, frame), self.as_form(right, node.right, frame)
        if a.products or b.products:
            fail("E0423", "a product of more than two decision variables", node)
        short_a = self._short(a, node, frame)
        short_b = short_a if left is right else self._short(b, node, frame)
        return short_a.multiplied(short_b)

    def _short(self, form: Form, node: Expr, frame: Frame) -> Form:
        terms = sum(len(term.cols) for term in form.terms)
        if terms <= _LONG * form.size:
            return form
        return self.access.stand_in(form, frame, node)

    def _scaled(self, value: Value, factor: Numbers, node: Expr, frame: Frame) -> Form:
        if np.isnan(factor).any():
            fail("E0416", "a coefficient is not a number", node)
        return self.as_form(value, node, frame).times(factor)

    def _compare(self, node: Compare, frame: Frame) -> Value:
        if not frame.size:
            return np.zeros(0, bool)
        values = [self.value(operand, frame) for operand in node.operands]
        result: Any = True
        for i, op in enumerate(node.ops):
            a, b = comparable(values[i], values[i + 1], op, node.operands[i + 1])
            result = np.logical_and(result, _ORDER[op](a, b))
        return np.asarray(result)

    def _membership(self, node: In, frame: Frame) -> Value:
        items = node.element.items if isinstance(node.element, Tuple) else (node.element,)
        if isinstance(node.set, Comprehension) and self.depends(node.set, frame):
            return self._in_comprehension(items, node.set, frame)
        members = self.access.set_value(node.set, frame)
        if len(items) != len(members.dims):
            fail("E0423", f"the set holds tuples of {len(members.dims)}", node)
        codes = [
            codes_or_off(self.value(item, frame), dim, frame.size)
            for item, dim in zip(items, members.dims, strict=True)
        ]
        return members.locator.find(codes) >= 0

    def _in_comprehension(
        self, items: tuple[Expr, ...], node: Comprehension, frame: Frame
    ) -> Value:
        child, parent = self.expander.expand(frame, node.binders)
        names = [name for binder in node.binders.items for name in binder.names]
        same = np.ones(child.size, bool)
        for item, name in zip(items, names, strict=True):
            element = child.bound[name]
            outer = codes_or_off(self.value(item, frame), element.dim, frame.size)
            same &= outer[parent] == element.codes
        return np.bincount(parent[same], minlength=frame.size) > 0

    def _choice(self, node: Choice, frame: Frame) -> Value:
        condition = self.truths(node.condition, frame)
        sides = []
        for side, where in ((node.taken, condition), (node.other, ~condition)):
            rows = np.flatnonzero(where)
            if len(rows):
                sides.append((self.value(side, frame.take(rows)), rows, side))
        return self.merge(sides, frame)

    def merge(self, sides: list[tuple[Value, Codes, Expr]], frame: Frame) -> Value:
        """One value from pieces for disjoint sets of rows."""
        if not sides:
            return np.zeros(frame.size)
        values = [value for value, _, _ in sides]
        if any(isinstance(value, Form) for value in values):
            total = Form(frame.size, 0.0, ())
            for value, rows, node in sides:
                total = total.plus(
                    self.as_form(value, node, frame.take(rows)).spread(rows, frame.size)
                )
            return total
        dims = {id(v.dim): v.dim for v in values if isinstance(v, Element)}
        if dims and all(isinstance(v, Element | str) for v in values) and len(dims) == 1:
            dim = next(iter(dims.values()))
            codes = np.empty(frame.size, np.int64)
            for value, rows, node in sides:
                codes[rows] = self.as_codes(value, dim, frame.take(rows), node)
            return Element(dim, codes)
        pieces = [plain(value) for value in values]
        texts = any(isinstance(p, str) or np.asarray(p).dtype == object for p in pieces)
        truth = all(is_truth(p) for p in pieces)
        merged = np.empty(frame.size, object if texts else bool if truth else np.float64)
        for value, (_, rows, _) in zip(pieces, sides, strict=True):
            merged[rows] = value
        return merged

    def _reduce(self, node: Reduce, frame: Frame) -> Value:
        used = self.free(node) & set(frame.bound)
        if frame.size > 1 and used != set(frame.bound):
            return self._reduce_once(node, frame, used)
        child, parent = self.expander.expand(frame, node.binders)
        counts = np.bincount(parent, minlength=frame.size)
        if node.function == "count" or node.body is None:
            return counts.astype(np.float64)
        if node.function != "sum" and not counts.all():
            fail("E0413", f"`{node.function}` over nothing" + at_row(frame, counts == 0), node)
        body = self.value(node.body, child)
        if isinstance(body, Form):
            if node.function in ("min", "max"):
                return self.access.extreme(node.function, [body], (child, parent), frame, node)
            total = body.gather(parent, frame.size)
            return total if node.function == "sum" else total.times(1.0 / counts)
        numbers = np.broadcast_to(np.asarray(self.number(body, node.body), np.float64), child.size)
        return reduced(node.function, numbers, parent, counts)

    def _reduce_once(self, node: Reduce, frame: Frame, used: set[str]) -> Value:
        """Evaluates a reducer once for each combination of the indices that it uses."""
        combined = np.zeros(frame.size, np.int64) if frame.owner is None else frame.owner.copy()
        for name in sorted(used):
            element = frame.bound[name]
            combined = combined * (len(element.dim) + 1) + element.codes + 1
        _, first, inverse = np.unique(combined, return_index=True, return_inverse=True)
        value = self._reduce(node, frame.take(first).keep(used))
        if isinstance(value, Form):
            return value.take(inverse)
        return value[inverse] if isinstance(value, np.ndarray) and value.ndim else value

    # ---- conversions -------------------------------------------------------------------------
    def depends(self, expression: Expr, frame: Frame) -> bool:
        return bool(self.free(expression) & set(frame.bound))

    def free(self, expression: Expr) -> set[str]:
        """The names that an expression uses, with the block's indices behind its bare members."""
        names = free_names(expression)
        return names | self.access.implied(names)

    def number(self, value: Value, node: Expr) -> Numbers:
        if isinstance(value, Element):
            if value.dim.kind != "whole":
                fail("E0423", f"an element of `{value.dim.name}` is no number", node)
            if (value.codes < 0).any():
                fail("E0410", f"a step off the end of `{value.dim.name}`", node, OFF_THE_END)
            return value.dim.values[value.codes].astype(np.float64)
        if isinstance(value, Form | str) or is_text_array(value):
            self.access.explain_text(node)
            fail("E0423", "a number is needed here", node)
        return value if isinstance(value, float) else np.asarray(value, np.float64)

    def as_form(self, value: Value, node: Expr, frame: Frame) -> Form:
        return value if isinstance(value, Form) else Form(frame.size, self.number(value, node), ())

    def as_codes(self, value: Value, dim: Elements, frame: Frame, node: Expr | None) -> Codes:
        """Codes (size,) of a value in a dimension; E0411 where it is no element of it."""
        if isinstance(value, Element) and value.dim is dim:
            return value.codes
        codes = codes_or_off(value, dim, frame.size)
        off = value.codes < 0 if isinstance(value, Element) else np.zeros(frame.size, bool)
        unknown = np.flatnonzero((codes < 0) & ~off)
        if len(unknown):
            row = int(unknown[0])
            shown = shown_value(value, row)
            fail("E0411", f"{shown} is not in `{dim.name}`", node)
        return codes
