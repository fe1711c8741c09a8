"""A bilevel problem as the two files hold it: arrays, and a name for each column and row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evdsl.program.keys import Elements, dense
from evdsl.program.linear import Family, Floats, Ints, Linear


@dataclass(frozen=True, eq=False)
class Flat:
    """What an MPS file holds: one level, and its names as they stand in the file.

    `free_rows` are those of type N, no rows of `linear`; the first one is the objective.
    """

    linear: Linear
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    free_rows: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, eq=False)
class Lower:
    """What an auxiliary file holds: the follower's columns and rows by their place in the MPS file,
    and the follower's objective, `cost` (l,) over its columns; `sense` as in `Linear`."""

    columns: Ints
    rows: Ints
    cost: Floats
    sense: int = 1
    name: str = ""


@dataclass(frozen=True, eq=False)
class Instance:
    """A leader and one follower. `remarks` say what became otherwise on the way into the format."""

    flat: Flat
    lower: Lower
    remarks: tuple[str, ...] = ()


def one_family(word: str, names: Sequence[str]) -> tuple[Family, ...]:
    """All columns, or all rows, as one family whose index is the names in the file."""
    elements = Elements(word, "text", np.array(list(names), dtype=object))
    return (Family("", word, dense((elements,)), 0),)
