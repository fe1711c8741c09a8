"""A block's constraints and written pairs as families of rows."""

from __future__ import annotations

import numpy as np

from evdsl.ir import model as ir
from evdsl.ir.expr import Compare
from evdsl.program.assembly import Written
from evdsl.program.block import BlockValue, Located, bind_names, own_columns, owner_of
from evdsl.program.convert import fail
from evdsl.program.evaluate import Evaluator
from evdsl.program.form import Form
from evdsl.program.frame import Frame
from evdsl.program.linear import Floats
from evdsl.program.locate import Locator


def ground_constraint(evaluator: Evaluator, block: BlockValue, constraint: ir.Constraint) -> None:
    frame, _ = evaluator.expander.expand(block.frame, constraint.binders)
    sides = [evaluator.form(operand, frame) for operand in constraint.operands]
    dual = None
    if constraint.dual is not None:
        dual = (
            np.array(evaluator.numbers(constraint.dual.lower, frame)),
            np.array(evaluator.numbers(constraint.dual.upper, frame)),
        )
    bind = bind_names(block.declaration.binders, constraint.binders)

    def add(name: str, body: Form, lower: Floats | float, upper: Floats | float) -> Located:
        limits = np.broadcast_to(lower, frame.size), np.broadcast_to(upper, frame.size)
        _refuse_infinite(body, constraint)
        family = block.assembly.add_rows(
            block.name,
            name,
            frame.keys(),
            body,
            *limits,
            owner_of(frame),
            bind=bind,
            span=constraint.span,
            dual=dual,
        )
        return Located(family, Locator(family.keys))

    located = []
    if len(sides) == 2:
        body = sides[0].plus(sides[1].times(-1.0))
        located.append(add(constraint.name, body, *_SIDES[constraint.ops[0]]))
    elif not sides[0].terms and not sides[2].terms:
        ends = (sides[0].constant, sides[2].constant)
        low, high = ends if constraint.ops[0] != ">=" else ends[::-1]
        located.append(add(constraint.name, sides[1], low, high))
    else:
        for i, part in enumerate(("first", "second")):
            body = sides[i].plus(sides[i + 1].times(-1.0))
            if i == 0:  # the middle stands on the left, so that both parts' multipliers add up
                body, op = body.times(-1.0), _TURNED[constraint.ops[0]]
            else:
                op = constraint.ops[1]
            located.append(add(f"{constraint.name}.{part}", body, *_SIDES[op]))
    block.rows[constraint.name] = located
    if isinstance(constraint.complements, Compare):
        _add_pairs(evaluator, block, constraint, constraint.complements, frame, sides)


def _add_pairs(
    evaluator: Evaluator,
    block: BlockValue,
    constraint: ir.Constraint,
    other: Compare,
    frame: Frame,
    sides: list[Form],
) -> None:
    """`A <= B complements C >= D`: a column for `C - D`, and `B - A` as what it goes with."""
    name, bind = f"{constraint.name}.complement", bind_names(None, constraint.binders)
    columns = block.assembly.add_columns(
        block.name,
        name,
        frame.keys(),
        owner_of(frame),
        role="auxiliary",
        bind=bind,
        span=constraint.span,
    )
    block.assembly.limit(columns, np.zeros(frame.size), np.full(frame.size, np.inf))
    stands = Form(frame.size, 0.0, own_columns(columns))
    second = _slack([evaluator.form(operand, frame) for operand in other.operands], other.ops[0])
    block.assembly.add_rows(
        block.name,
        name,
        frame.keys(),
        stands.plus(second.times(-1.0)),
        np.array(0.0),
        np.array(0.0),
        owner_of(frame),
        role="auxiliary",
        bind=bind,
        span=constraint.span,
    )
    block.assembly.written.append(Written(columns, _slack(sides, constraint.ops[0])))


def _slack(sides: list[Form], op: str) -> Form:
    """How far `A <= B` or `A >= B` is from being tight."""
    small, large = sides if op == "<=" else sides[::-1]
    return large.plus(small.times(-1.0))


_SIDES = {"<=": (-np.inf, 0.0), ">=": (0.0, np.inf), "==": (0.0, 0.0)}
_TURNED = {"<=": ">=", ">=": "<=", "==": "=="}


def _refuse_infinite(body: Form, constraint: ir.Constraint) -> None:
    if not all(np.isfinite(term.coefs).all() for term in (*body.terms, *body.products)):
        fail("E0416", f"a coefficient of `{constraint.name}` is not finite", constraint)
