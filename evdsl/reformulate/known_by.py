"""By what a bound is known: a small number for each, and its word where people read it."""

from __future__ import annotations

from enum import IntEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Reasons: TypeAlias = NDArray[np.int8]


class By(IntEnum):
    """Proofs, then what is none; `NOTHING` where there is no bound."""

    NOTHING = 0
    NET = 1
    COST = 2
    CHAIN = 3
    POLYHEDRON = 4
    VERTICES = 5
    INTERVAL = 6
    RELAXATION = 7
    CUTOFF = 8
    STATED = 9
    ASSUMED = 10


def reasons(shape: int | tuple[int, ...], by: By) -> Reasons:
    return np.full(shape, by, np.int8)


def words(known: Reasons) -> NDArray[np.str_]:
    """`chain`, `stated` and so on, empty where nothing is known."""
    return np.array(["", *(by.name.lower() for by in By if by)])[known]
