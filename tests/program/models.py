"""Short ways from text to a grounded model, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evdsl.program.ground import Grounded, ground
from evdsl.source.diagnostic import EvdslError
from evdsl.source.text import Source
from evdsl.syntax import parse


def grounded(text: str, params: Mapping[str, float] | None = None, **tables: Any) -> Grounded:
    """The grounded model; `tables` are data frames, or texts as a CSV file would hold them."""
    model, problems = parse(Source("test.evm", text))
    assert not problems, problems
    frames = {name: _frame(table) for name, table in tables.items()}
    return ground(model, Path(), frames, params or {})


def codes(text: str, **tables: Any) -> list[str]:
    """The codes of the messages that grounding ends with."""
    try:
        grounded(text, **tables)
    except EvdslError as error:
        return [d.code for d in error.diagnostics]
    return []


def _frame(table: Any) -> Any:
    if isinstance(table, str):
        lines = [line.split(",") for line in table.strip().split()]
        return pd.DataFrame(lines[1:], columns=lines[0])
    return table


def row_dicts(built: Grounded, family: str) -> dict[str, tuple[dict[str, float], float, float]]:
    """Each row of a family by its label: coefficients by column label, lower and upper limit."""
    joint = built.program.joint
    found = {}
    for rows in joint.rows:
        if rows.path != family:
            continue
        for i in range(rows.start, rows.stop):
            part = joint.A[[i]].tocoo()
            terms = {
                joint.column_name(int(j)): float(a)
                for j, a in zip(part.coords[1], part.data, strict=True)
            }
            limits = float(joint.row_lower[i]), float(joint.row_upper[i])
            found[rows.label(i)] = (terms, *limits)
    return found


def costs(built: Grounded) -> dict[str, float]:
    joint = built.program.joint
    return {joint.column_name(j): float(joint.cost[j]) for j in np.flatnonzero(joint.cost).tolist()}
