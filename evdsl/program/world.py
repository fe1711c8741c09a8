"""The data of a model: sets, mappings, parameters, each computed when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np

from evdsl.data.table import TableData, TableSource, load_table
from evdsl.ir import model as ir
from evdsl.ir.expr import Expr
from evdsl.program.assembly import Assembly
from evdsl.program.block import BlockValue, point_of
from evdsl.program.blocks import ground_block, objective_of, open_block
from evdsl.program.convert import fail
from evdsl.program.curvature import refuse_not_convex
from evdsl.program.evaluate import Evaluator
from evdsl.program.frame import Frame, SetValue
from evdsl.program.linear import Products
from evdsl.program.locate import Locator
from evdsl.program.magnitude import refuse_unusable
from evdsl.program.mappings import MappingValue, make_mapping
from evdsl.program.params import ParamValue, make_param
from evdsl.program.references import solve_reference
from evdsl.program.sets import SetBuilder
from evdsl.program.tables import make_table_locator
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.suggest import closest
from evdsl.workers.workers import Workers

T = TypeVar("T")
Tell: TypeAlias = Callable[[str, str], None]
"""Takes what is being done, and which part of it."""


class Failed(EvdslError):
    """Something that this depends on has failed and has been reported already."""

    def __init__(self) -> None:
        super().__init__(())


class World:
    """What the names of a model stand for once the data is there.

    Values are computed on demand, so declarations may come in any order; one that fails is
    reported once, and what depends on it is passed over in silence.
    """

    def __init__(
        self,
        model: ir.Model,
        base: Path,
        tables: Mapping[str, TableSource],
        params: Mapping[str, float | str],
        tell: Tell = lambda what, detail: None,
        workers: Workers | None = None,
    ) -> None:
        self.model = model
        self.tell = tell
        self.workers = workers
        self.base = base
        self.warnings: list[Diagnostic] = []
        self.problems: list[Diagnostic] = []
        self.blocks: dict[str, BlockValue] = {}
        self.declared = {d.name: d for d in model.declarations if not isinstance(d, ir.Check)}
        self.given = params
        self._tables = tables
        self._cache: dict[tuple[str, str], Any] = {}
        self.sets = SetBuilder(self)
        self._check_overrides()

    def _check_overrides(self) -> None:
        problems = []
        scalars = [d.name for d in self._of(ir.Param) if d.binders is None]
        for name in self.given:
            if name not in scalars:
                what = "is no scalar parameter" if name in self.declared else "does not exist"
                problems.append(_unknown(f"`{name}` cannot be set: it {what}", name, scalars))
        tables = [d.name for d in self._of(ir.Table)]
        for name in self._tables:
            if name not in tables:
                problems.append(_unknown(f"there is no table `{name}` to replace", name, tables))
        if problems:
            raise EvdslError(problems)

    def _of(self, kind: type[T]) -> list[T]:
        return [d for d in self.model.declarations if isinstance(d, kind)]

    def _once(self, kind: str, name: str, make: Callable[[], T]) -> T:
        """The value of a declaration, made at most once; a failure is reported at most once."""
        key = (kind, name)
        if key not in self._cache:
            try:
                self._cache[key] = make()
            except EvdslError as error:
                self._cache[key] = Failed
                place = f"{kind} {name}"
                found = [replace(d, place=d.place or place) for d in error.diagnostics]
                self.problems.extend(d for d in found if not self._known(d))
        value: T | type[Failed] = self._cache[key]
        if value is Failed:
            raise Failed
        return cast(T, value)

    def _known(self, found: Diagnostic) -> bool:
        """Whether the same fault of a table was met before, through another declaration."""
        return any(
            (d.code, d.message, d.data) == (found.code, found.message, found.data)
            for d in self.problems
            if d.data is not None
        )

    # ---- declarations by name ----------------------------------------------------------------
    def table(self, name: str) -> TableData:
        declaration = self.declared[name]
        assert isinstance(declaration, ir.Table)
        override = self._tables.get(name)
        return self._once("table", name, lambda: load_table(declaration, self.base, override))

    def set(self, name: str) -> SetValue:
        return self._once("set", name, lambda: self.sets.named(name))

    def set_value(self, expression: Expr, frame: Frame | None = None) -> SetValue:
        return self.sets.value(expression, frame or Frame())

    def is_set(self, name: str) -> bool:
        return isinstance(self.declared.get(name), ir.Set) or name in self.implied_sets

    @property
    def implied_sets(self) -> dict[str, ir.Mapping]:
        """Sets that the first mapping which names them makes."""
        made: dict[str, ir.Mapping] = {}
        for mapping in self._of(ir.Mapping):
            if mapping.target not in self.declared:
                made.setdefault(mapping.target, mapping)
        return made

    def mapping(self, name: str) -> MappingValue:
        declaration = self.declared[name]
        assert isinstance(declaration, ir.Mapping)
        return self._once("mapping", name, lambda: make_mapping(self, declaration))

    def param(self, name: str) -> ParamValue:
        declaration = self.declared[name]
        assert isinstance(declaration, ir.Param)
        return self._once("param", name, lambda: make_param(self, declaration))

    def table_locator(self, name: str) -> tuple[Locator, TableData]:
        """Finds the row of a key; raises E0403 where the same key stands twice."""
        return self._once("table", f"{name}'s keys", lambda: make_table_locator(self, name))

    def evaluator(self, partial: bool = False) -> Evaluator:
        """Evaluates over data alone; `partial` gives nan for rows and cells that are missing."""
        from evdsl.program.scope import Scope

        return Evaluator(Scope(self, partial=partial))

    # ---- references --------------------------------------------------------------------------
    def reference(self, name: str) -> BlockValue:
        """A reference block with its optimum; see `program.references` for what can go wrong."""
        declaration = self.declared[name]
        assert isinstance(declaration, ir.Reference)
        return self._once("reference", name, lambda: self._solve_reference(declaration))

    def _solve_reference(self, declaration: ir.Reference) -> BlockValue:
        assembly = Assembly()
        block = open_block(self, declaration, assembly, 1)
        ground_block(self, block)
        objective = objective_of(self, block)
        _, columns, coefs = objective.entries()
        sense = 1 if declaration.objectives[0].sense == "minimize" else -1
        cost = np.bincount(columns, coefs, minlength=assembly.width).astype(np.float64)
        element, one, other, coef = objective.product_entries()
        products = Products.of(element + 1, one, other, coef)
        whole = replace(products, row=np.full(len(products), -1))
        linear = assembly.linear(cost, 0.0, sense, whole)
        refuse_unusable(linear, [cost])
        assembly.check_convexity(linear, sense * cost)
        labels, owner = block.labels(), assembly.column_owner()
        senses = np.full(len(labels) + 1, sense)
        goal = {declaration.name: declaration.objectives[0].value.span}
        refuse_not_convex(linear.columns, owner, products, senses, goal)
        what = f"solving the reference `{declaration.name}`"
        answer = solve_reference(
            linear,
            owner,
            assembly.row_owner(),
            labels,
            declaration.span,
            lambda k: self.tell(what, f"{k} of {len(labels)}" if len(labels) > 1 else ""),
            self.workers,
        )
        if answer.ambiguous:
            self._warn_ambiguous(declaration, [labels[k] for k in answer.ambiguous], len(labels))
        block.point = point_of(assembly, answer.x, answer.multipliers)
        return block

    def _warn_ambiguous(self, declaration: ir.Reference, names: list[str], count: int) -> None:
        shown = f"`{names[0]}`" + (
            f" and {len(names) - 1} more of {count}" if len(names) > 1 else ""
        )
        self.warnings.append(
            Diagnostic(
                "W0402",
                f"the optimum of {shown} is not unique: the model is compared with one of several",
                declaration.span,
                help="a small loss in storage or slightly different prices make it unique",
                severity="warning",
            )
        )

    # ---- everything, for its messages --------------------------------------------------------
    def load(self) -> None:
        """Computes every declaration of data and verifies the checks; collects all problems."""
        for declaration in self.model.declarations:
            try:
                match declaration:
                    case ir.Table(name=name):
                        self.table_locator(name)
                    case ir.Set(name=name):
                        self.set(name)
                    case ir.Mapping(name=name):
                        self.mapping(name)
                    case ir.Param(name=name):
                        self.param(name)
            except Failed:
                continue
        for i, check in enumerate(self._of(ir.Check)):
            try:
                self._once("check", str(i + 1), partial(self._verify, check))
            except Failed:
                continue

    def _verify(self, check: ir.Check) -> bool:
        frame, _ = self.evaluator().expander.expand(Frame(), check.binders)
        failed = np.flatnonzero(~self.evaluator().truths(check.condition, frame))
        if len(failed):
            at = f" at {frame.label(int(failed[0]))}" if frame.bound else ""
            more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
            said = f": {check.text}" if check.text else ""
            fail("E0407", f"a check fails{at}{more}{said}", check.condition)
        return True


def _unknown(message: str, name: str, known: list[str]) -> Diagnostic:
    near = closest(name, known)
    listed = ", ".join(f"`{k}`" for k in known)
    return Diagnostic(
        "E0408",
        message,
        help=f"did you mean `{near}`?" if near else f"there is {listed}" if known else None,
    )
