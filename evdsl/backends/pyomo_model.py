"""A single level as a Pyomo model whose indexed components read like the .evm file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.common.gc_manager import PauseGC
from pyomo.core.expr.numeric_expr import LinearExpression

from evdsl.backends.pyomo_names import Names, Path, names_of
from evdsl.program.keys import Key, Keys
from evdsl.program.program import Bools, Family, Floats, Ints, Linear, Mip, Program
from evdsl.source.diagnostic import Diagnostic, EvdslError


@dataclass(frozen=True, eq=False)
class PyomoModel:
    """A Pyomo model and where the Mip's columns and rows are on it.

    `columns` holds the Pyomo variable of each column, `rows` the Pyomo constraint of each row,
    None where the row says nothing: it has no limit, or no entry and limits that 0 keeps. `pairs`
    holds the SOS1 sets.
    """

    model: Any
    columns: list[Any]
    rows: list[Any]
    pairs: list[Any]
    objective: Any


def to_pyomo(mip: Mip, program: Program) -> Any:
    """The Pyomo ConcreteModel of a single level, to look at, to extend and to solve at will.

    The leader and each follower block are Pyomo blocks: `m.aev.c["2019-12-02T00:00Z"]` is a
    variable, `m.aev.soc[...]` a constraint, `m.aev.soc_dual[...]` its multiplier. The sets
    (`m.T`) hold their elements in order; the objective is `m.objective`. `mangled` in
    `pyomo_names` says which names get a `_` at their end. `from_pyomo` is the way back.
    """
    return build(mip, program).model


def build(mip: Mip, program: Program) -> PyomoModel:
    """The Pyomo model of a single level, with its variables and constraints in the Mip's order."""
    linear, names = mip.linear, names_of(mip)
    with PauseGC():
        model = pyo.ConcreteModel(name=program.name)
        for elements, name in names.sets.items():
            model.add_component(name, pyo.Set(initialize=elements.labels))
        for name in names.blocks:
            model.add_component(name, pyo.Block())
        columns = _add_columns(model, names, linear)
        objective = _add_objective(model, names, linear, columns)
        rows = _add_rows(model, names, linear, columns)
        pairs = _add_pairs(model, names, mip, columns)
    return PyomoModel(model, columns, rows, pairs, objective)


def from_pyomo(model: Any, mip: Mip) -> Floats:
    """The values of a Pyomo model in the order of the Mip's columns (n,).

    Goes by names, so it also reads a clone of the model that `to_pyomo` has made. Raises
    EvdslError (E0539) where a variable is missing or has no value; one that stands in no row and
    no objective, so that no solver gives it a value, gets the one nearest to 0.
    """
    values: list[float] = []
    for family, path in zip(mip.linear.columns, names_of(mip).columns, strict=True):
        variables = _variables(model, path)
        if len(variables) != family.size:
            raise EvdslError([_missing(family, path)])
        values.extend(math.nan if v.value is None else float(v.value) for v in variables)
    point = np.array(values, float)
    idle = _idle(mip) & np.isnan(point)
    point[idle] = np.clip(0.0, mip.linear.lower[idle], mip.linear.upper[idle])
    wanting = np.flatnonzero(np.isnan(point))
    if len(wanting):
        raise EvdslError([_without_value(mip.linear, wanting)])
    return point


def _idle(mip: Mip) -> Bools:
    """(n,): columns in no row, objective or SOS1 set; solvers never see them."""
    linear = mip.linear
    idle: Bools = linear.cost == 0
    idle[linear.A.indices] = False
    idle[mip.sos1] = False
    return idle


def _add_columns(model: Any, names: Names, linear: Linear) -> list[Any]:
    columns: list[Any] = []
    for family, path in zip(linear.columns, names.columns, strict=True):
        variable = pyo.Var(*_index(model, names, family.keys))
        _place(model, path, variable)
        columns.extend(variable.values())
    limits = zip(linear.lower.tolist(), linear.upper.tolist(), linear.integer.tolist(), strict=True)
    for column, (lower, upper, whole) in zip(columns, limits, strict=True):
        if whole:
            column.domain = pyo.Binary if (lower, upper) == (0, 1) else pyo.Integers
        if lower > -math.inf:
            column.lower = lower
        if upper < math.inf:
            column.upper = upper
    return columns


def _add_objective(model: Any, names: Names, linear: Linear, columns: list[Any]) -> Any:
    priced = np.flatnonzero(linear.cost)
    expression = LinearExpression(
        constant=linear.constant,
        linear_coefs=linear.cost[priced].tolist(),
        linear_vars=[columns[j] for j in priced.tolist()],
    )
    sense = pyo.minimize if linear.sense == 1 else pyo.maximize
    objective = pyo.Objective(expr=expression, sense=sense)
    model.add_component(names.objective, objective)
    return objective


