"""Ctrl-C while the solver runs, where there is an answer already."""

import signal
import sys
from unittest import mock

from evdsl.cli.main import main
from evdsl.program.mip import Answer


def interrupted(mip, *_):
    signal.raise_signal(signal.SIGINT)
    return Answer("no_solution", message="interrupted")


with mock.patch("evdsl.backends.scip.solve", interrupted):
    sys.exit(main(["solve", "data/storage.evm", "--solver", "scip", "--method", "sos1"]))
