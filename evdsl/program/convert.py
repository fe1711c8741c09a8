"""What a value of an expression may be, and how kinds of values turn into each other."""

from __future__ import annotations

from typing import Any, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from evdsl.data.times import TimeError, read_stamps
from evdsl.ir.expr import Expr, Node
from evdsl.program.affine import Affine
from evdsl.program.frame import Element, Frame
from evdsl.program.keys import Codes, Elements
from evdsl.source.diagnostic import Diagnostic, EvdslError

Value: TypeAlias = float | bool | str | NDArray[Any] | Element | Affine
Numbers: TypeAlias = float | NDArray[np.float64]


def fail(code: str, message: str, node: Node | None, help: str | None = None) -> NoReturn:
    raise EvdslError([Diagnostic(code, message, node.span if node else None, help=help)])


OFF_THE_END = (
    "declare the set `cyclic`, exclude the step with a condition, "
    "or write what holds there: `x[prev(t) else 0]`"
)


def comparable(a: Value, b: Value, node: Expr) -> tuple[Any, Any]:
    """Two values in a form that numpy compares: codes of the same set, or plain values."""
    if (
        isinstance(a, Element)
        and isinstance(b, Element)
        and a.dim is b.dim
        and a.dim.kind == "text"
    ):
        return a.codes, b.codes
    if isinstance(a, Element) and a.dim.kind == "time" and isinstance(b, str):
        return plain(a), _instant(b, a.dim, node)
    if isinstance(b, Element) and b.dim.kind == "time" and isinstance(a, str):
        return _instant(a, b.dim, node), plain(b)
    return plain(a), plain(b)


def _instant(text: str, dim: Elements, node: Expr) -> Any:
    try:
        values, aware = read_stamps([text], (dim.timezone or "UTC") if dim.aware else None)
    except TimeError as error:
        fail("E0421", f"`{text}`: {error}", node)
    if aware and not dim.aware:
        fail(
            "E0421",
            f"`{text}` has an offset from UTC and the stamps of `{dim.name}` have none",
            node,
        )
    return values[0]


def plain(value: Value) -> Any:
    if not isinstance(value, Element):
        return value
    if value.dim.kind == "whole":
        return np.where(value.codes < 0, np.nan, value.dim.values[np.maximum(value.codes, 0)])
    found = value.dim.values[np.maximum(value.codes, 0)]
    if (value.codes < 0).any():
        found = found.copy()
        found[value.codes < 0] = np.datetime64("NaT") if value.dim.kind == "time" else ""
    return found


def codes_or_off(value: Value, dim: Elements, size: int) -> Codes:
    """Codes (size,) of a value in a dimension, -1 where it is no element."""
    if isinstance(value, Element):
        if value.dim is dim:
            return value.codes
        if value.dim.kind != dim.kind or not len(value.dim):
            return np.full(size, -1, np.int64)
        translated = dim.codes(value.dim.values)
        return np.where(value.codes < 0, -1, translated[np.maximum(value.codes, 0)])
    plain = np.asarray(value, object if isinstance(value, str) else None)
    if dim.kind == "time" and plain.dtype == object:
        return _stamp_codes(plain, dim, size)
    texts = plain.dtype == object
    if texts != (dim.kind == "text"):
        return np.full(size, -1, np.int64)
    if texts:
        codes = dim.codes(np.atleast_1d(plain))
    else:
        numbers = np.atleast_1d(plain.astype(np.float64))
        whole = np.isfinite(numbers) & (numbers == np.rint(numbers))
        codes = np.where(whole, dim.codes(np.where(whole, numbers, 0).astype(np.int64)), -1)
    return np.broadcast_to(codes, size)


def _stamp_codes(texts: NDArray[Any], dim: Elements, size: int) -> Codes:
    try:
        zone = (dim.timezone or "UTC") if dim.aware else None
        values, aware = read_stamps([str(t) for t in np.atleast_1d(texts)], zone)
    except TimeError:
        return np.full(size, -1, np.int64)
    return np.broadcast_to(dim.codes(values) if aware == dim.aware else np.int64(-1), size)


def shown_value(value: Value, row: int) -> str:
    if isinstance(value, Element):
        return f"`{value.dim.labels[int(value.codes[row])]}`"
    item = value if np.ndim(value) == 0 else np.asarray(value)[row]  # type: ignore[arg-type]
    return f'"{item}"' if isinstance(item, str) else f"{float(item):g}"  # type: ignore[arg-type]


def at_row(frame: Frame, where: Any) -> str:
    """` at v = car1, t = 3`: the first row where something is wrong."""
    rows = np.flatnonzero(np.broadcast_to(where, frame.size))
    label = frame.label(int(rows[0])) if len(rows) else ""
    return f" at {label}" if label else ""


def is_truth(value: object) -> bool:
    return isinstance(value, bool) or (
        isinstance(value, np.ndarray | np.bool_) and value.dtype == bool
    )


def is_text_array(value: object) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == object
