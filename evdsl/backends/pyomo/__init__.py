"""Every single level as a Pyomo model, and any solver that Pyomo knows.

`to_pyomo` gives the model, `read` and `from_pyomo` are the way back; `solve` goes through Pyomo's
own interfaces.
"""

from evdsl.backends.pyomo.attach import from_pyomo
from evdsl.backends.pyomo.model import PyomoModel, build, to_pyomo
from evdsl.backends.pyomo.run import PyomoAnswer, read, solve

__all__ = ["PyomoAnswer", "PyomoModel", "build", "from_pyomo", "read", "solve", "to_pyomo"]
