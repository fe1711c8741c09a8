"""What a user's function adds to the Pyomo model of a single level, and whether a point keeps it.

Rows that a user adds stand on the leader's level: among the followers' optima the leader picks
one that keeps them (the optimistic reading), as with the leader's rows of the model. They are
not part of the Program. So a point that has been polished, which may move along a follower's
optimal face, must be held against them again: `broken_by`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pyomo.environ as pyo
from pyomo.core.expr.visitor import identify_variables

from evdsl.backends.pyomo.model import PyomoModel
from evdsl.program.linear import Floats, Linear
from evdsl.program.program import Program
from evdsl.source.diagnostic import Diagnostic, EvdslError

_TOLERANCE = 1e-6


def extend_model(
    built: PyomoModel, linear: Linear, program: Program, extend: Callable[[Any], object]
) -> None:
    """Hand the Pyomo model to the user's function, and see that it only adds to it.

    Raises EvdslError (E0538) where the function changes or replaces the objective, takes away or
    rewrites rows, or limits columns that are not declared in the model (multipliers and what the
    encoding adds): what is proved of them holds for the problem as it is written.
    """
    before = [row is not None and row.expr for row in built.rows]
    objective = built.objective.expr, built.objective.sense
    extend(built.model)
    wrong = [
        *_objective_changed(built, objective),
        *_rows_changed(built, linear, before),
        *_generated_used(built, linear, program),
    ]
    if wrong:
        raise EvdslError(wrong)


def broken_by(built: PyomoModel, x: Floats) -> list[str]:
    """The names of what the user has added and a point breaks by more than 1e-6 of its limit.

    `x` (n,) are the values of all columns of the single level, or of as many of the first as the
    user's additions speak of; variables that the user has added keep the values that they have.
    """
    broken = [
        variable.name
        for variable, value in zip(built.columns, x.tolist(), strict=False)
        if not _within(variable.lb, value, variable.ub) or not _at_its_fixed_value(variable, value)
    ]
    with _holding(built.columns[: len(x)], x):
        broken += [row.name for row in _added_rows(built) if not _holds(row)]
        broken += [sos.name for sos in _added_sets(built) if not _at_most_its_level(sos)]
    return broken


def _objective_changed(built: PyomoModel, before: tuple[Any, Any]) -> list[Diagnostic]:
    active = list(built.model.component_data_objects(pyo.Objective, active=True))
    expression, sense = before
    alone = len(active) == 1 and active[0] is built.objective
    if alone and built.objective.expr is expression and built.objective.sense == sense:
        return []
    return [
        Diagnostic(
            "E0538",
            "the function given to `extend` changes the objective",
            help="change the leader's objective in the model, or solve what `to_pyomo` returns "
            "with Pyomo itself",
        )
    ]


def _rows_changed(built: PyomoModel, linear: Linear, before: list[Any]) -> list[Diagnostic]:
    kinds = (pyo.Constraint, pyo.SOSConstraint)
    active = {id(row) for row in built.model.component_data_objects(kinds, active=True)}
    changed = [
        f"`{linear.row_name(index)}`"
        for index, (row, expression) in enumerate(zip(built.rows, before, strict=True))
        if row is not None and (id(row) not in active or row.expr is not expression)
    ]
    changed += [f"`{pair.name}`" for pair in built.pairs if id(pair) not in active]
    if not changed:
        return []
    return [
        Diagnostic(
            "E0538",
            f"the function given to `extend` changes or takes away {changed[0]}",
            help="change it in the model; `extend` may only add to the problem",
        )
    ]


def _generated_used(built: PyomoModel, linear: Linear, program: Program) -> list[Diagnostic]:
    """Rows and limits of the user on columns that no model declares."""
    made = [
        j
        for family in linear.columns
        if family.stop > program.joint.shape[1] or family.role == "auxiliary"
        for j in range(family.start, family.stop)
    ]
    generated = {id(built.columns[j]): j for j in made}
    used = [j for j in generated.values() if _limits_changed(built.columns[j], linear, j)]
    for row in _added_rows(built):
        variables = identify_variables(row.body)
        used += [generated[id(variable)] for variable in variables if id(variable) in generated]
    if not used:
        return []
    return [
        Diagnostic(
            "E0538",
            f"the function given to `extend` limits `{linear.column_name(used[0])}`, "
            "which the reformulation has made",
            help="add rows on variables that the model declares; for rows on multipliers solve "
            '`to_pyomo(model, method="sos1")` with Pyomo itself',
        )
    ]


def _limits_changed(column: Any, linear: Linear, j: int) -> bool:
    lower = -math.inf if column.lb is None else column.lb
    upper = math.inf if column.ub is None else column.ub
    return bool(column.fixed or lower != linear.lower[j] or upper != linear.upper[j])


def _added_rows(built: PyomoModel) -> Iterator[Any]:
    own = {id(row) for row in built.rows}
    rows = built.model.component_data_objects(pyo.Constraint, active=True)
    return (row for row in rows if id(row) not in own)


def _added_sets(built: PyomoModel) -> Iterator[Any]:
    own = {id(pair) for pair in built.pairs}
    sets = built.model.component_data_objects(pyo.SOSConstraint, active=True)
    return (sos for sos in sets if id(sos) not in own)


@contextmanager
def _holding(variables: list[Any], values: Floats) -> Iterator[None]:
    before = [variable.value for variable in variables]
    try:
        for variable, value in zip(variables, values.tolist(), strict=True):
            variable.set_value(value, skip_validation=True)
        yield
    finally:
        for variable, value in zip(variables, before, strict=True):
            variable.set_value(value, skip_validation=True)


def _holds(row: Any) -> bool:
    body = pyo.value(row.body, exception=False)
    return body is not None and _within(row.lb, body, row.ub)


def _within(lower: float | None, value: float, upper: float | None) -> bool:
    above = lower is None or value >= lower - _TOLERANCE * max(1.0, abs(lower))
    below = upper is None or value <= upper + _TOLERANCE * max(1.0, abs(upper))
    return above and below


def _at_its_fixed_value(variable: Any, value: float) -> bool:
    return bool(not variable.fixed or _within(variable.value, value, variable.value))


def _at_most_its_level(sos: Any) -> bool:
    away = [abs(pyo.value(variable)) > _TOLERANCE for variable in sos.variables]
    return bool(sum(away) <= sos.level)
