"""A cluster is asked for where Dask is not installed."""

import sys
from unittest import mock

import evdsl

model = evdsl.loads("leader up { var x in [0, 7]; minimize cost = x; }")
with mock.patch.dict(sys.modules, {"distributed": None}):
    model.solve(cluster="tcp://127.0.0.1:8786")
