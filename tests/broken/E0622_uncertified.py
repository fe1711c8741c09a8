"""A solver whose point breaks a row."""

import sys
from unittest import mock

import numpy as np

from evdsl.cli.main import main
from evdsl.program.mip import Answer


def wrong(mip, *_):
    return Answer("optimal", x=np.zeros(mip.linear.shape[1]), objective=0.0, bound=0.0)


with mock.patch("evdsl.backends.scip.solve", wrong):
    sys.exit(main(["solve", "data/plain.evm", "--solver", "scip"]))
