"""Calls: mappings, steps and positions in sets, the calendar, functions of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evdsl.data.times import CALENDAR, calendar, step_hours
from evdsl.ir.expr import Call
from evdsl.program.convert import OFF_THE_END, Value, at_row, fail
from evdsl.program.form import Form
from evdsl.program.frame import Element, Frame
from evdsl.program.functions import function_value
from evdsl.program.keys import Codes

if TYPE_CHECKING:
    from evdsl.program.evaluate import Evaluator


def call(evaluator: Evaluator, node: Call, frame: Frame) -> Value:
    name, arguments = node.function, node.arguments
    if evaluator.access.has_mapping(name):
        return _mapped(evaluator, node, frame)
    if name in ("prev", "next"):
        return _step(evaluator, node, frame)
    if name in ("first", "last", "card"):
        return _of_set(evaluator, node, frame)
    if name in ("pos", "step", *CALENDAR):
        return _of_element(evaluator, node, frame)
    values = [evaluator.value(argument, frame) for argument in arguments]
    if any(isinstance(value, Form) for value in values):
        if name not in ("abs", "min", "max"):
            fail("E0423", f"`{name}` of a decision variable is not linear", node)
        parts = [evaluator.as_form(v, a, frame) for v, a in zip(values, arguments, strict=True)]
        return evaluator.access.extreme(name, parts, (frame, np.arange(frame.size)), frame, node)
    numbers = [evaluator.number(v, a) for v, a in zip(values, arguments, strict=True)]
    with np.errstate(all="ignore"):
        return function_value(name, numbers, node)


def _mapped(evaluator: Evaluator, node: Call, frame: Frame) -> Element:
    find, dims, target = evaluator.access.mapping(node.function)
    codes = [
        evaluator.element(argument, frame, dim)
        for argument, dim in zip(node.arguments, dims, strict=True)
    ]
    for code, argument in zip(codes, node.arguments, strict=True):
        if (code < 0).any():
            fail(
                "E0410",
                f"`{node.function}` is asked for a step off the end of the set"
                + at_row(frame, code < 0),
                argument,
                OFF_THE_END,
            )
    mapped = find(codes)
    if (mapped < 0).any():
        fail(
            "E0420",
            f"mapping `{node.function}` is not defined" + at_row(frame, mapped < 0),
            node,
        )
    return Element(target, mapped)


def _step(evaluator: Evaluator, node: Call, frame: Frame) -> Element:
    value = evaluator.value(node.arguments[0], frame)
    if not isinstance(value, Element):
        fail("E0423", f"`{node.function}` needs an element of a set", node.arguments[0])
    steps: Any = 1
    if len(node.arguments) > 1:
        steps = _whole_steps(evaluator, node, frame)
    moved = value.codes + (steps if node.function == "next" else -steps)
    length = len(value.dim)
    if value.dim.cyclic:
        moved = moved % length
    else:
        moved = np.where((moved < 0) | (moved >= length), -1, moved)
    return Element(value.dim, np.where(value.codes < 0, -1, moved))


def _whole_steps(evaluator: Evaluator, node: Call, frame: Frame) -> Codes:
    numbers = evaluator.numbers(node.arguments[1], frame)
    broken = np.flatnonzero(numbers != np.rint(numbers))
    if len(broken):
        message = f"`{node.function}` takes whole steps, not {numbers[broken[0]]:g}"
        fail("E0423", message + at_row(frame, numbers != np.rint(numbers)), node.arguments[1])
    return numbers.astype(np.int64)


def _of_set(evaluator: Evaluator, node: Call, frame: Frame) -> Value:
    members = evaluator.access.set_value(node.arguments[0], frame)
    if node.function == "card":
        return float(members.size)
    if not members.size or len(members.dims) != 1:
        fail("E0423", f"`{node.function}` needs a set of single elements that is not empty", node)
    code = members.codes[0][0 if node.function == "first" else -1]
    return Element(members.dims[0], np.full(frame.size, code))


def _of_element(evaluator: Evaluator, node: Call, frame: Frame) -> Value:
    value = evaluator.value(node.arguments[0], frame)
    if not isinstance(value, Element):
        fail("E0423", f"`{node.function}` needs an element of a set", node.arguments[0])
    if (value.codes < 0).any():
        fail(
            "E0410",
            f"`{node.function}` is asked for a step off the end of `{value.dim.name}`"
            + at_row(frame, value.codes < 0),
            node,
            OFF_THE_END,
        )
    if node.function == "pos":
        return value.codes.astype(np.float64)
    dim = value.dim
    if dim.kind != "time":
        fail(
            "E0415",
            f"`{node.function}` needs time stamps, and `{dim.name}` holds "
            + {"whole": "whole numbers", "text": "texts"}[dim.kind],
            node,
        )
    if node.function == "step":
        return step_hours(dim.values)[value.codes]
    found: NDArray[Any] = calendar(node.function, dim.values, dim.aware, dim.timezone)[value.codes]
    return found
