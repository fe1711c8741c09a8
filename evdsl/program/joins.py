"""Joins of index arrays: which rows of one meet which rows of the other."""

from __future__ import annotations

import numpy as np

from evdsl.program.linear import Ints


def match(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """All pairs (i, j) with `left[i] == right[j]`, ordered by i, then j."""
    order = np.argsort(right, kind="stable")
    ranked = right[order]
    return ranges(
        np.searchsorted(ranked, left, "left"), np.searchsorted(ranked, left, "right"), order
    )


def ranges(start: Ints, stop: Ints, order: Ints) -> tuple[Ints, Ints]:
    """All pairs (i, order[p]) with `start[i] <= p < stop[i]`, ordered by i, then p."""
    counts = np.maximum(stop - start, 0)
    left = np.repeat(np.arange(len(counts)), counts)
    offset = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
    return left, order[start[left] + offset]
