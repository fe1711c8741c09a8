"""A row that is added to the Pyomo model and that nothing can keep."""

import sys

import evdsl
from evdsl.source.render import render


def demand_too_much(model):
    import pyomo.environ as pyo

    model.demand = pyo.Constraint(expr=model.shop.x >= 11)


solution = evdsl.load("data/plain.evm").solve(extend=demand_too_much)
sys.stderr.write(render(solution.diagnostics).rstrip("\n") + "\n")
sys.exit(1)
