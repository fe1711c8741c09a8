"""A disk that is full while a solve goes on."""

import sys
import tempfile
from contextlib import chdir
from pathlib import Path
from unittest import mock

model = str(Path("data/plain.evm").resolve())
full = OSError(28, "No space left on device")
with tempfile.TemporaryDirectory() as folder, chdir(folder):
    with mock.patch("evdsl.solve.keep.os.replace", side_effect=full):
        import evdsl

        found = evdsl.load(model).solve(keep="incumbent.json")
    from evdsl.cli.messages import say

    say(found.diagnostics)
    sys.exit(0)
