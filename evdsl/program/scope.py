"""What names, members and subscripts stand for, seen from a place in the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from evdsl.ir import model as ir
from evdsl.ir.expr import At, Expr, Member, Text
from evdsl.program.block import BlockValue, Located, Point
from evdsl.program.blocks import ground_block, objective_of
from evdsl.program.convert import Value, fail
from evdsl.program.evaluate import Evaluator
from evdsl.program.form import Form, Term
from evdsl.program.frame import Element, Frame, SetValue
from evdsl.program.keys import Codes, Elements
from evdsl.program.locate import Locator
from evdsl.program.lookup import Use, peel
from evdsl.program.readings import read_limits, read_rows
from evdsl.program.stand_ins import add_extreme, add_stand_in
from evdsl.program.tables import bare_column, column_values, translate, used_at
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
        if block is None or not any(block.has_member(name) for name in names):
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
        parts: list[Form],
        rows: tuple[Frame, Codes],
        frame: Frame,
        node: Expr,
    ) -> Form:
        if self.block is None or frame.owner is None:
            fail("E0423", f"`{function}` of decision variables stands outside a block", node)
        if any(part.products for part in parts):
            fail("E0423", f"`{function}` of products of decision variables", node)
        return add_extreme(self.block, function, parts, rows, frame, node)

    def stand_in(self, form: Form, frame: Frame, node: Expr) -> Form:
        if self.block is None or frame.owner is None:
            fail("E0423", "a product of decision variables stands outside a block", node)
        return add_stand_in(self.block, form, frame, node)

    def path(self, expression: Expr, evaluator: Evaluator, frame: Frame) -> Value:
        """The value of a name with the members and subscripts behind it."""
        base, steps = peel(expression)
        name, use = base.name, Use(expression, steps, evaluator, frame)
        inside = self._block_of(name)
        if inside is not None:
            codes = [frame.bound[index].codes for index in inside.frame.bound]
            return self._member(inside, codes, name, use)
        if name in self.world.blocks:
            return self._block(self.world.blocks[name], use)
        declaration = self.world.declared.get(name)
        match declaration:
            case ir.Param():
                return self._param(name, use)
            case ir.Table():
                return self._column(name, use)
            case ir.Definition():
                return self._definition(declaration, None, (), use)
            case ir.Report():
                return self._report(self.reports, name, use)
            case ir.Baseline() if use.member is not None:
                return self._report((self.earlier or {}).get(name), use.member, use.behind(1))
            case ir.Reference():
                return self._block(self.world.reference(name), use)
            case _:
                fail("E0423", f"`{name}` has no value here", expression)

    def _block_of(self, name: str) -> BlockValue | None:
        """The block whose member is visible under this bare name."""
        if self.block is not None and self.block.has_member(name):
            return self.block
        leader = self.world.model.leader
        if leader is not None and leader.name in self.world.blocks:
            value = self.world.blocks[leader.name]
            return value if value.has_member(name) else None
        return None

    # ---- members of blocks -------------------------------------------------------------------
    def _block(self, block: BlockValue, use: Use) -> Value:
        index: tuple[Expr, ...] = ()
        if use.at is not None:
            index, use = use.at.index, use.behind(1)
        if use.member is None:
            fail("E0423", f"`{block.name}` is a block: name a member of it", use.node)
        codes = [
            use.evaluator.element(item, use.frame, dim)
            for item, dim in zip(index, block.locator.keys.dims, strict=True)
        ]
        scope = replace(self, point=block.point) if block.point is not None else self
        return scope._member(block, codes, use.member, use.behind(1))

    def _member(self, block: BlockValue, prefix: Sequence[Codes], name: str, use: Use) -> Value:
        """A member of the block's element that `prefix` names by its codes."""
        if name in block.variables:
            return self._variable(block, name, prefix, use)
        if any(constraint.name == name for constraint in block.declaration.constraints):
            return self._row_dual(block, prefix, name, use)
        for definition in block.declaration.definitions:
            if definition.name == name:
                return self._definition(definition, block, prefix, use)
        return self._objective(block, prefix, use)

    def _variable(self, block: BlockValue, name: str, prefix: Sequence[Codes], use: Use) -> Value:
        located = block.variables[name]
        names = [step.name for step in use.steps if isinstance(step, Member)]
        if names:
            if len(names) != 2 or names[0] not in ("lower", "upper") or names[1] != "dual":
                message = "a multiplier is `x[t].lower.dual` or `x[t].upper.dual`"
                fail("E0423", message, use.node)
            return self._limit_dual(block, name, names[0], prefix, use)
        return self._columns(located, prefix, use)

    def _columns(self, located: Located, prefix: Sequence[Codes], use: Use) -> Value:
        start, point = located.family.start, self.point

        def columns(positions: Codes, rows: Frame) -> Value:
            if point is not None:
                return point.x[start + positions]
            return Form(rows.size, 0.0, (Term(None, start + positions, 1.0),))

        return use.find(located.locator, prefix, columns)

    def _limit_dual(
        self, block: BlockValue, name: str, side: str, prefix: Sequence[Codes], use: Use
    ) -> Value:
        if self.point is None:
            ground_block(self.world, block)
            return self._columns(read_limits(block, name, side), prefix, use)
        located = block.variables[name]
        dual = self.point.lower if side == "lower" else self.point.upper
        return use.find(located.locator, prefix, lambda at, _: dual[located.family.start + at])

    def _row_dual(self, block: BlockValue, prefix: Sequence[Codes], name: str, use: Use) -> Value:
        if self.point is None:
            ground_block(self.world, block)
            return self._columns(read_rows(block, name), prefix, use)
        row, families = self.point.row, block.rows[name]

        def total(positions: Codes, rows: Frame) -> Value:
            return sum((row[f.family.start + positions] for f in families), np.zeros(rows.size))

        return use.find(families[0].locator, prefix, total)

    def _objective(self, block: BlockValue, prefix: Sequence[Codes], use: Use) -> Value:
        if self.point is None:
            whole = objective_of(self.world, block)
            return use.find(block.locator, prefix, lambda at, _: whole.take(at))
        inner = Evaluator(replace(self, block=block))
        values = inner.numbers(block.declaration.objectives[0].value, block.frame)
        return use.find(block.locator, prefix, lambda at, _: values[at])

    # ---- data --------------------------------------------------------------------------------
    def _param(self, name: str, use: Use) -> Value:
        param = self.world.param(name)
        if not param.keys.dims:
            return float(param.values[0])
        return use.find(param.locator, (), lambda at, _: param.values[at])

    def _column(self, name: str, use: Use) -> Value:
        locator, table = self.world.table_locator(name)
        quoted = use.at.index[0] if use.at is not None else None
        column = quoted.value if isinstance(quoted, Text) else use.member
        if column is None:
            fail("E0423", f"`{name}` is a table: name a column of it", use.node)
        at = use.behind(1).at
        if at is None:
            fail("E0206", f"`{name}.{column}` needs its index here", use.node)
        with used_at(use.node):
            values = column_values(table, column)
        pairs = zip(at.index, locator.keys.dims, strict=True)
        rows = locator.find([self._key(index, dim, use) for index, dim in pairs])
        nothing = "" if values.dtype == object else np.nan
        found = np.append(values, nothing)[rows]
        missing = rows < 0 if values.dtype == object else np.isnan(found)
        if missing.any() and at.otherwise is not None:
            good, bad = np.flatnonzero(~missing), np.flatnonzero(missing)
            other = use.evaluator.value(at.otherwise, use.frame.take(bad))
            sides = [(found[good], good, use.node), (other, bad, at.otherwise)]
            return use.evaluator.merge(sides, use.frame)
        if missing.any() and not (self.partial and values.dtype != object):
            label = use.frame.label(int(np.flatnonzero(missing)[0]))
            fail("E0404", f"`{name}.{column}` has no value at {label}", use.node)
        return found

    def explain_text(self, expression: Expr) -> None:
        """Raises E0405, with the cell and its line, if a column that holds texts is no number."""
        if isinstance(expression, At):
            column = bare_column(expression.base, self.world)
            if column is not None:
                with used_at(expression):
                    column[0].numbers(column[1])

    def _key(self, index: Expr, dim: Elements, use: Use) -> Codes:
        """The codes (size,) of an index in a table's column, -1 where the table has no such key."""
        value = use.evaluator.value(index, use.frame)
        if isinstance(value, Element):
            return translate(value, dim)
        return np.broadcast_to(use.evaluator.as_codes(value, dim, use.frame, index), use.frame.size)

    def _definition(
        self,
        definition: ir.Definition,
        block: BlockValue | None,
        prefix: Sequence[Codes],
        use: Use,
    ) -> Value:
        """An expression by its name: evaluated with its indices bound to what stands in `[]`."""
        inner = Evaluator(replace(self, block=block or self.block), use.evaluator.strict)
        outer = block.frame if block is not None else Frame()
        header, _ = inner.expander.expand(outer, definition.binders)

        def value(positions: Codes, rows: Frame) -> Value:
            bound = {name: element.take(positions) for name, element in header.bound.items()}
            return inner.value(definition.value, Frame(rows.size, bound, rows.owner))

        return use.find(Locator(header.keys()), prefix, value)

    def _report(self, known: Mapping[str, FamilyValues] | None, name: str, use: Use) -> Value:
        if known is None or name not in known:
            message = f"`{name}` compares with baselines, so it has no value at a baseline"
            fail("E0423", message, use.node)
        report = known[name]
        return use.find(Locator(report.keys), (), lambda at, _: report.values[at])
