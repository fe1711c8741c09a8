"""A solver that gives up."""

import sys
from unittest import mock

from evdsl.cli.main import main
from evdsl.program.mip import Answer


def failing(mip, *_):
    return Answer("error", message="error in LP solver")


with mock.patch("evdsl.backends.scip.solve", failing):
    sys.exit(main(["solve", "data/plain.evm", "--solver", "scip"]))
