"""Pyomo: the same rows as `storage.evm` by rules, handed to HiGHS in memory (APPSI)."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo
from highspy import Highs
from pyomo.contrib.appsi.solvers import Highs as Appsi

from measure import ETA, SIGMA, Measured, profile


def linear(units: int, hours: int) -> dict[str, float]:
    data = {name: values.tolist() for name, values in profile(units, hours).items()}
    Highs()
    measured = Measured()
    with measured.here():
        solver = Appsi()
        solver.set_instance(_model(data, units, hours))
    return measured.of(solver._solver_model)


def _model(data: dict[str, Any], units: int, hours: int) -> Any:
    model = pyo.ConcreteModel()
    model.U, model.T = pyo.RangeSet(0, units - 1), pyo.RangeSet(0, hours - 1)
    model.c = pyo.Var(model.U, model.T)
    model.d = pyo.Var(model.U, model.T)
    model.s = pyo.Var(model.U, model.T)

    def rows(name: str, rule: Any) -> None:
        model.add_component(name, pyo.Constraint(model.U, model.T, rule=rule))

    rows(
        "soc",
        lambda m, u, t: (
            m.s[u, t] - (1 - SIGMA) * m.s[u, (t - 1) % hours] - ETA * m.c[u, t] + m.d[u, t] / ETA
            == -data["drive"][u][t]
        ),
    )
    rows("c_low", lambda m, u, t: m.c[u, t] >= 0)
    rows("c_high", lambda m, u, t: m.c[u, t] <= data["c_max"][u][t])
    rows("d_low", lambda m, u, t: m.d[u, t] >= 0)
    rows("d_high", lambda m, u, t: m.d[u, t] <= data["d_max"][u][t])
    rows("s_low", lambda m, u, t: m.s[u, t] >= data["s_min"][u][t])
    rows("s_high", lambda m, u, t: m.s[u, t] <= data["s_max"][u][t])
    model.cost = pyo.Objective(
        expr=pyo.quicksum(
            data["price"][u][t] * (model.c[u, t] - model.d[u, t]) for u in model.U for t in model.T
        )
    )
    return model
