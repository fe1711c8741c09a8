"""The data of a model: tables, sets, mappings and parameters, each computed when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from evdsl.data.table import Column, TableData, TableSource, load_table
from evdsl.ir import model as ir
from evdsl.ir.expr import At, Expr, MapLiteral, Member, Name, Text
from evdsl.program.assembly import Assembly
from evdsl.program.blocks import BlockValue, ground_block, objective_of, open_block, point_of
from evdsl.program.evaluate import Evaluator, Value, fail
from evdsl.program.frame import Element, Frame, SetValue
from evdsl.program.keys import Codes, Elements, Keys
from evdsl.program.locate import Locator
from evdsl.program.references import solve_reference
from evdsl.program.sets import SetBuilder
from evdsl.source.diagnostic import DataPlace, Diagnostic, EvdslError
from evdsl.source.suggest import closest


T = TypeVar("T")


class Failed(EvdslError):
    """Something that this depends on has failed and has been reported already."""

    def __init__(self) -> None:
        super().__init__(())


@dataclass(frozen=True, eq=False)
class ParamValue:
    """A parameter's values (size,) by key."""

    locator: Locator
    values: NDArray[np.float64]

    @property
    def keys(self) -> Keys:
        return self.locator.keys


@dataclass(frozen=True, eq=False)
class MappingValue:
    """A function from the keys' tuples to codes (size,) in the target set."""

    locator: Locator
    target: Elements
    codes: Codes


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
    ) -> None:
        self.model = model
        self.base = base
        self.warnings: list[Diagnostic] = []
        self.problems: list[Diagnostic] = []
        self.blocks: dict[str, BlockValue] = {}
        self.declared = {d.name: d for d in model.declarations if not isinstance(d, ir.Check)}
        self._tables, self._params = tables, params
        self._cache: dict[tuple[str, str], Any] = {}
        self._sets = SetBuilder(self)
        self._check_overrides()

    def _check_overrides(self) -> None:
        problems = []
        scalars = [d.name for d in self._of(ir.Param) if d.binders is None]
        for name in self._params:
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
                self.problems.extend(replace(d, place=d.place or place) for d in error.diagnostics)
        value = self._cache[key]
        if value is Failed:
            raise Failed
        return value  # type: ignore[no-any-return]

    # ---- declarations by name ----------------------------------------------------------------
    def table(self, name: str) -> TableData:
        declaration = self.declared[name]
        assert isinstance(declaration, ir.Table)
        override = self._tables.get(name)
        return self._once("table", name, lambda: load_table(declaration, self.base, override))

    def set(self, name: str) -> SetValue:
        return self._once("set", name, lambda: self._sets.named(name))

    def set_value(self, expression: Expr, frame: Frame | None = None) -> SetValue:
        return self._sets.value(expression, frame or Frame())

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
        return self._once("mapping", name, lambda: self._make_mapping(declaration))

    def param(self, name: str) -> ParamValue:
        declaration = self.declared[name]
        assert isinstance(declaration, ir.Param)
        return self._once("param", name, lambda: self._make_param(declaration))

    # ---- mappings ----------------------------------------------------------------------------
    def _make_mapping(self, declaration: ir.Mapping) -> MappingValue:
        frame, _ = self.evaluator().expander.expand(Frame(), declaration.binders)
        value = self._mapping_value(declaration, frame)
        locator = Locator(frame.keys())
        if self.implied_sets.get(declaration.target) is declaration:
            target = self._sets.from_values(declaration.target, value, frame, declaration)
        else:
            target = self.set(declaration.target).dims[0]
        try:
            codes = self.evaluator().as_codes(value, target, frame, declaration.value)
        except EvdslError as error:
            first = error.diagnostics[0]
            message = f"mapping `{declaration.name}`: {first.message}"
            raise EvdslError([replace(first, code="E0412", message=message)]) from error
        off = np.flatnonzero(codes < 0)
        if len(off):
            fail("E0410", f"mapping `{declaration.name}` steps off the end of `{target.name}` "
                 f"at {frame.label(int(off[0]))}", declaration.value)  # fmt: skip
        return MappingValue(locator, target, np.array(codes))

    def _mapping_value(self, declaration: ir.Mapping, frame: Frame) -> Value:
        column = bare_column(declaration.value, self)
        if column is None:
            return self.evaluator().value(declaration.value, frame)
        table, name = column
        rows = self._rows_of(table, frame, declaration)
        missing = np.flatnonzero(rows < 0)
        if len(missing):
            self._missing(table, name, frame, missing, declaration)
        return column_values(table, name)[rows]

    # ---- parameters --------------------------------------------------------------------------
    def _make_param(self, declaration: ir.Param) -> ParamValue:
        frame, _ = self.evaluator().expander.expand(Frame(), declaration.binders)
        values, places = self._param_values(declaration, frame)
        missing = np.flatnonzero(np.isnan(values))
        if len(missing) and declaration.default is not None:
            values[missing] = self.evaluator().numbers(declaration.default, frame.take(missing))
            missing = np.flatnonzero(np.isnan(values))
        if len(missing):
            self._no_value(declaration, frame, missing, places)
        self._check_range(declaration, frame, values, places)
        return ParamValue(Locator(frame.keys()), values)

    def _param_values(
        self, declaration: ir.Param, frame: Frame
    ) -> tuple[NDArray[np.float64], Callable[[int], DataPlace | None]]:
        """The values (size,), nan where there is none, and where in the data a value stands."""
        given = self._params.get(declaration.name)
        if given is not None:
            return np.array([_as_number(declaration.name, given)]), lambda _: None
        value = declaration.value
        if value is None:
            if declaration.default is not None:
                return np.full(frame.size, np.nan), lambda _: None
            fail("E0409", f"parameter `{declaration.name}` has no value", declaration,
                 f"give it one: `--set {declaration.name}=...`, or `params={{...}}` in Python")  # fmt: skip
        if isinstance(value, MapLiteral):
            return self._from_literal(value, frame, declaration), lambda _: None
        column = bare_column(value, self)
        if column is None:
            return np.array(self.evaluator(partial=True).numbers(value, frame)), lambda _: None
        table, name = column
        rows = self._rows_of(table, frame, declaration)
        self._count_outside(table, rows, declaration)
        values = np.where(rows < 0, np.nan, table.numbers(name)[np.maximum(rows, 0)])
        return values, lambda i: table.place(int(rows[i]) if rows[i] >= 0 else None)

    def _from_literal(
        self, literal: MapLiteral, frame: Frame, declaration: ir.Param
    ) -> NDArray[np.float64]:
        values = np.full(frame.size, np.nan)
        element = next(iter(frame.bound.values()), None)
        if element is None or len(frame.bound) != 1:
            fail("E0423", f"`{declaration.name}` needs one index to take its values from a map", literal)
        evaluator = self.evaluator()
        for key, number in literal.items:
            code = evaluator.as_codes(key if isinstance(key, str) else float(key), element.dim, Frame(), literal)
            values[element.codes == code[0]] = evaluator.numbers(number, Frame())[0]
        return values

    def _no_value(
        self,
        declaration: ir.Param,
        frame: Frame,
        missing: Codes,
        places: Callable[[int], DataPlace | None],
    ) -> None:
        first = [frame.label(int(row)) for row in missing[:3]]
        shown = "; ".join(first) + ("; ..." if len(missing) > 3 else "")
        at = f": {shown}" if shown else ""
        raise EvdslError([
            Diagnostic(
                "E0404",
                f"`{declaration.name}` has no value for {len(missing)} of {frame.size} keys{at}",
                declaration.span,
                help="add the rows, or write `default 0` on the declaration",
                data=places(int(missing[0])),
            )
        ])

    def _missing(
        self, table: TableData, column: str, frame: Frame, missing: Codes, declaration: ir.Mapping
    ) -> None:
        raise EvdslError([
            Diagnostic(
                "E0404",
                f"`{column}` has no row for {len(missing)} of {frame.size} keys: "
                f"{frame.label(int(missing[0]))}",
                declaration.span,
                data=table.place(),
            )
        ])

    def _check_range(
        self,
        declaration: ir.Param,
        frame: Frame,
        values: NDArray[np.float64],
        places: Callable[[int], DataPlace | None],
    ) -> None:
        if declaration.range is None:
            return
        evaluator = self.evaluator()
        lower = evaluator.numbers(declaration.range.lower, Frame())[0]
        upper = evaluator.numbers(declaration.range.upper, Frame())[0]
        outside = np.flatnonzero((values < lower) | (values > upper))
        if len(outside):
            row = int(outside[0])
            at = f" at {frame.label(row)}" if frame.bound else ""
            more = f" (and {len(outside) - 1} more)" if len(outside) > 1 else ""
            raise EvdslError([
                Diagnostic(
                    "E0406",
                    f"`{declaration.name}` is {values[row]:g}{at}, outside [{lower:g}, {upper:g}]{more}",
                    declaration.span,
                    data=places(row),
                )
            ])

    # ---- table columns by key ----------------------------------------------------------------
    def table_locator(self, name: str) -> tuple[Locator, TableData]:
        """Finds the row of a key; raises E0403 where the same key stands twice."""
        return self._once("table", f"{name}'s keys", lambda: self._make_table_locator(name))

    def _make_table_locator(self, name: str) -> tuple[Locator, TableData]:
        table = self.table(name)
        dims, codes = [], []
        for column in table.declaration.index:
            dim, code = distinct(f"{name}.{column}", table.keys(column), table.declaration.timezone)
            dims.append(dim)
            codes.append(code)
        locator = Locator(Keys(tuple(dims), tuple(codes), table.rows))
        twice = locator.duplicates()
        if twice is not None:
            first, again = twice
            label = locator.keys.label(again)
            raise EvdslError([
                Diagnostic(
                    "E0403",
                    f"table `{name}` has the key {label} twice",
                    table.declaration.span,
                    notes=(f"it stands on the lines {table.place(first).line} and {table.place(again).line}",),
                    data=table.place(again),
                )
            ])
        return locator, table

    def _rows_of(self, table: TableData, frame: Frame, declaration: ir.Param | ir.Mapping) -> Codes:
        """The table's row for each row of the frame, by the names of the columns; -1 for none."""
        locator, _ = self.table_locator(table.declaration.name)
        elements = match_columns(table, frame, declaration)
        codes = [
            translate(element, dim) for element, dim in zip(elements, locator.keys.dims, strict=True)
        ]
        for element, dim in zip(elements, locator.keys.dims, strict=True):
            if element.dim.kind != dim.kind and len(dim):
                fail("E0411", f"the keys of `{element.dim.name}` are {_kind(element.dim)} and those of "
                     f"`{dim.name}` are {_kind(dim)}", declaration)  # fmt: skip
        return locator.find(codes) if table.rows else np.full(frame.size, -1)

    def _count_outside(self, table: TableData, rows: Codes, declaration: ir.Param) -> None:
        used = np.zeros(table.rows, bool)
        used[rows[rows >= 0]] = True
        outside = int(np.count_nonzero(~used))
        if outside and not any(w.code == "W0401" and w.span == table.declaration.span for w in self.warnings):
            self.warnings.append(
                Diagnostic(
                    "W0401",
                    f"{outside} of {table.rows} rows of table `{table.declaration.name}` lie outside "
                    f"the sets of `{declaration.name}` and are not used",
                    table.declaration.span,
                    data=table.place(int(np.flatnonzero(~used)[0])),
                    severity="warning",
                )
            )

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
        rows, columns, coefs = objective_of(self, block).entries()
        sense = 1 if declaration.objectives[0].sense == "minimize" else -1
        cost = np.bincount(columns, coefs, minlength=assembly.width)
        linear = assembly.linear(cost, 0.0, sense)
        owner = assembly.column_owner()
        assembly.check_convexity(linear, [(cost, sense, int(k)) for k in np.unique(owner)])
        labels = block.labels()
        answer = solve_reference(linear, owner, assembly.row_owner(), labels, declaration.span)
        if answer.ambiguous:
            self._warn_ambiguous(declaration, [labels[k] for k in answer.ambiguous], len(labels))
        block.point = point_of(assembly, answer.x, answer.multipliers)
        return block

    def _warn_ambiguous(self, declaration: ir.Reference, names: list[str], count: int) -> None:
        shown = f"`{names[0]}`" + (f" and {len(names) - 1} more of {count}" if len(names) > 1 else "")
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
                self._once("check", str(i + 1), lambda check=check: self._verify(check))  # type: ignore[misc]
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


