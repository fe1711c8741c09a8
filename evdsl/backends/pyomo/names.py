"""How families and sets are called on a Pyomo model: `aev.c_upper` for the family `c.upper`.

A name keeps its letters where Pyomo and Python let it. A dot becomes `_`; a name that Pyomo
reserves on a model (`load`, `index`, `model` and about 80 more), one that Python reserves
(`lambda`) and one that is taken already get a `_` at their end. What the user has declared is
named first, so generated families never push a declared name aside.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import pyomo.environ as pyo

from evdsl.program.keys import Elements
from evdsl.program.linear import Family
from evdsl.program.mip import Mip

Path = tuple[str, str]


@dataclass(frozen=True)
class Names:
    """Where everything of a Mip stands on its Pyomo model.

    `columns`, `rows` and `pairs` give block and component of each family (the block is empty
    where the family stands on the model itself), in the order of the Mip's families; `pairs` has
    an entry for each column family, used where the second columns of SOS1 sets are its own.
    """

    blocks: tuple[str, ...]
    sets: dict[Elements, str]
    objective: str
    columns: tuple[Path, ...]
    rows: tuple[Path, ...]
    pairs: tuple[Path, ...]


@cache
def reserved() -> frozenset[str]:
    """The attributes that a Pyomo model has before anything is added to it."""
    return frozenset(dir(pyo.ConcreteModel()))


def mangled(name: str, taken: Iterable[str] = ()) -> str:
    """`name` as a component may be called beside those that are `taken`."""
    name = name.replace(".", "_")
    while name in reserved() or keyword.iskeyword(name) or name in taken:
        name += "_"
    return name


def names_of(mip: Mip) -> Names:
    """The names of all families, sets and SOS1 sets; the same for the same Mip."""
    columns, rows = mip.linear.columns, mip.linear.rows
    taken: dict[str, set[str]] = {"": set()}
    blocks: dict[str, str] = {"": ""}
    for family in (*columns, *rows):
        if family.block not in blocks:
            blocks[family.block] = _claim(family.block, taken[""])
            taken[family.block] = set()
    sets: dict[Elements, str] = {}
    for family in (*columns, *rows):
        for dim in family.keys.dims:
            if dim not in sets:
                sets[dim] = _claim(dim.name, taken[""])
    objective = _claim("objective", taken[""])

    paths: dict[int, Path] = {}
    entries = [(f, f.name) for f in (*columns, *rows)] + [(f, f"{f.name}.pair") for f in columns]
    for place in _declared_first(entries):
        family, name = entries[place]
        paths[place] = blocks[family.block], _claim(name, taken[family.block])
    ordered = [paths[place] for place in range(len(entries))]
    m, n = len(rows), len(columns)
    return Names(
        blocks=tuple(name for name in blocks.values() if name),
        sets=sets,
        objective=objective,
        columns=tuple(ordered[:n]),
        rows=tuple(ordered[n : n + m]),
        pairs=tuple(ordered[n + m :]),
    )


def _claim(name: str, taken: set[str]) -> str:
    name = mangled(name, taken)
    taken.add(name)
    return name


def _declared_first(entries: Sequence[tuple[Family, str]]) -> list[int]:
    def generated(place: int) -> bool:
        family, name = entries[place]
        return family.role != "user" or name != family.name

    return sorted(range(len(entries)), key=generated)
