"""A function for `extend` that changes the objective instead of adding to the problem."""

import evdsl


def change(model):
    model.component("objective").deactivate()


evdsl.load("data/plain.evm").solve(extend=change)
