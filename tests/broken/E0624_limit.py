"""A solver that finds nothing before its limit."""

import sys
from unittest import mock

from evdsl.cli.main import main
from evdsl.program.mip import Answer


def slow(mip, *_):
    return Answer("no_solution", bound=0.0)


with mock.patch("evdsl.backends.scip.solve", slow):
    sys.exit(main(["solve", "data/plain.evm", "--solver", "scip"]))
