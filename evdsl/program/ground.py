"""From a checked model and its data to the two-level Program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy import sparse

from evdsl.data.table import TableSource
from evdsl.ir import model as ir
from evdsl.program.assembly import Assembly, Written
from evdsl.program.block import BlockValue, bind_names, point_of
from evdsl.program.blocks import ground_block, objective_of, open_block
from evdsl.program.curvature import refuse_not_convex
from evdsl.program.evaluate import Evaluator
from evdsl.program.form import Form
from evdsl.program.frame import Frame
from evdsl.program.linear import Floats, Ints, Products, matrix_of
from evdsl.program.magnitude import refuse_unusable
from evdsl.program.program import Follower, Multipliers, Program
from evdsl.program.reports import evaluate_reports
from evdsl.program.scope import Scope
from evdsl.program.switches import switch_off
from evdsl.program.values import FamilyValues, shown_unit
from evdsl.program.world import Failed, Tell, World
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.workers.workers import Workers


@dataclass(frozen=True, eq=False)
class Grounded:
    """A Program with what leads back to the model's names.

    `baselines`: each baseline's leader decision as values (n,) of all columns, nan on those of
    followers. `warnings` are about the data.
    """

    program: Program
    baselines: dict[str, Floats]
    warnings: tuple[Diagnostic, ...]
    _world: World
    _assembly: Assembly

    def reports(
        self,
        x: Floats,
        multipliers: Multipliers,
        earlier: Mapping[str, Mapping[str, FamilyValues]] | None = None,
    ) -> dict[str, FamilyValues]:
        """The reports at a point; `earlier` holds those at the baselines, by baseline and name."""
        point = point_of(self._assembly, x, multipliers)
        return evaluate_reports(self._world, point, earlier)

    def objectives(self, x: Floats, multipliers: Multipliers) -> dict[str, FamilyValues]:
        """The value of every objective at a point, by its block's name."""
        point = point_of(self._assembly, x, multipliers)
        found = {}
        for block in self._world.blocks.values():
            objective = block.declaration.objectives[0]
            evaluator = Evaluator(Scope(self._world, block, point), strict=False)
            values = np.array(evaluator.numbers(objective.value, block.frame))
            found[block.name] = FamilyValues(
                objective.name or "",
                block.frame.keys(),
                bind_names(block.declaration.binders, None),
                values,
                shown_unit(objective.unit),
            )
        return found


def ground(
    model: ir.Model,
    base: Path = Path(),
    tables: Mapping[str, TableSource] | None = None,
    params: Mapping[str, float | str] | None = None,
    tell: Tell = lambda what, detail: None,
    workers: Workers | None = None,
) -> Grounded:
    """The Program of a model that `evdsl.check` has passed.

    `base` is the directory that the tables' files are relative to; `tables` and `params` replace
    tables and scalar parameters by name; `tell` is told what is being done, and
    `workers` take references that are more than a few seconds of work. Raises EvdslError with
    every problem that was found: E04xx about data, E056x about references.
    """
    world = World(model, base, tables or {}, params or {}, tell, workers)
    tell("reading the data", "")
    world.load()
    return ground_world(world)


def ground_world(world: World) -> Grounded:
    """The Program of a world whose data is loaded."""
    for reference in world.model.references:
        try:
            world.reference(reference.name)
        except Failed:
            continue
    if world.problems:
        raise EvdslError(world.problems)
    world.tell("building the two levels", "")
    assembly = Assembly()
    blocks = _open_blocks(world, assembly)
    _collect(world, blocks)
    program = _program(world, blocks, assembly)
    baselines = _baselines(world, program)
    return Grounded(program, baselines, tuple(world.warnings), world, assembly)


def _open_blocks(world: World, assembly: Assembly) -> list[BlockValue]:
    leader = world.model.leader
    assert leader is not None
    owner = 0
    for declaration in (leader, *world.model.followers):
        block = open_block(world, declaration, assembly, owner)
        world.blocks[declaration.name] = block
        owner += block.frame.size
    return list(world.blocks.values())


def _collect(world: World, blocks: list[BlockValue]) -> None:
    """Grounds all blocks and reports the problems of all."""
    problems: list[Diagnostic] = []
    for block in blocks:
        try:
            ground_block(world, block)
            objective_of(world, block)
        except EvdslError as error:
            problems.extend(replace(d, place=d.place or block.name) for d in error.diagnostics)
    if world.problems or problems:
        raise EvdslError([*world.problems, *problems])


