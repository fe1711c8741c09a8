"""A problem put into SCIP in bulk, through an MPS file."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from evdsl.backends.mps import mps_text
from evdsl.program.linear import Floats, Linear
from evdsl.program.mip import Mip


def fill(model: Any, mip: Mip) -> list[Any]:
    """Fill the model and return its variables in the order of our columns."""
    m, n = mip.linear.shape
    text = mps_text(_linear_part(mip), [f"c{j}" for j in range(n)], [f"r{i}" for i in range(m)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.mps"
        path.write_text(text)
        model.readProblem(str(path))
    variables = sorted(model.getVars(), key=lambda variable: int(variable.name[1:]))
    _add_products(model, mip.linear, variables)
    for k, (binary, column) in enumerate(mip.indicators.tolist()):
        model.addConsIndicator(variables[column] <= 0, variables[binary], name=f"i{k}")
    return variables


def _linear_part(mip: Mip) -> Mip:
    """What the MPS file holds: products, the rows with some, and indicators come later."""
    return replace(
        mip,
        linear=mip.linear.linear_part,
        sos1=np.concatenate([mip.sos1, mip.apart]),
        indicators=np.empty((0, 2), np.int64),
    )


def _add_products(model: Any, linear: Linear, variables: list[Any]) -> None:
    """The objective's products as a column of their own, and the rows that hold some."""
    from pyscipopt import quicksum

    for target in np.unique(linear.products.row).tolist():
        own = linear.products.where(linear.products.row == target)
        terms = zip(own.first.tolist(), own.second.tolist(), own.coef.tolist(), strict=True)
        total = quicksum(coef * variables[i] * variables[j] for i, j, coef in terms)
        if target < 0:
            squares = model.addVar("squares", lb=None, ub=None, obj=1.0)
            model.addCons(squares >= total if linear.sense > 0 else squares <= total)
            continue
        part = slice(linear.A.indptr[target], linear.A.indptr[target + 1])
        entries = zip(linear.A.indices[part].tolist(), linear.A.data[part].tolist(), strict=True)
        body = total + quicksum(value * variables[j] for j, value in entries)
        low, high = float(linear.row_lower[target]), float(linear.row_upper[target])
        if low == high:
            model.addCons(body == low)
            continue
        if low > -np.inf:
            model.addCons(body >= low)
        if high < np.inf:
            model.addCons(body <= high)


def add_start(model: Any, variables: list[Any], start: Floats) -> None:
    known = np.flatnonzero(~np.isnan(start)).tolist()
    if not known:
        return
    complete = len(known) == model.getNVars()
    solution = model.createSol() if complete else model.createPartialSol()
    for j in known:
        model.setSolVal(solution, variables[j], float(start[j]))
    model.addSol(solution)
