"""Parameters: values from tables, expressions, maps or from outside, within their range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evdsl.data.table import TableData
from evdsl.ir import model as ir
from evdsl.ir.expr import MapLiteral
from evdsl.program.convert import fail
from evdsl.program.frame import Frame
from evdsl.program.keys import Codes, Keys
from evdsl.program.locate import Locator
from evdsl.program.tables import bare_column, rows_of, used_at
from evdsl.source.diagnostic import DataPlace, Diagnostic, EvdslError

if TYPE_CHECKING:
    from evdsl.program.world import World


@dataclass(frozen=True, eq=False)
class ParamValue:
    """A parameter's values (size,) by key."""

    locator: Locator
    values: NDArray[np.float64]

    @property
    def keys(self) -> Keys:
        return self.locator.keys


def make_param(world: World, declaration: ir.Param) -> ParamValue:
    frame, _ = world.evaluator().expander.expand(Frame(), declaration.binders)
    values, places = _param_values(world, declaration, frame)
    missing = np.flatnonzero(np.isnan(values))
    if len(missing) and declaration.default is not None:
        values[missing] = world.evaluator().numbers(declaration.default, frame.take(missing))
        missing = np.flatnonzero(np.isnan(values))
    if len(missing):
        _no_value(declaration, frame, missing, places)
    _check_range(world, declaration, frame, values, places)
    return ParamValue(Locator(frame.keys()), values)


def _param_values(
    world: World, declaration: ir.Param, frame: Frame
) -> tuple[NDArray[np.float64], Callable[[int], DataPlace | None]]:
    """The values (size,), nan where there is none, and where in the data a value stands."""
    given = world.given.get(declaration.name)
    if given is not None:
        return np.array([_as_number(declaration.name, given)]), lambda _: None
    value = declaration.value
    if value is None:
        if declaration.default is not None:
            return np.full(frame.size, np.nan), lambda _: None
        fail(
            "E0409",
            f"parameter `{declaration.name}` has no value",
            declaration,
            f"give it one: `--set {declaration.name}=...`, or `params=` in Python",
        )
    if isinstance(value, MapLiteral):
        return _from_literal(world, value, frame, declaration), lambda _: None
    column = bare_column(value, world)
    if column is None:
        return np.array(world.evaluator(partial=True).numbers(value, frame)), lambda _: None
    table, name = column
    rows = rows_of(world, table, name, frame, declaration)
    _count_outside(world, table, rows, declaration)
    with used_at(value):
        numbers = table.numbers(name)
    values = np.full(frame.size, np.nan)
    values[rows >= 0] = numbers[rows[rows >= 0]]
    return values, lambda i: table.place(int(rows[i]) if rows[i] >= 0 else None)


def _from_literal(
    world: World, literal: MapLiteral, frame: Frame, declaration: ir.Param
) -> NDArray[np.float64]:
    values = np.full(frame.size, np.nan)
    element = next(iter(frame.bound.values()), None)
    if element is None or len(frame.bound) != 1:
        fail(
            "E0423",
            f"`{declaration.name}` needs one index to take its values from a map",
            literal,
        )
    evaluator = world.evaluator()
    for key, number in literal.items:
        code = evaluator.as_codes(
            key if isinstance(key, str) else float(key), element.dim, Frame(), literal
        )
        values[element.codes == code[0]] = evaluator.numbers(number, Frame())[0]
    return values


def _no_value(
    declaration: ir.Param,
    frame: Frame,
    missing: Codes,
    places: Callable[[int], DataPlace | None],
) -> None:
    first = [frame.label(int(row)) for row in missing[:3]]
    shown = "; ".join(first) + ("; ..." if len(missing) > 3 else "")
    at = f": {shown}" if shown else ""
    raise EvdslError(
        [
            Diagnostic(
                "E0404",
                f"`{declaration.name}` has no value for {len(missing)} of {frame.size} keys{at}",
                declaration.span,
                help="add the rows, or write `default 0` on the declaration",
                data=places(int(missing[0])),
            )
        ]
    )


def _check_range(
    world: World,
    declaration: ir.Param,
    frame: Frame,
    values: NDArray[np.float64],
    places: Callable[[int], DataPlace | None],
) -> None:
    if declaration.range is None:
        return
    evaluator = world.evaluator()
    lower = evaluator.numbers(declaration.range.lower, frame)
    upper = evaluator.numbers(declaration.range.upper, frame)
    outside = np.flatnonzero((values < lower) | (values > upper))
    if len(outside):
        row = int(outside[0])
        at = f" at {frame.label(row)}" if frame.bound else ""
        more = f" (and {len(outside) - 1} more)" if len(outside) > 1 else ""
        raise EvdslError(
            [
                Diagnostic(
                    "E0406",
                    f"`{declaration.name}` is {values[row]:g}{at}, outside "
                    f"[{lower[row]:g}, {upper[row]:g}]{more}",
                    declaration.span,
                    data=places(row),
                )
            ]
        )


def _count_outside(world: World, table: TableData, rows: Codes, declaration: ir.Param) -> None:
    used = np.zeros(table.rows, bool)
    used[rows[rows >= 0]] = True
    outside = int(np.count_nonzero(~used))
    if outside and not any(
        w.code == "W0401" and w.span == table.declaration.span for w in world.warnings
    ):
        world.warnings.append(
            Diagnostic(
                "W0401",
                f"{outside} of {table.rows} rows of table `{table.declaration.name}` lie outside "
                f"the sets of `{declaration.name}` and are not used",
                table.declaration.span,
                data=table.place(int(np.flatnonzero(~used)[0])),
                severity="warning",
            )
        )


def _as_number(name: str, given: float | str) -> float:
    try:
        return float(given)
    except (TypeError, ValueError, OverflowError):
        raise EvdslError(
            [Diagnostic("E0405", f"`{given}` is not a number: `{name}` cannot take it")]
        ) from None
