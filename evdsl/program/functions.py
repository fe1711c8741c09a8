"""Arithmetic, functions and reductions over arrays of numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evdsl.ir.expr import Call
from evdsl.program.convert import Numbers, Value, fail
from evdsl.program.keys import Codes

_ROUNDING: dict[str, Callable[[Any], Numbers]] = {
    "floor": np.floor,
    "ceil": np.ceil,
    "round": np.rint,
}
_CURVES: dict[str, Callable[[Any], Numbers]] = {"sqrt": np.sqrt, "exp": np.exp, "log": np.log}


def arithmetic(op: str, a: Any, b: Any) -> Value:
    result: Any
    match op:
        case "+":
            result = a + b
        case "-":
            result = a - b
        case "*":
            result = a * b
        case "/":
            result = np.divide(a, b)
        case "div":
            result = np.floor_divide(a, b)
        case "mod":
            result = np.mod(a, b)
        case _:
            result = np.power(a, b)
    return float(result) if np.ndim(result) == 0 else np.asarray(result)


def function_value(name: str, numbers: list[Numbers], node: Call) -> Value:
    if name == "abs":
        return np.abs(numbers[0])
    if name in ("min", "max"):
        fold = np.minimum if name == "min" else np.maximum
        result = numbers[0]
        for number in numbers[1:]:
            result = fold(result, number)
        return result
    if name in _ROUNDING:
        return _ROUNDING[name](numbers[0])
    if name in _CURVES:
        if name != "exp" and np.any(np.asarray(numbers[0]) < 0):
            fail("E0416", f"`{name}` of a negative number", node)
        return _CURVES[name](numbers[0])
    fail("E0423", f"there is no function `{name}`", node)


def reduced(
    function: str, numbers: NDArray[np.float64], parent: Codes, counts: Codes
) -> NDArray[np.float64]:
    if function in ("sum", "mean"):
        total: NDArray[np.float64] = np.bincount(parent, numbers, minlength=len(counts)).astype(
            np.float64
        )
        return total if function == "sum" else total / counts
    fold = np.minimum if function == "min" else np.maximum
    starts = np.cumsum(counts) - counts
    return fold.reduceat(numbers, starts)
