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

from evdsl.backends.pyomo.names import Names, Path, names_of
from evdsl.program.keys import Key, Keys
from evdsl.program.linear import Bools, Linear, Products
from evdsl.program.mip import Mip
from evdsl.program.program import Program


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
    (`m.T`) hold their elements in order; the objective is `m.objective`. names.py says which names
    get a `_` at their end.

    With big-M the bounds of multipliers keep every optimal answer of the followers, not every
    multiplier: rows on multipliers are right only where the pairs are SOS1 sets.
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
    expression += _products(linear.products.of_objective, columns)
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
    of_rows = linear.products.of_rows
    with_products = set(of_rows.row.tolist())
    for family, path in zip(linear.rows, names.rows, strict=True):
        constraint = pyo.Constraint(*_index(model, names, family.keys))
        _place(model, path, constraint)
        for row, key in zip(range(family.start, family.stop), keys_of(family.keys), strict=True):
            if silent[row]:
                rows.append(None)
                continue
            of_row = slice(starts[row], starts[row + 1])
            body = LinearExpression(
                linear_coefs=factors[of_row], linear_vars=[columns[j] for j in entries[of_row]]
            )
            if row in with_products:
                body += _products(of_rows.where(of_rows.row == row), columns)
            rows.append(constraint.add(key, _relation(lower[row], body, upper[row])))
    return rows


def _products(terms: Products, columns: list[Any]) -> Any:
    factors = zip(terms.coef.tolist(), terms.first.tolist(), terms.second.tolist(), strict=True)
    return pyo.quicksum(coef * columns[one] * columns[other] for coef, one, other in factors)


def _says_nothing(linear: Linear) -> Bools:
    """(m,) bool: rows without a limit, and rows without an entry whose limits 0 keeps."""
    free = np.isneginf(linear.row_lower) & np.isposinf(linear.row_upper)
    empty: Bools = np.diff(linear.A.indptr) == 0
    empty[linear.products.of_rows.row] = False
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
        keys = keys_of(family.keys.take(own[:, 1] - family.start))
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
    return [keys_of(keys)]


def _all_combinations(keys: Keys) -> bool:
    shape = tuple(len(dim) for dim in keys.dims)
    if keys.size != math.prod(shape):
        return False
    grids = np.unravel_index(np.arange(keys.size), shape)
    return all(np.array_equal(code, grid) for code, grid in zip(keys.codes, grids, strict=True))


def keys_of(keys: Keys) -> Sequence[Any]:
    """The keys as Pyomo writes them: None for a scalar, bare where there is one dimension."""
    if not keys.dims:
        return [None] * keys.size
    labels = keys.labels()
    return [label[0] for label in labels] if len(keys.dims) == 1 else labels


def _place(model: Any, path: Path, component: Any) -> None:
    block, member = path
    home = model.component(block) if block else model
    home.add_component(member, component)
