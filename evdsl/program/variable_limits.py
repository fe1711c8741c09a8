"""The limits of a block's variables: numbers, or rows where they hold decision variables."""

from __future__ import annotations

import numpy as np

from evdsl.ir import model as ir
from evdsl.ir.expr import Expr
from evdsl.program.block import BlockValue, Located, own_columns, owner_of
from evdsl.program.convert import fail
from evdsl.program.evaluate import Evaluator
from evdsl.program.form import Form
from evdsl.program.frame import Frame
from evdsl.program.linear import Floats
from evdsl.program.locate import Locator


def ground_limits(evaluator: Evaluator, block: BlockValue, variable: ir.Var) -> None:
    located = block.variables[variable.name]
    frame, _ = evaluator.expander.expand(block.frame, variable.binders)
    if variable.domain.kind == "binary":
        block.assembly.limit(located.family, np.zeros(frame.size), np.ones(frame.size))
        return
    bounds = variable.domain.bounds
    if bounds is None:
        return
    lower = _limit(evaluator, block, variable, bounds.lower, frame, "lower")
    upper = _limit(evaluator, block, variable, bounds.upper, frame, "upper")
    crossed = np.flatnonzero(lower > upper)
    if len(crossed):
        row = int(crossed[0])
        at = f" at {frame.label(row)}" if frame.bound else ""
        fail(
            "E0418",
            f"the limits of `{variable.name}` cross{at}: "
            f"{lower[row]:g} is more than {upper[row]:g}",
            bounds,
        )
    block.assembly.limit(located.family, lower, upper)


def _limit(
    evaluator: Evaluator,
    block: BlockValue,
    variable: ir.Var,
    bound: Expr,
    frame: Frame,
    side: str,
) -> Floats:
    """A limit as numbers; where it holds decision variables it becomes a row instead."""
    open_end = -np.inf if side == "lower" else np.inf
    value = evaluator.form(bound, frame)
    if value.products:
        fail("E0423", f"the {side} limit of `{variable.name}` is not linear", bound)
    numbers = np.array(np.broadcast_to(value.constant, frame.size), np.float64)
    if np.isnan(numbers).any():
        fail("E0416", f"the {side} limit of `{variable.name}` is not a number", bound)
    rows, _, coefs = value.entries()
    if not len(rows):
        return numbers
    moving = np.bincount(rows, coefs != 0, minlength=frame.size) > 0
    unlimited = np.bincount(rows, np.isinf(coefs), minlength=frame.size) > 0
    numbers[unlimited] = open_end
    kept = np.flatnonzero(moving & ~unlimited & np.isfinite(numbers))
    if not len(kept):
        return numbers
    located = block.variables[variable.name]
    columns = located.family.start + kept
    body = Form(frame.size, 0.0, own_columns(located.family)).plus(value.times(-1.0)).take(kept)
    family = block.assembly.add_rows(
        block.name,
        f"{variable.name}.{side}",
        located.family.keys.take(kept),
        body,
        np.array(0.0 if side == "lower" else -np.inf),
        np.array(0.0 if side == "upper" else np.inf),
        owner_of(frame)[kept],
        role="limit",
        bind=located.family.bind,
        span=bound.span or variable.span,
        limit_column=columns,
    )
    block.rows[family.name] = [Located(family, Locator(family.keys))]
    numbers[kept] = open_end
    return numbers
