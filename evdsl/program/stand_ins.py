"""Columns that stand for `abs`, `min`, `max` and long sums, with the rows that define them."""

from __future__ import annotations

import numpy as np

from evdsl.ir.expr import Expr
from evdsl.program.assembly import Extreme
from evdsl.program.block import BlockValue, own_columns, owner_of
from evdsl.program.form import Form, Term
from evdsl.program.frame import Frame
from evdsl.program.keys import Codes
from evdsl.program.linear import Family


def add_extreme(
    block: BlockValue,
    function: str,
    parts: list[Form],
    rows: tuple[Frame, Codes],
    frame: Frame,
    node: Expr,
) -> Form:
    """Columns that stand for `abs`, `min` or `max` of affine parts, with the rows that define them.

    `rows` are the rows of the parts, and for each the row of `frame` that it belongs to.
    """
    assembly = block.assembly
    child, parent = rows
    name = f"{function}{1 + len(assembly.extremes)}"
    column = _add_column(block, name, frame, node)
    stands = Form(child.size, 0.0, (Term(None, column.start + parent, 1.0),))
    curvature = -1 if function == "min" else 1
    signs = (1.0, -1.0) if function == "abs" else (1.0,)
    low, high = (0.0, np.inf) if curvature > 0 else (-np.inf, 0.0)
    first = assembly.height
    for k, (part, sign) in enumerate((part, sign) for part in parts for sign in signs):
        assembly.add_rows(
            block.name,
            f"{name}.{k + 1}",
            child.keys(),
            stands.plus(part.times(-sign)),
            np.array(low),
            np.array(high),
            owner_of(frame)[parent],
            role="auxiliary",
            span=node.span,
            bind=tuple(child.bound),
        )
    defining = slice(first, assembly.height)
    assembly.extremes.append(Extreme(column.slice, curvature, node, defining))
    return Form(frame.size, 0.0, own_columns(column))


def add_stand_in(block: BlockValue, form: Form, frame: Frame, node: Expr) -> Form:
    """A column that stands for a long sum, with the row that says so."""
    assembly = block.assembly
    name = f"sum{1 + len([f for f in assembly.columns if f.role == 'auxiliary'])}"
    column = _add_column(block, name, frame, node)
    stands = Form(frame.size, 0.0, own_columns(column))
    assembly.add_rows(
        block.name,
        f"{name}.1",
        frame.keys(),
        stands.plus(form.times(-1.0)),
        np.array(0.0),
        np.array(0.0),
        owner_of(frame),
        role="auxiliary",
        span=node.span,
        bind=tuple(frame.bound),
    )
    return stands


def _add_column(block: BlockValue, name: str, frame: Frame, node: Expr) -> Family:
    return block.assembly.add_columns(
        block.name,
        name,
        frame.keys(),
        owner_of(frame),
        role="auxiliary",
        span=node.span,
        bind=tuple(frame.bound),
    )
