"""One canonical form of a single level, from our arrays and from Pyomo's standard form.

Ranges are split into two rows, rows that say nothing and columns that stand nowhere are dropped,
and everything goes by name, not by order. Pyomo's own compiler makes its side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.repn import generate_standard_repn
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from evdsl.backends.pyomo.names import names_of
from evdsl.program.linear import Family
from evdsl.program.mip import Mip

Name = tuple[str, Any]


@dataclass(frozen=True)
class Canonical:
    """Rows by (name, relation), columns by name with their limits, pairs as sets of two names."""

    sense: int
    constant: float
    cost: dict[Name, float]
    columns: dict[Name, tuple[float, float, bool]]
    rows: dict[tuple[Name, str], tuple[frozenset[tuple[Name, float]], float]]
    pairs: frozenset[frozenset[Name]]
    squares: dict[frozenset[Name], float]


def of_mip(mip: Mip) -> Canonical:
    linear, names = mip.linear, names_of(mip)
    columns = _names(linear.columns, names.columns)
    rows = {}
    A = linear.A.copy()
    A.eliminate_zeros()
    for i, name in enumerate(_names(linear.rows, names.rows)):
        entries = slice(A.indptr[i], A.indptr[i + 1])
        body = frozenset(
            (columns[j], float(a)) for j, a in zip(A.indices[entries], A.data[entries], strict=True)
        )
        lower, upper = float(linear.row_lower[i]), float(linear.row_upper[i])
        if not body and lower <= 0 <= upper:
            continue
        if lower == upper:
            rows[name, "=="] = (body, upper)
            continue
        if upper < np.inf:
            rows[name, "<="] = (body, upper)
        if lower > -np.inf:
            rows[name, ">="] = (body, lower)
    cost = {columns[j]: float(linear.cost[j]) for j in np.flatnonzero(linear.cost)}
    terms = linear.products.of_objective
    squares = {
        frozenset((columns[one], columns[other])): float(coef)
        for one, other, coef in zip(terms.first, terms.second, terms.coef, strict=True)
    }
    used = set(cost).union(*squares) | {column for body, _ in rows.values() for column, _ in body}
    return Canonical(
        sense=linear.sense,
        constant=linear.constant,
        cost=cost,
        columns={
            name: (float(lower), float(upper), bool(whole))
            for name, lower, upper, whole in zip(
                columns, linear.lower, linear.upper, linear.integer, strict=True
            )
            if name in used
        },
        rows=rows,
        pairs=frozenset(frozenset(columns[j] for j in pair) for pair in mip.sos1),
        squares=squares,
    )


def of_pyomo(model: Any) -> Canonical:
    """SOS1 sets and squares are read apart: the compiler does not take them, so they are off
    meanwhile."""
    sets = list(model.component_data_objects(pyo.SOSConstraint, active=True))
    pairs = frozenset(frozenset(_name(v) for v in sos.variables) for sos in sets)
    for sos in sets:
        sos.deactivate()
    whole = next(model.component_data_objects(pyo.Objective, active=True))
    parts = generate_standard_repn(whole.expr)
    linear = sum(a * v for a, v in zip(parts.linear_coefs, parts.linear_vars, strict=True))
    idle = [v for product in parts.quadratic_vars for v in product]
    whole.deactivate()
    model.linear_ = pyo.Objective(expr=linear + parts.constant, sense=whole.sense)
    form = LinearStandardFormCompiler().write(model, mixed_form=True, set_sense=None)
    model.del_component("linear_")
    for component in (whole, *sets):
        component.activate()
    columns = [_name(variable) for variable in form.columns]
    A = form.A.tocsr()
    relations = {0: "==", 1: "<=", -1: ">="}
    rows = {}
    for i, (row, right) in enumerate(zip(form.rows, form.rhs, strict=True)):
        entries = slice(A.indptr[i], A.indptr[i + 1])
        body = frozenset(
            (columns[j], float(a)) for j, a in zip(A.indices[entries], A.data[entries], strict=True)
        )
        rows[_name(row.constraint), relations[row.bound_type]] = (body, float(right))
    squares = {
        frozenset(map(_name, product)): float(coef)
        for coef, product in zip(parts.quadratic_coefs, parts.quadratic_vars, strict=True)
    }
    cost = form.c.toarray()[0]
    return Canonical(
        sense=1 if whole.sense == pyo.minimize else -1,
        constant=float(form.c_offset[0]),
        cost={columns[j]: float(cost[j]) for j in np.flatnonzero(cost)},
        columns={_name(v): (*_limits(v), v.is_integer()) for v in [*form.columns, *idle]},
        rows=rows,
        pairs=pairs,
        squares=squares,
    )


def _names(families: tuple[Family, ...], paths: tuple[tuple[str, str], ...]) -> list[Name]:
    names: list[Name] = []
    for family, path in zip(families, paths, strict=True):
        whole = ".".join(part for part in path if part)
        for label in family.keys.labels():
            key = None if not label else label[0] if len(label) == 1 else label
            names.append((whole, key))
    return names


def _name(component: Any) -> Name:
    return component.parent_component().name, component.index()


def _limits(variable: Any) -> tuple[float, float]:
    lower = -np.inf if variable.lb is None else float(variable.lb)
    upper = np.inf if variable.ub is None else float(variable.ub)
    return lower, upper
