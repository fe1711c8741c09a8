"""Grounds a block: its variables, limits, constraints and objective, family by family."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evdsl.ir import model as ir
from evdsl.ir.expr import Binders, Compare, Expr
from evdsl.program.assembly import Assembly, Extreme, Written
from evdsl.program.convert import fail
from evdsl.program.evaluate import Evaluator
from evdsl.program.form import Form, Term
from evdsl.program.frame import Frame
from evdsl.program.keys import Codes, Keys
from evdsl.program.linear import Family, Floats, Ints
from evdsl.program.locate import Locator
from evdsl.program.program import Multipliers

if TYPE_CHECKING:
    from evdsl.program.world import World


@dataclass(frozen=True, eq=False)
class Point:
    """Values of all columns of a problem, with the multipliers of its rows and limits.

    `lower` and `upper` hold the multiplier of each column's limits, whether the limit is a number
    or a row. `earlier` holds what the reports were at the baselines.
    """

    x: Floats
    row: Floats
    lower: Floats
    upper: Floats


def point_of(assembly: Assembly, x: Floats, multipliers: Multipliers) -> Point:
    """A point whose limits' multipliers include those of limits that are rows."""
    lower, upper = multipliers.lower.copy(), multipliers.upper.copy()
    for rows in assembly.rows:
        if rows.family.role == "limit":
            side = lower if rows.family.name.endswith(".lower") else upper
            np.add.at(side, rows.limit_column, multipliers.row[rows.family.slice])
    return Point(x, multipliers.row, lower, upper)


@dataclass(frozen=True, eq=False)
class Located:
    """A family with the way from index elements to its members."""

    family: Family
    locator: Locator


@dataclass(eq=False)
class BlockValue:
    """A block while it is grounded: `frame` has one row for each of its elements."""

    declaration: ir.Block
    frame: Frame
    assembly: Assembly
    variables: dict[str, Located] = field(default_factory=dict)
    rows: dict[str, list[Located]] = field(default_factory=dict)
    readings: dict[str, Located] = field(default_factory=dict)
    point: Point | None = None
    grounded: bool = False
    _objective: Form | None = None

    @property
    def name(self) -> str:
        return self.declaration.name

    @cached_property
    def locator(self) -> Locator:
        return Locator(self.frame.keys())

    @property
    def first_owner(self) -> int:
        assert self.frame.owner is not None
        return int(self.frame.owner[0]) if self.frame.size else 0

    def labels(self) -> list[str]:
        keys = self.frame.keys()
        return [self.name + keys.label(i) for i in range(self.frame.size)]


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
            _owner(rows),
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
        _ground_limits(evaluator, block, variable)
    for constraint in block.declaration.constraints:
        _ground_constraint(evaluator, block, constraint)


def objective_of(world: World, block: BlockValue) -> Form:
    """The block's objective, one row for each of its elements."""
    from evdsl.program.scope import Scope

    if block._objective is None:
        objective = block.declaration.objectives[0]
        block._objective = Evaluator(Scope(world, block)).form(objective.value, block.frame)
    return block._objective


def _ground_limits(evaluator: Evaluator, block: BlockValue, variable: ir.Var) -> None:
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
        fail("E0418", f"the limits of `{variable.name}` cross{at}: "
             f"{lower[row]:g} is more than {upper[row]:g}", bounds)  # fmt: skip
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
    body = Form(frame.size, 0.0, _own_column(located.family)).plus(value.times(-1.0)).take(kept)
    zero, infinite = np.zeros(len(kept)), np.full(len(kept), np.inf)
    family = block.assembly.add_rows(
        block.name,
        f"{variable.name}.{side}",
        located.family.keys.take(kept),
        body,
        zero if side == "lower" else -infinite,
        zero if side == "upper" else infinite,
        _owner(frame)[kept],
        role="limit",
        bind=located.family.bind,
        span=bound.span or variable.span,
        limit_column=columns,
    )
    block.rows[family.name] = [Located(family, Locator(family.keys))]
    numbers[kept] = open_end
    return numbers


def _own_column(family: Family) -> tuple[Term, ...]:
    return (Term(None, np.arange(family.start, family.stop), 1.0),)


