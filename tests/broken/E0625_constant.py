"""A constant that cuts everything off, and no start that shows it."""

import sys
from unittest import mock

from evdsl.cli.main import main

with mock.patch("evdsl.solve.bilevel.starting_points", return_value=([], None)):
    sys.exit(main(["solve", "data/storage.evm", "--big-m", "0.001"]))