def _add_rows(model: Any, names: Names, linear: Linear, columns: list[Any]) -> list[Any]:
    rows: list[Any] = []
    starts, entries = linear.A.indptr.tolist(), linear.A.indices.tolist()
    factors = linear.A.data.tolist()
    lower, upper = linear.row_lower.tolist(), linear.row_upper.tolist()
    silent = _says_nothing(linear).tolist()
    for family, path in zip(linear.rows, names.rows, strict=True):
        constraint = pyo.Constraint(*_index(model, names, family.keys))
        _place(model, path, constraint)
        for row, key in zip(range(family.start, family.stop), _keys(family.keys), strict=True):
            if silent[row]:
                rows.append(None)
                continue
            of_row = slice(starts[row], starts[row + 1])
            body = LinearExpression(
                linear_coefs=factors[of_row], linear_vars=[columns[j] for j in entries[of_row]]
            )
            rows.append(constraint.add(key, _relation(lower[row], body, upper[row])))
    return rows


def _says_nothing(linear: Linear) -> Bools:
    """(m,) bool: rows without a limit, and rows without an entry whose limits 0 keeps."""
    free = np.isneginf(linear.row_lower) & np.isposinf(linear.row_upper)
    empty: Bools = np.diff(linear.A.indptr) == 0
    return free | (empty & (linear.row_lower <= 0) & (linear.row_upper >= 0))


def _relation(lower: float, body: Any, upper: float) -> tuple[Any, ...]:
    if lower == upper:
        return body, upper
    return (
        lower if lower > -math.inf else None,
        body,
        upper if upper < math.inf else None,
    )


def _add_pairs(model: Any, names: Names, mip: Mip, columns: list[Any]) -> list[Any]:
    """SOS1 sets, indexed as the family of their second column (a pair's multiplier).

    Where a column is the second one of several sets, the sets of its family are numbered.
    """
    pairs: list[Any] = []
    second = mip.sos1[:, 1]
    for family, path in zip(mip.linear.columns, names.pairs, strict=True):
        own = mip.sos1[(family.start <= second) & (second < family.stop)]
        if not len(own):
            continue
        keys = _keys(family.keys.take(own[:, 1] - family.start))
        if len(set(keys)) < len(own):
            keys = range(len(own))
        members = [([columns[first], columns[last]], [1, 2]) for first, last in own.tolist()]
        rule = _Members(dict(zip(keys, members, strict=True)))
        index = [] if None in keys else [keys]
        constraint = pyo.SOSConstraint(*index, rule=rule, sos=1)
        _place(model, path, constraint)
        pairs.extend(constraint.values())
    return pairs


@dataclass(frozen=True)
class _Members:
    """A rule that looks up the variables of a set and their weights."""

    of: dict[Any, tuple[list[Any], list[int]]]

    def __call__(self, block: Any, *key: Key) -> tuple[list[Any], list[int]]:
        return self.of[(key[0] if len(key) == 1 else key) if key else None]


def _index(model: Any, names: Names, keys: Keys) -> list[Any]:
    """The sets themselves where the keys are all their combinations, else the keys one by one."""
    if not keys.dims:
        return []
    if _all_combinations(keys):
        return [model.component(names.sets[dim]) for dim in keys.dims]
    return [_keys(keys)]


def _all_combinations(keys: Keys) -> bool:
    shape = tuple(len(dim) for dim in keys.dims)
    if keys.size != math.prod(shape):
        return False
    grids = np.unravel_index(np.arange(keys.size), shape)
    return all(np.array_equal(code, grid) for code, grid in zip(keys.codes, grids, strict=True))


def _keys(keys: Keys) -> Sequence[Any]:
    """The keys as Pyomo writes them: None for a scalar, bare where there is one dimension."""
    if not keys.dims:
        return [None] * keys.size
    labels = keys.labels()
    return [label[0] for label in labels] if len(keys.dims) == 1 else labels


def _place(model: Any, path: Path, component: Any) -> None:
    block, member = path
    home = model.component(block) if block else model
    home.add_component(member, component)


def _variables(model: Any, path: Path) -> list[Any]:
    block, member = path
    home = model.component(block) if block else model
    component = home.component(member) if home is not None else None
    return [] if component is None else list(component.values())


def _missing(family: Family, path: Path) -> Diagnostic:
    return Diagnostic(
        "E0539",
        f"the Pyomo model has not the variables `{'.'.join(filter(None, path))}` of this problem",
        help="hand back the model that `to_pyomo` made of the same model, data and method",
        place=f"variable {family.path}",
    )


def _without_value(linear: Linear, wanting: Ints) -> Diagnostic:
    others = f" and {len(wanting) - 1} more" if len(wanting) > 1 else ""
    return Diagnostic(
        "E0539",
        f"the Pyomo model holds no value for `{linear.column_name(int(wanting[0]))}`{others}",
        help="solve it with a Pyomo solver first, and load its solution",
    )