def bare_column(value: Expr, world: World) -> tuple[TableData, str] | None:
    """The table and column of `fleet.x` or `fleet["x y"]` without an index."""
    match value:
        case Member(base=Name(name=table), name=column):
            pass
        case At(base=Name(name=table), index=(Text(value=column),), otherwise=None):
            pass
        case _:
            return None
    if not isinstance(world.declared.get(table), ir.Table):
        return None
    return world.table(table), column


def column_values(table: TableData, column: str) -> NDArray[Any]:
    """A column as an expression sees it: numbers if every cell is one or empty, else texts."""
    try:
        return table.numbers(column)
    except EvdslError as error:
        if error.diagnostics[0].code != "E0405":
            raise
        return table.texts(column)


def distinct(name: str, column: Column, timezone: str | None) -> tuple[Elements, Codes]:
    """A column's different keys in their order of appearance, and each row's code among them."""
    order: dict[Any, int] = {}
    codes = np.fromiter(
        (order.setdefault(value, len(order)) for value in column.values.tolist()),
        np.int64,
        len(column.values),
    )
    _, first = np.unique(codes, return_index=True)
    kind: Any = column.kind
    values = column.values[first]
    short = name.split(".")[-1]
    return Elements(name, kind, values, column=short, timezone=timezone, aware=column.aware), codes


