"""What names, members and subscripts stand for, seen from a place in the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from evdsl.ir import model as ir
from evdsl.ir.expr import At, Expr, Member, Text
from evdsl.program.affine import Affine, Term
from evdsl.program.blocks import BlockValue, Point, add_extreme, objective_of
from evdsl.program.convert import Value, fail
from evdsl.program.evaluate import Evaluator
from evdsl.program.frame import Element, Frame, SetValue
from evdsl.program.keys import Codes, Elements
from evdsl.program.locate import Locator
from evdsl.program.lookup import lookup, peel, subscript
from evdsl.program.tables import column_values, translate, used_at
from evdsl.program.values import FamilyValues

if TYPE_CHECKING:
    from evdsl.program.world import World


@dataclass(frozen=True, eq=False)
class Scope:
    """The names visible at a place. `point` turns decision variables into numbers (reports).

    `block` is the block we are in; `partial` gives nan where a table has no row or an empty cell;
    `reports` are those of this point that are known already, `earlier` those at the baselines.
    """

    world: World
    block: BlockValue | None = None
    point: Point | None = None
    partial: bool = False
    reports: Mapping[str, FamilyValues] | None = None
    earlier: Mapping[str, Mapping[str, FamilyValues]] | None = None

    # ---- Access ------------------------------------------------------------------------------
    def set_value(self, expression: Expr, frame: Frame) -> SetValue:
        return self.world.set_value(expression, frame)

    def implied(self, names: set[str]) -> set[str]:
        block = self.block
        if block is None or not any(_has_member(block, name) for name in names):
            return set()
        return set(block.frame.bound)

    def has_mapping(self, name: str) -> bool:
        return isinstance(self.world.declared.get(name), ir.Mapping)

    def mapping(
        self, name: str
    ) -> tuple[Callable[[list[Codes]], Codes], tuple[Elements, ...], Elements]:
        mapping = self.world.mapping(name)

        def find(codes: list[Codes]) -> Codes:
            at = mapping.locator.find(codes)
            return np.where(at < 0, -1, mapping.codes[at])

        return find, mapping.locator.keys.dims, mapping.target

    def extreme(
        self,
        function: str,
        parts: list[Affine],
        rows: tuple[Frame, Codes],
        frame: Frame,
        node: Expr,
    ) -> Affine:
        if self.block is None or frame.owner is None:
            fail("E0423", f"`{function}` of decision variables stands outside a block", node)
        return add_extreme(self.block, function, parts, rows, frame, node)

    def path(self, expression: Expr, evaluator: Evaluator, frame: Frame) -> Value:
        """The value of a name with the members and subscripts behind it."""
        base, steps = peel(expression)
        name = base.name
        inside = self._block_of(name)
        if inside is not None:
            return self._member(inside, name, base, steps, evaluator, frame)
        if name in self.world.blocks:
            return self._block(self.world.blocks[name], expression, steps, evaluator, frame)
        declaration = self.world.declared.get(name)
        match declaration:
            case ir.Param():
                return self._param(name, expression, steps, evaluator, frame)
            case ir.Table():
                return self._column(name, expression, steps, evaluator, frame)
            case ir.Definition():
                return self._definition(
                    declaration, None, None, steps, expression, evaluator, frame
                )
            case ir.Report():
                return self._report(self.reports, name, expression, steps, evaluator, frame)
            case ir.Baseline() if steps and isinstance(steps[0], Member):
                known = (self.earlier or {}).get(name)
                return self._report(known, steps[0].name, expression, steps[1:], evaluator, frame)
            case ir.Reference():
                block = self.world.reference(name)
                return self._block(block, expression, steps, evaluator, frame)
            case _:
                fail("E0423", f"`{name}` has no value here", expression)

    def _block_of(self, name: str) -> BlockValue | None:
        """The block whose member is visible under this bare name."""
        if self.block is not None and _has_member(self.block, name):
            return self.block
        leader = self.world.model.leader
        if leader is not None and leader.name in self.world.blocks:
            value = self.world.blocks[leader.name]
            return value if _has_member(value, name) else None
        return None

    # ---- members of blocks -------------------------------------------------------------------
    def _block(
        self, block: BlockValue, node: Expr, steps: list[Expr], evaluator: Evaluator, frame: Frame
    ) -> Value:
        prefix: tuple[Expr, ...] = ()
        if steps and isinstance(steps[0], At):
            prefix, steps = steps[0].index, steps[1:]
        if not steps or not isinstance(steps[0], Member):
            fail("E0423", f"`{block.name}` is a block: name a member of it", node)
        codes = [
            evaluator.element(index, frame, dim)
            for index, dim in zip(prefix, block.locator.keys.dims, strict=True)
        ]
        scope = replace(self, point=block.point) if block.point is not None else self
        return scope._of(block, codes, steps[0].name, node, steps[1:], evaluator, frame)

    def _member(
        self,
        block: BlockValue,
        name: str,
        node: Expr,
        steps: list[Expr],
        evaluator: Evaluator,
        frame: Frame,
    ) -> Value:
        names = block.frame.bound
        codes = [frame.bound[bound].codes for bound in names]
        return self._of(block, codes, name, node, steps, evaluator, frame)

    def _of(
        self,
        block: BlockValue,
        prefix: list[Codes],
        name: str,
        node: Expr,
        steps: list[Expr],
        evaluator: Evaluator,
        frame: Frame,
    ) -> Value:
        at, steps = subscript(steps)
        if name in block.variables:
            located = block.variables[name]
            start, point = located.family.start, self.point
            if steps:
                return self._limit_dual(
                    block, prefix, located.locator, start, at, steps, node, evaluator, frame
                )

            def columns(positions: Codes, rows: Frame) -> Value:
                if point is not None:
                    return point.x[start + positions]
                return Affine(rows.size, 0.0, (Term(None, start + positions, 1.0),))

            return lookup(located.locator, prefix, at, node, columns, evaluator, frame)
        if name in block.rows:
            return self._row_dual(block, name, prefix, at, node, evaluator, frame)
        for definition in block.declaration.definitions:
            if definition.name == name:
                steps = [at] if at else []
                return self._definition(definition, block, prefix, steps, node, evaluator, frame)
        return self._objective(block, prefix, node, evaluator, frame)

    def _objective(
        self, block: BlockValue, prefix: list[Codes], node: Expr, evaluator: Evaluator, frame: Frame
    ) -> Value:
        if self.point is None:
            whole = objective_of(self.world, block)
        else:
            inner = Evaluator(replace(self, block=block))
            value = inner.numbers(block.declaration.objectives[0].value, block.frame)
            return lookup(
                block.locator, prefix, None, node, lambda at, _: value[at], evaluator, frame
            )
        return lookup(
            block.locator, prefix, None, node, lambda at, _: whole.take(at), evaluator, frame
        )

    def _limit_dual(
        self,
        block: BlockValue,
        prefix: list[Codes],
        locator: Locator,
        start: int,
        at: At | None,
        steps: list[Expr],
        node: Expr,
        evaluator: Evaluator,
        frame: Frame,
    ) -> Value:
        names = [step.name for step in steps if isinstance(step, Member)]
        if self.point is None or len(names) != 2 or names[1] != "dual":
            fail(
                "E0423",
                "a multiplier is `x[t].lower.dual` or `x[t].upper.dual`, on a solution",
                node,
            )
        values = self.point.lower if names[0] == "lower" else self.point.upper
        return lookup(locator, prefix, at, node, lambda p, _: values[start + p], evaluator, frame)

    def _row_dual(
        self,
        block: BlockValue,
        name: str,
        prefix: list[Codes],
        at: At | None,
        node: Expr,
        evaluator: Evaluator,
        frame: Frame,
    ) -> Value:
        if self.point is None:
            fail("E0423", f"the multiplier of `{name}` is known on a solution only", node)
        row, families = self.point.row, block.rows[name]

        def total(positions: Codes, rows: Frame) -> Value:
            return sum((row[f.family.start + positions] for f in families), np.zeros(rows.size))

        return lookup(families[0].locator, prefix, at, node, total, evaluator, frame)

    # ---- data --------------------------------------------------------------------------------
    def _param(
        self, name: str, node: Expr, steps: list[Expr], evaluator: Evaluator, frame: Frame
    ) -> Value:
        param = self.world.param(name)
        at, _ = subscript(steps)
        if not param.keys.dims:
            return float(param.values[0])
        return lookup(param.locator, [], at, node, lambda p, _: param.values[p], evaluator, frame)

    def _column(
        self, name: str, node: Expr, steps: list[Expr], evaluator: Evaluator, frame: Frame
    ) -> Value:

        locator, table = self.world.table_locator(name)
        first = steps[0]
        if isinstance(first, At) and isinstance(first.index[0], Text):
            column = first.index[0].value
        elif isinstance(first, Member):
            column = first.name
        else:
            fail("E0423", f"`{name}` is a table: name a column of it", node)
        at, _ = subscript(steps[1:])
        if at is None:
            fail("E0206", f"`{name}.{column}` needs its index here", node)
        with used_at(node):
            values = column_values(table, column)
        codes = []
        for index, dim in zip(at.index, locator.keys.dims, strict=True):
            value = evaluator.value(index, frame)
            codes.append(
                translate(value, dim)
                if isinstance(value, Element)
                else np.broadcast_to(evaluator.as_codes(value, dim, frame, index), frame.size)
            )
        rows = locator.find(codes)
        if values.dtype == object:
            missing = rows < 0
            found = values[np.maximum(rows, 0)]
        else:
            found = np.where(rows < 0, np.nan, values[np.maximum(rows, 0)])
            missing = np.isnan(found)
        if missing.any() and at.otherwise is not None:
            good, bad = np.flatnonzero(~missing), np.flatnonzero(missing)
            other = evaluator.value(at.otherwise, frame.take(bad))
            return evaluator.merge([(found[good], good, node), (other, bad, at.otherwise)], frame)
        if missing.any() and not (self.partial and values.dtype != object):
            row = int(np.flatnonzero(missing)[0])
            fail("E0404", f"`{name}.{column}` has no value at {frame.label(row)}", node)
        return found

    def _definition(
        self,
        definition: ir.Definition,
        block: BlockValue | None,
        prefix: list[Codes] | None,
        steps: list[Expr],
        node: Expr,
        evaluator: Evaluator,
        frame: Frame,
    ) -> Value:
        """An expression by its name: evaluated with its indices bound to what stands in `[]`."""
        scope = replace(self, block=block or self.block)
        inner = Evaluator(scope, evaluator.strict)
        outer = block.frame if block is not None else Frame()
        header, _ = inner.expander.expand(outer, definition.binders)
        names, elements = list(header.bound), list(header.bound.values())
        at, _ = subscript(steps)

        def value(positions: Codes, rows: Frame) -> Value:
            bound = [element.take(positions) for element in elements]
            alone = Frame(rows.size, dict(zip(names, bound, strict=True)), rows.owner)
            return inner.value(definition.value, alone)

        return lookup(Locator(header.keys()), prefix or [], at, node, value, evaluator, frame)

    def _report(
        self,
        known: Mapping[str, FamilyValues] | None,
        name: str,
        node: Expr,
        steps: list[Expr],
        evaluator: Evaluator,
        frame: Frame,
    ) -> Value:
        if known is None or name not in known:
            message = f"`{name}` compares with baselines, so it has no value at a baseline"
            fail("E0423", message, node)
        report = known[name]
        at, _ = subscript(steps)
        locator = Locator(report.keys)
        return lookup(locator, [], at, node, lambda p, _: report.values[p], evaluator, frame)


def _has_member(block: BlockValue, name: str) -> bool:
    if name in block.variables or name in block.rows:
        return True
    return any(getattr(item, "name", None) == name for item in block.declaration.items)
