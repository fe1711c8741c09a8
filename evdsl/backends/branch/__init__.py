"""Our own branch and bound on complementarity pairs and whole numbers, over HiGHS' linear programs.

It needs no constants: a pair is decided by fixing its slack or its multiplier at zero.
"""

from evdsl.backends.branch.tree import Improve, solve

__all__ = ["Improve", "solve"]
