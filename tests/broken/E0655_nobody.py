"""Nobody listens at the address."""

from unittest import mock

import evdsl

model = evdsl.loads("leader up { var x in [0, 7]; minimize cost = x; }")
with mock.patch("evdsl.workers.cluster._PATIENCE", 0.3):
    model.solve(cluster="tcp://127.0.0.1:1")
