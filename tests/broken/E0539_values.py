"""A Pyomo model that is handed back before any solver has seen it."""

import evdsl

model = evdsl.load("data/plain.evm")
evdsl.from_pyomo(evdsl.to_pyomo(model), model)
