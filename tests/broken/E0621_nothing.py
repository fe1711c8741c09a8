"""Where a limit has ended the search there is nothing to read."""

from unittest import mock

import evdsl
from evdsl.program.mip import Answer

model = evdsl.loads("leader up { var x in [0, 1]; maximize f = x; }")
with mock.patch("evdsl.backends.highs.solve", return_value=Answer("no_solution")):
    model.solve().value("x")
