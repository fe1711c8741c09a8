"""A problem put into SCIP in bulk, through an MPS file."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from evdsl.backends.mps import mps_text
from evdsl.program.linear import Floats
from evdsl.program.mip import Mip


def fill(model: Any, mip: Mip) -> list[Any]:
    """Fill the model and return its variables in the order of our columns."""
    m, n = mip.linear.shape
    names = [f"c{j}" for j in range(n)]
    text = mps_text(_in_file(mip), names, [f"r{i}" for i in range(m)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.mps"
        path.write_text(text)
        model.readProblem(str(path))
    named = {variable.name: variable for variable in model.getVars()}
    variables = [named[name] for name in names]
    for k, (binary, column) in enumerate(mip.indicators.tolist()):
        model.addConsIndicator(variables[column] <= 0, variables[binary], name=f"i{k}")
    return variables


def _in_file(mip: Mip) -> Mip:
    """What the MPS file holds: indicators come later."""
    sets = np.concatenate([mip.sos1, mip.apart])
    return replace(mip, sos1=sets, indicators=np.empty((0, 2), np.int64))


def add_start(model: Any, variables: list[Any], start: Floats) -> None:
    known = np.flatnonzero(~np.isnan(start)).tolist()
    if not known:
        return
    complete = len(known) == model.getNVars()
    solution = model.createSol() if complete else model.createPartialSol()
    for j in known:
        model.setSolVal(solution, variables[j], float(start[j]))
    model.addSol(solution)
