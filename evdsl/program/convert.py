"""What a value of an expression may be, and how kinds of values turn into each other."""

from __future__ import annotations

from typing import Any, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from evdsl.data.times import TimeError, is_stamp, read_stamps
from evdsl.ir.expr import Expr, Node
from evdsl.program.form import Form
from evdsl.program.frame import Element, Frame
from evdsl.program.keys import Codes, Elements
from evdsl.source.diagnostic import Diagnostic, EvdslError

Value: TypeAlias = float | bool | str | NDArray[Any] | Element | Form
Numbers: TypeAlias = float | NDArray[np.float64]


def fail(code: str, message: str, node: Node | None, help: str | None = None) -> NoReturn:
    raise EvdslError([Diagnostic(code, message, node.span if node else None, help=help)])


OFF_THE_END = (
    "declare the set `cyclic`, exclude the step with a condition, "
    "or write what holds there: `x[prev(t) else 0]`"
)


_ORDERING = ("<", "<=", ">", ">=")


def comparable(a: Value, b: Value, op: str, node: Expr) -> tuple[Any, Any]:
    """Two values in a form that numpy compares: codes of the same set, or plain values.

    Elements of one set of texts are in the order of the set; texts as such have no order (E0423).
    Texts that meet time stamps are read as such (E0421 where they are none).
    """
    if (
        isinstance(a, Element)
        and isinstance(b, Element)
        and a.dim is b.dim
        and a.dim.kind == "text"
    ):
        return a.codes, b.codes
    kinds = kinds_that_meet(a, b, node)
    if kinds == ("time", "text"):
        return plain(a), _instants(plain(b), _dim(a), node)
    if kinds == ("text", "time"):
        return _instants(plain(a), _dim(b), node), plain(b)
    if kinds == ("text", "text") and op in _ORDERING:
        fail("E0423", f"`{op}` compares numbers and time stamps, not texts", node)
    return plain(a), plain(b)


def kinds_that_meet(a: Value, b: Value, node: Expr) -> tuple[str, str]:
    """What two compared values are; E0423 where they can never be equal."""
    kinds = _kind(a), _kind(b)
    if kinds[0] != kinds[1] and set(kinds) != {"time", "text"}:
        fail("E0423", f"a {_SHOWN[kinds[0]]} is compared with a {_SHOWN[kinds[1]]}", node)
    if kinds == ("time", "time") and _dim(a).aware != _dim(b).aware:
        message = f"of `{_dim(a).name}` and `{_dim(b).name}` one has stamps with an offset from UTC"
        fail("E0421", f"{message} and the other without", node)
    return kinds


_SHOWN = {"number": "number", "text": "text", "time": "time stamp"}


def _kind(value: Value) -> str:
    if isinstance(value, Element):
        return "number" if value.dim.kind == "whole" else value.dim.kind
    return "text" if isinstance(value, str) or is_text_array(value) else "number"


def _dim(value: Value) -> Elements:
    assert isinstance(value, Element)
    return value.dim


def _instants(texts: Any, dim: Elements, node: Expr) -> Any:
    """Stamps in the way of `dim`: one for a text, an array for an array of texts."""
    several = not isinstance(texts, str)
    found = list(dict.fromkeys(texts.tolist())) if several else [texts]
    for text in found:
        if not is_stamp(text):
            fail("E0421", f"`{text}` is no time stamp, and `{dim.name}` holds them", node)
    try:
        values, aware = read_stamps(found, (dim.timezone or "UTC") if dim.aware else None)
    except TimeError as error:
        fail("E0421", str(error), node)
    if aware and not dim.aware:
        message = f"`{found[0]}` has an offset from UTC and the stamps of `{dim.name}` have none"
        fail("E0421", message, node)
    if not several:
        return values[0]
    of_text = dict(zip(found, values, strict=True))
    return np.array([of_text[text] for text in texts.tolist()], values.dtype)


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
        if not len(value.dim):
            return np.full(size, -1, np.int64)
        translated = _translated(value.dim, dim)
        return np.where(value.codes < 0, -1, translated[np.maximum(value.codes, 0)])
    plain = np.asarray(value, object if isinstance(value, str) else None)
    if dim.kind == "time" and plain.dtype == object:
        return _stamp_codes(plain, dim, size)
    texts = plain.dtype == object
    if dim.kind == "time" or texts != (dim.kind == "text"):
        return np.full(size, -1, np.int64)
    if texts:
        codes = dim.codes(np.atleast_1d(plain))
    else:
        numbers = np.atleast_1d(plain.astype(np.float64))
        whole = np.isfinite(numbers) & (numbers == np.rint(numbers))
        codes = np.where(whole, dim.codes(np.where(whole, numbers, 0).astype(np.int64)), -1)
    return np.broadcast_to(codes, size)


def _translated(old: Elements, new: Elements) -> Codes:
    """The code in `new` of each element of `old`; stamps without an offset are local times."""
    if old.kind != new.kind:
        return np.full(len(old), -1, np.int64)
    if old.aware != new.aware:
        return _stamp_codes(np.array(old.labels, dtype=object), new, len(old))
    return new.codes(old.values)


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
    item: Any = value[row] if isinstance(value, np.ndarray) and value.ndim else value
    return f'"{item}"' if isinstance(item, str) else f"{float(item):g}"


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