def _program(world: World, blocks: list[BlockValue], assembly: Assembly) -> Program:
    leader, followers = blocks[0], blocks[1:]
    switch_off(assembly)
    keeper = 1 + sum(block.frame.size for block in followers)
    for pairs in assembly.written:
        assembly.hand_over(pairs.columns, keeper)
    column_owner, width = assembly.column_owner(), assembly.width
    goal = objective_of(world, leader)
    cost, constant = _costs(goal, width)
    joint = assembly.linear(
        cost.toarray()[0], float(constant[0]), _sense(leader), _products(goal, -1)
    )
    described: list[Follower] = []
    follower_cost = np.zeros(width)
    foreign: list[sparse.csr_array[np.float64]] = []
    products = Products.none()
    for block in followers:
        objective = objective_of(world, block)
        costs, constants = _costs(objective, width)
        own = _own_costs(costs, block, column_owner)
        described += _described(block, constants)
        follower_cost += np.asarray(own.sum(axis=0))
        foreign.append(sparse.csr_array(costs - own))
        products = products.plus(_products(objective, block.first_owner))
    if assembly.written:
        kept = [_kept(pairs, keeper) for pairs in assembly.written]
        described.append(Follower("", "complements"))
        for columns, cost_of_pairs, terms in kept:
            follower_cost[columns] += cost_of_pairs
            products = products.plus(terms)
        foreign.append(sparse.csr_array((1, width)))
    foreign_cost = sparse.csr_array(
        sparse.vstack(foreign, "csr") if foreign else sparse.csr_array((0, width))
    )
    refuse_unusable(joint, [joint.cost, follower_cost, abs(foreign_cost).sum(axis=0)], products)
    senses = np.array([joint.sense, *(f.sense for f in described), 0])
    goals = {block.name: block.declaration.objectives[0].value.span for block in followers}
    refuse_not_convex(joint.columns, column_owner, products, senses, goals)
    own_cost = np.where(column_owner == 0, joint.cost, follower_cost)
    assembly.check_convexity(joint, senses[column_owner] * own_cost)
    dual_lower, dual_upper, dual_stated = assembly.stated()
    return Program(
        joint,
        column_owner,
        assembly.row_owner(),
        tuple(described),
        follower_cost,
        foreign_cost,
        assembly.limit_columns(),
        dual_lower,
        dual_upper,
        dual_stated,
        world.model.name or "model",
        products,
        assembly.read(),
    )


def _sense(block: BlockValue) -> int:
    return 1 if block.declaration.objectives[0].sense == "minimize" else -1


def _described(block: BlockValue, constants: Floats) -> list[Follower]:
    objective, span = block.declaration.objectives[0], block.declaration.span
    return [
        Follower(block.name, label, _sense(block), value, objective.name, span)
        for label, value in zip(block.labels(), constants.tolist(), strict=True)
    ]


def _kept(pairs: Written, keeper: int) -> tuple[Ints, Floats, Products]:
    """Written pairs as what a follower does: it pays the slack for each unit of a column that is
    not negative, and so leaves at 0 what has a slack."""
    columns = np.arange(pairs.columns.start, pairs.columns.stop)
    row, other, coef = pairs.slack.entries()
    cost = np.broadcast_to(np.asarray(pairs.slack.constant, np.float64), len(columns))
    return columns, cost, Products.of(np.full(len(row), keeper), columns[row], other, coef)


def _costs(objective: Form, width: int) -> tuple[sparse.csr_array[np.float64], Floats]:
    rows, cols, coefs = objective.entries()
    matrix = matrix_of(rows, cols, coefs, (objective.size, width))
    return matrix, np.broadcast_to(np.asarray(objective.constant, np.float64), objective.size)


def _products(objective: Form, first: int) -> Products:
    """The products of an objective of one block, whose first element's is called `first`."""
    rows, one, other, coefs = objective.product_entries()
    return Products.of(rows + first, one, other, coefs)


def _own_costs(
    costs: sparse.csr_array[np.float64], block: BlockValue, owner: Ints
) -> sparse.csr_array[np.float64]:
    """The costs of each element's own columns."""
    part = costs.tocoo()
    row, column = part.coords
    own = owner[column] == block.first_owner + row
    return matrix_of(row[own], column[own], part.data[own], costs.shape)


def _baselines(world: World, program: Program) -> dict[str, Floats]:
    leader = world.model.leader
    assert leader is not None
    block = world.blocks[leader.name]
    evaluator = Evaluator(Scope(world))
    found = {}
    for baseline in world.model.baselines:
        values = np.full(program.joint.shape[1], np.nan)
        for assign in baseline.assigns:
            located = block.variables[assign.name]
            family = located.family
            frame = Frame()
            positions = np.arange(family.size)
            if assign.binders is not None:
                frame, _ = evaluator.expander.expand(Frame(), assign.binders)
                positions = located.locator.find([e.codes for e in frame.bound.values()])
            elif assign.key is not None:
                codes = [
                    evaluator.as_codes(
                        k if isinstance(k, str) else float(k), dim, Frame(), assign.value
                    )
                    for k, dim in zip(assign.key, family.keys.dims, strict=True)
                ]
                positions = located.locator.find(codes)
            inside = positions >= 0
            numbers = evaluator.numbers(assign.value, frame)
            if len(numbers) == 1:
                values[family.start + positions[inside]] = numbers[0]
            else:
                values[family.start + positions[inside]] = numbers[inside]
        _refuse_incomplete(baseline, values, program)
        found[baseline.name] = values
    return found


def _refuse_incomplete(baseline: ir.Baseline, values: Floats, program: Program) -> None:
    families = [f for f in program.joint.columns if f.role == "user"]
    for family in families:
        if program.column_owner[family.start : family.stop].any():
            continue
        missing = np.flatnonzero(np.isnan(values[family.slice]))
        if len(missing):
            label = family.label(family.start + int(missing[0]))
            raise EvdslError(
                [
                    Diagnostic(
                        "E0423",
                        f"baseline `{baseline.name}` gives `{label}` no value",
                        baseline.span,
                        help="a baseline is a complete decision of the leader",
                    )
                ]
            )
