"""The way back: from a Pyomo model that someone has solved to the columns of a single level.

All goes by names, so a clone of the model that `to_pyomo` has made is read as well.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from evdsl.backends.pyomo.model import PyomoModel, keys_of
from evdsl.backends.pyomo.names import Path, names_of
from evdsl.program.linear import Bools, Family, Floats, Ints, Linear
from evdsl.program.mip import Mip
from evdsl.source.diagnostic import Diagnostic, EvdslError


def attach(model: Any, mip: Mip) -> PyomoModel:
    """Where the columns and rows of a Mip are on a model that `to_pyomo` made of it.

    Raises EvdslError (E0539) where variables are missing.
    """
    names = names_of(mip)
    columns: list[Any] = []
    for family, path in zip(mip.linear.columns, names.columns, strict=True):
        variables = _members(model, path)
        if len(variables) != family.size:
            raise EvdslError([_missing(family, path)])
        columns.extend(variables.values())
    rows: list[Any] = []
    for family, path in zip(mip.linear.rows, names.rows, strict=True):
        constraints = _members(model, path)
        rows.extend(constraints.get(key) for key in keys_of(family.keys))
    pairs = [pair for path in names.pairs for pair in _members(model, path).values()]
    return PyomoModel(model, columns, rows, pairs, model.component(names.objective))


def values_of(built: PyomoModel, mip: Mip) -> Floats:
    """The values of a Pyomo model in the order of the Mip's columns (n,).

    Raises EvdslError (E0539) where a variable has no value; one that stands in no row and no
    objective, so that no solver gives it a value, gets the (whole) one nearest to 0.
    """
    values = [column.value for column in built.columns]
    point = np.array([math.nan if value is None else value for value in values], float)
    idle = _idle(mip) & np.isnan(point)
    near = np.clip(0.0, mip.linear.lower, mip.linear.upper)
    whole = np.where(near > 0, np.ceil(near), np.floor(near))
    point[idle] = np.where(mip.linear.integer, whole, near)[idle]
    wanting = np.flatnonzero(np.isnan(point))
    if len(wanting):
        raise EvdslError([_without_value(mip.linear, wanting)])
    return point


def from_pyomo(model: Any, mip: Mip) -> Floats:
    """The values of a solved model of `to_pyomo` in the order of the Mip's columns (n,).

    Raises EvdslError (E0539) where variables are missing or have no value.
    """
    return values_of(attach(model, mip), mip)


def _members(model: Any, path: Path) -> dict[Any, Any]:
    block, member = path
    home = model.component(block) if block else model
    component = home.component(member) if home is not None else None
    return {} if component is None else dict(component.items())


def _idle(mip: Mip) -> Bools:
    """(n,): columns in no row, objective or SOS1 set; solvers never see them."""
    linear = mip.linear
    idle: Bools = linear.cost == 0
    idle[linear.A.indices] = False
    idle[[*linear.products.first, *linear.products.second]] = False
    idle[mip.sos1] = False
    return idle


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