def _ground_constraint(evaluator: Evaluator, block: BlockValue, constraint: ir.Constraint) -> None:
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
            block.name, name, frame.keys(), body, *limits, _owner(frame),
            bind=bind, span=constraint.span, dual=dual,
        )  # fmt: skip
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
        block.name, name, frame.keys(), _owner(frame), role="auxiliary", bind=bind,
        span=constraint.span,
    )  # fmt: skip
    block.assembly.limit(columns, np.zeros(frame.size), np.full(frame.size, np.inf))
    stands = Form(frame.size, 0.0, _own_column(columns))
    second = _slack([evaluator.form(operand, frame) for operand in other.operands], other.ops[0])
    block.assembly.add_rows(
        block.name, name, frame.keys(), stands.plus(second.times(-1.0)),
        np.array(0.0), np.array(0.0), _owner(frame), role="auxiliary", bind=bind,
        span=constraint.span,
    )  # fmt: skip
    block.assembly.written.append(Written(columns, _slack(sides, constraint.ops[0])))


def _slack(sides: list[Form], op: str) -> Form:
    """How far `A <= B` or `A >= B` is from being tight."""
    small, large = sides if op == "<=" else sides[::-1]
    return large.plus(small.times(-1.0))


_SIDES = {"<=": (-np.inf, 0.0), ">=": (0.0, np.inf), "==": (0.0, 0.0)}
_TURNED = {"<=": ">=", ">=": "<=", "==": "=="}


def _refuse_infinite(body: Form, constraint: ir.Constraint) -> None:
    coefs = np.concatenate([body.entries()[2], body.product_entries()[3]])
    if not np.isfinite(coefs).all():
        fail("E0416", f"a coefficient of `{constraint.name}` is not finite", constraint)


def bind_names(outer: Binders | None, inner: Binders | None) -> tuple[str, ...]:
    """The names of a family's indices, the block's first: what its tables' columns are called."""
    names: list[str] = []
    for binders in (outer, inner):
        for binder in binders.items if binders else ():
            new = [name for name in binder.names if name not in names]
            names.extend(new if binder.names else [getattr(binder.set, "name", "index")])
    return tuple(names)


def _owner(frame: Frame) -> Ints:
    assert frame.owner is not None
    return frame.owner


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
    column = assembly.add_columns(
        block.name, name, _extreme_keys(frame), _owner(frame), role="auxiliary", span=node.span,
        bind=tuple(frame.bound),
    )  # fmt: skip
    stands = Form(child.size, 0.0, (Term(None, column.start + parent, 1.0),))
    curvature = -1 if function == "min" else 1
    signs = (1.0, -1.0) if function == "abs" else (1.0,)
    low, high = (0.0, np.inf) if curvature > 0 else (-np.inf, 0.0)
    first = assembly.height
    for k, (part, sign) in enumerate((part, sign) for part in parts for sign in signs):
        assembly.add_rows(
            block.name, f"{name}.{k + 1}", _extreme_keys(child), stands.plus(part.times(-sign)),
            np.array(low), np.array(high), _owner(frame)[parent], role="auxiliary",
            span=node.span, bind=tuple(child.bound),
        )  # fmt: skip
    defining = slice(first, assembly.height)
    assembly.extremes.append(Extreme(column.slice, curvature, node, defining))
    return Form(frame.size, 0.0, (Term(None, np.arange(column.start, column.stop), 1.0),))


def add_stand_in(block: BlockValue, form: Form, frame: Frame, node: Expr) -> Form:
    """A column that stands for a long sum, with the row that says so."""
    assembly = block.assembly
    name = f"sum{1 + len([f for f in assembly.columns if f.role == 'auxiliary'])}"
    column = assembly.add_columns(
        block.name, name, _extreme_keys(frame), _owner(frame), role="auxiliary", span=node.span,
        bind=tuple(frame.bound),
    )  # fmt: skip
    stands = Form(frame.size, 0.0, (Term(None, np.arange(column.start, column.stop), 1.0),))
    assembly.add_rows(
        block.name, f"{name}.1", _extreme_keys(frame), stands.plus(form.times(-1.0)),
        np.array(0.0), np.array(0.0), _owner(frame), role="auxiliary",
        span=node.span, bind=tuple(frame.bound),
    )  # fmt: skip
    return stands


def _extreme_keys(frame: Frame) -> Keys:
    return frame.keys()
