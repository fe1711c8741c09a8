"""Sets over the pairs as rows over the binaries of an encoding."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evdsl.program.linear import Family, Floats, Ints, matrix_of
from evdsl.reformulate.encoded import Extension
from evdsl.reformulate.kkt import Kkt, derived
from evdsl.reformulate.presolve.sets import Sets


def add_sets(
    extension: Extension,
    kkt: Kkt,
    sets: Sets,
    word: str,
    binary: Ints,
    lower: Floats,
    upper: Floats,
) -> None:
    """The sum of each set's binaries within `lower`, `upper` (k,); `binary` (p,) are the pairs'.

    The rows are named after the sets' rows and columns: `soc.word`, and `soc.word.2` for a second
    one of the same.
    """
    for rank, chosen in enumerate(_ranked(sets)):
        own = sets.where(chosen)
        families = list(_families(extension, kkt, own, word if rank == 0 else f"{word}.{rank + 1}"))
        order = np.lexsort((own.column, own.row, own.row < 0))
        place, every = np.argsort(order), np.ones(len(own.pair))
        extension.add_rows(
            families,
            [matrix_of(place[own.member], binary[own.pair], every, (len(own), extension.width))],
            lower[chosen][order],
            upper[chosen][order],
        )


def _families(extension: Extension, kkt: Kkt, sets: Sets, name: str) -> Iterator[Family]:
    joint, start = kkt.program.joint, extension.height
    for owner, place in ((joint.rows, sets.row), (joint.columns, sets.column)):
        for family in owner:
            mask = np.zeros(family.size, np.bool_)
            mask[place[(place >= family.start) & (place < family.stop)] - family.start] = True
            if mask.any():
                yield derived(family, f"{family.name}.{name}", mask, start, "encoding")
                start += int(mask.sum())


def _ranked(sets: Sets) -> Iterator[Ints]:
    """The sets by their rank among those of the same row or column."""
    owner = np.where(sets.row >= 0, sets.row, -2 - sets.column)
    order = np.argsort(owner, kind="stable")
    new = np.flatnonzero(np.diff(owner[order], prepend=np.nan))
    rank = np.arange(len(order)) - np.repeat(new, np.diff(new, append=len(order)))
    for level in range(int(rank.max(initial=-1)) + 1):
        yield np.sort(order[rank == level])


def add_at_most_one(extension: Extension, kkt: Kkt, sets: Sets, binary: Ints) -> None:
    every = np.ones(len(sets))
    add_sets(extension, kkt, sets, "exclusive", binary, np.full(len(sets), -np.inf), every)


def add_all_but_one(extension: Extension, kkt: Kkt, sets: Sets, binary: Ints) -> None:
    least: Floats = np.bincount(sets.member, minlength=len(sets)).astype(float) - 1.0
    add_sets(extension, kkt, sets, "exclusive", binary, least, np.full(len(sets), np.inf))


def add_at_least_one(extension: Extension, kkt: Kkt, sets: Sets, binary: Ints) -> None:
    every = np.ones(len(sets))
    add_sets(extension, kkt, sets, "crossing", binary, every, np.full(len(sets), np.inf))
