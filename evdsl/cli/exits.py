"""Exit codes: what a script can rely on."""

DONE = 0
"""Done; for `solve`: there is a certified answer."""

NEGATIVE = 1
"""The answer is no: the model has no solution, or `fmt --check` would change a file."""

WRONG_INPUT = 2
"""The model, its data or the command line is wrong; the messages say where."""

NO_ANSWER = 3
"""Nothing certified was found: a limit was reached or the solver failed."""

BUG = 70
"""A mistake of evdsl's own; the traceback goes into the report of it."""

STOPPED = 130
"""Stopped by Ctrl-C before there was an answer."""

BROKEN_PIPE = 141
"""The reader of the output went away."""
