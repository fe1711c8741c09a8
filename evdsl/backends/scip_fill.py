"""A problem put into SCIP in bulk, through an MPS file."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from evdsl.backends.mps import mps_text
from evdsl.program.linear import Floats, Linear
from evdsl.program.mip import Mip


@dataclass(frozen=True, eq=False)
class Written:
    """A problem whose file is written once, for many that differ in limits and costs of columns."""

    mip: Mip

    @cached_property
    def names(self) -> list[str]:
        return [f"c{j}" for j in range(self.mip.linear.shape[1])]

    @cached_property
    def text(self) -> str:
        """All but the indicators."""
        mip = self.mip
        sets = np.concatenate([mip.sos1, mip.apart])
        held = replace(mip, sos1=sets, indicators=np.empty((0, 2), np.int64))
        return mps_text(held, self.names, [f"r{i}" for i in range(mip.linear.shape[0])])


def fill(model: Any, mip: Mip, written: Written | None = None) -> list[Any]:
    """Fill the model and return its variables in the order of our columns; what is `written`
    differs from `mip` in limits and costs of columns only."""
    written = written or Written(mip)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.mps"
        path.write_text(written.text)
        model.readProblem(str(path))
    named = {variable.name: variable for variable in model.getVars()}
    variables = [named[name] for name in written.names]
    _change(model, variables, written.mip.linear, mip.linear)
    for k, (binary, column) in enumerate(mip.indicators.tolist()):
        model.addConsIndicator(variables[column] <= 0, variables[binary], name=f"i{k}")
    return variables


def _change(model: Any, variables: list[Any], before: Linear, now: Linear) -> None:
    """The limits and costs of columns become those of `now`."""
    from pyscipopt import quicksum

    for change, old, new in (
        (model.chgVarLb, before.lower, now.lower),
        (model.chgVarUb, before.upper, now.upper),
    ):
        for j in np.flatnonzero(old != new).tolist():
            change(variables[j], float(new[j]))
    dearer = np.flatnonzero(before.cost != now.cost).tolist()
    if dearer:
        costs = quicksum(float(now.cost[j]) * variables[j] for j in dearer)
        model.setObjective(costs, model.getObjectiveSense(), clear=False)


def add_start(model: Any, variables: list[Any], start: Floats) -> None:
    known = np.flatnonzero(~np.isnan(start)).tolist()
    if not known:
        return
    complete = len(known) == model.getNVars()
    solution = model.createSol() if complete else model.createPartialSol()
    for j in known:
        model.setSolVal(solution, variables[j], float(start[j]))
    model.addSol(solution)
