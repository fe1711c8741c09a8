"""A stored solution as a point of a Program: values and multipliers by the names of the model."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from evdsl.program.keys import Key
from evdsl.program.linear import Family, Floats, Linear
from evdsl.program.lp import solve_lp
from evdsl.program.program import READ, Multipliers, Program, readings_at
from evdsl.solve.values import Json
from evdsl.source.diagnostic import Diagnostic, EvdslError

_ENDLESS = 1e20
"""What solvers take for infinite: no solution has a value beyond it."""
_MEND = "give the `solution.json` that `evdsl solve --out DIR` has written"


def read_solution(path: Path) -> dict[str, Any]:
    """The JSON of a solution. Raises EvdslError (E0616) where it is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise EvdslError([Diagnostic("E0616", f"`{path}` cannot be read: {reason}")]) from None
    except ValueError:
        raise EvdslError([Diagnostic("E0616", f"`{path}` is not JSON", help=_MEND)]) from None
    blocks = found if isinstance(found, dict) else {}
    leader, followers = blocks.get("leader"), blocks.get("followers", {})
    are_blocks = isinstance(leader, dict) and isinstance(followers, dict)
    if not are_blocks or not (leader or followers):
        message = f"`{path}` holds no values of a leader and its followers"
        raise EvdslError([Diagnostic("E0616", message, help=_MEND)])
    if not all(isinstance(block, dict) for block in followers.values()):
        message = f"the followers of `{path}` are not those of a solution"
        raise EvdslError([Diagnostic("E0616", message, help=_MEND)])
    return {**blocks, "followers": followers}


def point_of(
    program: Program, stored: Mapping[str, Json], leader: str
) -> tuple[Floats, Multipliers]:
    """All columns (n,) and the multipliers of a stored solution; `leader` is that block's name.

    What stands for `abs`, `min`, `max`, long sums and switched variables follows from the rest.
    Raises EvdslError (E0617) where families or elements are not those of the model.
    """
    blocks = {leader: stored["leader"], **stored["followers"]}
    joint = program.joint
    x = np.full(joint.shape[1], np.nan)
    for family in joint.columns:
        if family.role == "user":
            x[family.slice] = _values(family, blocks.get(family.block, {}), family.name)
    multipliers = _multipliers(program, blocks)
    read = program.column_owner == READ
    x[read] = readings_at(program, multipliers)[read]
    return _with_auxiliaries(joint, x), multipliers


def _multipliers(program: Program, blocks: Mapping[str, Json]) -> Multipliers:
    joint = program.joint
    m, n = joint.shape
    row, lower, upper = np.zeros(m), np.zeros(n), np.zeros(n)
    for family in joint.rows:
        if family.size and program.row_owner[family.start] > 0 and family.role != "limit":
            duals = blocks.get(family.block, {}).get("duals", {})
            row[family.slice] = _values(family, duals, family.name)
    for family in joint.columns:
        if family.role != "user" or not (program.column_owner[family.slice] > 0).all():
            continue
        duals = blocks.get(family.block, {}).get("duals", {})
        lower[family.slice] = _values(family, duals, f"{family.name}.lower")
        upper[family.slice] = _values(family, duals, f"{family.name}.upper")
    for family in joint.rows:
        if family.role == "limit":
            side = lower if family.name.endswith(".lower") else upper
            columns = program.limit_column[family.slice]
            row[family.slice], side[columns] = side[columns], 0.0
    return Multipliers(row, lower, upper)


def _with_auxiliaries(joint: Linear, x: Floats) -> Floats:
    """`x` with the columns that are nan at the values that their defining rows give them."""
    missing = np.isnan(x)
    if not missing.any():
        return x
    defining = np.zeros(joint.shape[0], np.bool_)
    for family in joint.rows:
        defining[family.slice] = family.role == "auxiliary"
    rows = np.flatnonzero(defining)
    above = np.isfinite(joint.row_lower[rows])
    part = joint.A[rows]
    lifted = np.zeros(joint.shape[1])
    entries = part.tocoo()
    pressed = missing[entries.coords[1]] & (entries.data > 0) & above[entries.coords[0]]
    np.add.at(lifted, entries.coords[1][pressed], 1.0)
    alone = Linear(
        columns=(),
        rows=(),
        A=part,
        row_lower=joint.row_lower[rows],
        row_upper=joint.row_upper[rows],
        lower=np.where(missing, joint.lower, x),
        upper=np.where(missing, joint.upper, x),
        integer=np.zeros(joint.shape[1], np.bool_),
        cost=np.where(missing, np.where(lifted > 0, 1.0, -1.0), 0.0),
    )
    found = solve_lp(alone, tolerance=1e-7)
    return np.where(missing, found.x, x) if found.status == "optimal" else np.nan_to_num(x)


def _values(family: Family, given: Any, name: str) -> Floats:
    if not isinstance(given, Mapping) or name not in given:
        message = f"the solution holds nothing for `{family.block}.{name}`"
        raise EvdslError([Diagnostic("E0617", message, help="was it written by another model?")])
    return family_values(family, f"{family.block}.{name}", given[name], "the solution")


def family_values(family: Family, name: str, given: Any, origin: str) -> Floats:
    """The values of a family as a solution's JSON holds them, in its order.

    Raises EvdslError: E0616 where they are none, E0617 where its elements are others.
    """
    labels = family.keys.labels()
    try:
        entries = (
            [((), given)]
            if not family.keys.dims
            else [(tuple(entry["index"]), entry["value"]) for entry in given]
        )
        known = {label: _held(value) for label, value in entries}
    except (TypeError, KeyError):
        message = f"the values of `{name}` in {origin} are not those of a solution"
        raise EvdslError([Diagnostic("E0616", message, help=_MEND)]) from None
    if set(known) != set(labels):
        raise EvdslError([_other_elements(name, labels, origin, known)])
    return np.array([known[label] for label in labels])


def _held(value: Json) -> float:
    """The value of a column or multiplier. Raises TypeError where it is none."""
    found = number(value)
    if not abs(found) < _ENDLESS:
        raise TypeError(value)
    return found


def number(value: Json) -> float:
    """A number of a JSON file. Raises TypeError where it is something else."""
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or abs(value) > sys.float_info.max
    ):
        raise TypeError(value)
    return float(value)


def _other_elements(
    name: str, labels: list[tuple[Key, ...]], origin: str, known: Mapping[Any, float]
) -> Diagnostic:
    odd = next((label for label in labels if label not in known), None) or next(
        (label for label in known if label not in set(labels)), ()
    )
    shown = f"{name}[{', '.join(map(str, odd))}]" if odd else name
    message = f"the elements of `{name}` in {origin} are not those of this model: `{shown}`"
    return Diagnostic("E0617", message, help="was it written by another model or with other data?")
