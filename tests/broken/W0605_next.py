"""A solver that gives up on SOS1 sets and not on indicators."""

import sys
from unittest import mock

from evdsl.backends import scip
from evdsl.cli.main import main
from evdsl.program.mip import Answer

solve = scip.solve


def failing(mip, options, watch):
    if len(mip.sos1):
        return Answer("error", message="error in LP solver")
    return solve(mip, options, watch)


with mock.patch("evdsl.backends.scip.solve", failing):
    sys.exit(main(["solve", "data/storage.evm", "--solver", "scip"]))
