"""Grounds a block: its variables, then their limits and its constraints, family by family."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from evdsl.ir import model as ir
from evdsl.program.assembly import Assembly
from evdsl.program.block import BlockValue, Located, bind_names, owner_of
from evdsl.program.constraints import ground_constraint
from evdsl.program.evaluate import Evaluator
from evdsl.program.form import Form
from evdsl.program.frame import Frame
from evdsl.program.locate import Locator
from evdsl.program.variable_limits import ground_limits

if TYPE_CHECKING:
    from evdsl.program.world import World


def open_block(
    world: World, declaration: ir.Block, assembly: Assembly, first_owner: int
) -> BlockValue:
    """A block with its variables, whose limits are not yet known."""
    from evdsl.program.scope import Scope

    evaluator = Evaluator(Scope(world))
    frame, _ = evaluator.expander.expand(Frame(), declaration.binders)
    frame = replace(frame, owner=first_owner + np.arange(frame.size))
    block = BlockValue(declaration, frame, assembly)
    inner = Evaluator(Scope(world, block))
    for variable in declaration.variables:
        rows, _ = inner.expander.expand(frame, variable.binders)
        family = assembly.add_columns(
            declaration.name,
            variable.name,
            rows.keys(),
            owner_of(rows),
            integer=variable.domain.kind in ("integer", "binary"),
            bind=bind_names(declaration.binders, variable.binders),
            span=variable.span,
        )
        block.variables[variable.name] = Located(family, Locator(rows.keys()))
    return block


def ground_block(world: World, block: BlockValue) -> None:
    """The block's limits and constraints, into its assembly; once, whoever asks first."""
    from evdsl.program.scope import Scope

    if block.grounded:
        return
    block.grounded = True
    evaluator = Evaluator(Scope(world, block))
    for variable in block.declaration.variables:
        ground_limits(evaluator, block, variable)
    for constraint in block.declaration.constraints:
        ground_constraint(evaluator, block, constraint)


def objective_of(world: World, block: BlockValue) -> Form:
    """The block's objective, one row for each of its elements."""
    from evdsl.program.scope import Scope

    if block._objective is None:
        objective = block.declaration.objectives[0]
        block._objective = Evaluator(Scope(world, block)).form(objective.value, block.frame)
    return block._objective
