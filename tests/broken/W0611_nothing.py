"""A job's first run with `--resume`."""

import sys
import tempfile
from contextlib import chdir
from pathlib import Path

from evdsl.cli.main import main

model = str(Path("data/plain.evm").resolve())
with tempfile.TemporaryDirectory() as folder, chdir(folder):
    sys.exit(main(["solve", model, "--out", "results", "--resume"]))
