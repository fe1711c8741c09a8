"""Names, index sets, kinds, levels and convexity, checked on the IR and without data."""

from evdsl.check.check import check

__all__ = ["check"]