def translate(element: Element, dim: Elements) -> Codes:
    """The codes of an element's values in another set of the same kind, -1 where it has none."""
    if element.dim is dim:
        return element.codes
    if element.dim.kind != dim.kind or element.dim.aware != dim.aware:
        return np.full(len(element.codes), -1, np.int64)
    codes = dim.codes(element.dim.values)
    return np.where(element.codes < 0, -1, codes[np.maximum(element.codes, 0)])


def match_columns(
    table: TableData, frame: Frame, declaration: ir.Param | ir.Mapping
) -> list[Element]:
    """The frame's indices in the order of the table's index columns.

    An index goes with the column that its set comes from. One index that comes from no column may
    take the one column that is left.
    """
    elements = list(frame.bound.values())
    columns = table.declaration.index
    by_column = {e.dim.column: e for e in elements if e.dim.column in columns}
    left = [e for e in elements if e.dim.column not in columns]
    missing = [c for c in columns if c not in by_column]
    if len(missing) == 1 and len(left) == 1 and left[0].dim.column is None:
        by_column[missing[0]] = left[0]
        missing = left = []
    if missing or left or len(elements) != len(columns):
        sets = ", ".join(e.dim.name for e in elements)
        fail(
            "E0422",
            f"`{declaration.name}[{sets}]` cannot be matched with table "
            f"`{table.declaration.name}`, which is indexed by {', '.join(columns)}",
            declaration.value,
            f"write the index out: `{table.declaration.name}.COLUMN[{', '.join(frame.bound)}]`",
        )
    return [by_column[column] for column in columns]


def _unknown(message: str, name: str, known: list[str]) -> Diagnostic:
    near = closest(name, known)
    listed = ", ".join(f"`{k}`" for k in known)
    return Diagnostic(
        "E0408",
        message,
        help=f"did you mean `{near}`?" if near else f"there is {listed}" if known else None,
    )


def _as_number(name: str, given: float | str) -> float:
    try:
        return float(given)
    except (TypeError, ValueError):
        raise EvdslError([
            Diagnostic("E0405", f"`{given}` is not a number: `{name}` cannot take it")
        ]) from None


def _kind(dim: Elements) -> str:
    if dim.kind == "time":
        return "time stamps with an offset" if dim.aware else "time stamps without an offset"
    return {"whole": "whole numbers", "text": "texts"}[dim.kind]
