"""A declarative modelling language and solver front-end for bilevel electric-vehicle models.

>>> model = evdsl.load("models/fleet_day/fleet_day.evm")
>>> solution = model.solve(solver="highs", time_limit=60)
>>> solution.value("aev.c")

Nothing below is imported before it is used: `import evdsl` loads no solver and no pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evdsl.api import Model, from_pyomo, load, loads, to_pyomo
    from evdsl.solve.solution import Solution
    from evdsl.source.diagnostic import Diagnostic, EvdslError

__version__ = "0.1.0"
__all__ = [
    "Diagnostic",
    "EvdslError",
    "Model",
    "Solution",
    "from_pyomo",
    "load",
    "loads",
    "to_pyomo",
]

_HOMES = {
    "Diagnostic": "evdsl.source.diagnostic",
    "EvdslError": "evdsl.source.diagnostic",
    "Model": "evdsl.api",
    "Solution": "evdsl.solve.solution",
    "from_pyomo": "evdsl.api",
    "load": "evdsl.api",
    "loads": "evdsl.api",
    "to_pyomo": "evdsl.api",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'evdsl' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
