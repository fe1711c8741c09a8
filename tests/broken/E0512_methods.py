"""A method for a constraint that does not exist."""

import evdsl

evdsl.load("data/storage.evm").solve(methods={"aev.enrgy": "branch"})
