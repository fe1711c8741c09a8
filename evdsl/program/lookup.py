"""Members and subscripts taken apart, and what stands at an index."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn, TypeAlias

import numpy as np

from evdsl.ir.expr import At, Columns, Expr, Member, Name
from evdsl.program.convert import OFF_THE_END, Value, fail
from evdsl.program.frame import Frame
from evdsl.program.keys import Codes, Elements
from evdsl.program.locate import Locator

if TYPE_CHECKING:
    from evdsl.program.evaluate import Evaluator

Fetch: TypeAlias = Callable[[Codes, Frame], Value]


def peel(expression: Expr) -> tuple[Name, list[Expr]]:
    """The name at the bottom, and the members and subscripts behind it from left to right."""
    steps: list[Expr] = []
    while isinstance(expression, Member | At | Columns):
        steps.append(expression)
        expression = expression.base
    if not isinstance(expression, Name):
        fail("E0423", "a name must stand before `[` and `.`", expression)
    return expression, steps[::-1]


def subscript(steps: list[Expr]) -> tuple[At | None, list[Expr]]:
    if steps and isinstance(steps[0], At):
        return steps[0], steps[1:]
    return None, steps


def lookup(
    locator: Locator,
    prefix: list[Codes],
    at: At | None,
    node: Expr,
    fetch: Fetch,
    evaluator: Evaluator,
    frame: Frame,
) -> Value:
    """What stands at the index of each row; `otherwise` where the index is off or unknown."""
    dims = locator.keys.dims
    index = at.index if at is not None else ()
    if len(prefix) + len(index) != len(dims):
        fail("E0206", f"{len(dims) - len(prefix)} indices are needed here, not {len(index)}", node)
    codes = list(prefix)
    codes += [
        evaluator.element(item, frame, dim)
        for item, dim in zip(index, dims[len(prefix) :], strict=True)
    ]
    positions = locator.find(codes) if dims else np.zeros(frame.size, np.int64)
    missing = positions < 0
    if not missing.any():
        return fetch(positions, frame)
    good, bad = np.flatnonzero(~missing), np.flatnonzero(missing)
    if at is None or at.otherwise is None:
        _refuse(codes, dims, frame, int(bad[0]), at or node, index)
    otherwise = at.otherwise
    sides: list[tuple[Value, Codes, Expr]] = []
    if len(good):
        sides.append((fetch(positions[good], frame.take(good)), good, node))
    sides.append((evaluator.value(otherwise, frame.take(bad)), bad, otherwise))
    return evaluator.merge(sides, frame)


def _refuse(
    codes: list[Codes],
    dims: tuple[Elements, ...],
    frame: Frame,
    row: int,
    node: Expr,
    index: tuple[Expr, ...],
) -> NoReturn:
    at = f" at {frame.label(row)}" if frame.bound else ""
    for code, dim in zip(codes, dims, strict=True):
        if code[row] < 0:
            fail(
                "E0410",
                f"this index steps off the end of `{dim.name}`{at}",
                index[0] if len(index) == 1 else node,
                OFF_THE_END,
            )
    key = ", ".join(str(d.labels[int(c[row])]) for c, d in zip(codes, dims, strict=True))
    fail("E0420", f"there is no element [{key}] here{at}", node,
         "exclude it with a condition, or write what holds there: `x[v, t else 0]`")  # fmt: skip
