"""Sets with their elements, and the index keys of a family of rows or columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Key: TypeAlias = int | str
Codes: TypeAlias = NDArray[np.int64]

ElementKind = Literal["whole", "text", "time"]


@dataclass(frozen=True, eq=False)
class Elements:
    """A root set: single elements in their order of appearance.

    `values` holds int64 for whole numbers, str objects for text and datetime64[s] for time stamps
    (UTC where `aware`, else as written). An element is spoken of by its *code*, its position here.
    `column` is the name of the table column that the set came from.
    """

    name: str
    kind: ElementKind
    values: NDArray[Any]
    cyclic: bool = False
    column: str | None = None
    timezone: str | None = None
    aware: bool = False

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def labels(self) -> list[Key]:
        """The elements as users write them: 3, "home", "2019-12-02T00:00Z"."""
        if self.kind != "time":
            return list(self.values.tolist())
        zone = "Z" if self.aware else ""
        texts = np.datetime_as_string(self.values, unit="s")
        return [str(text).removesuffix(":00") + zone for text in texts]

    @cached_property
    def _code_of(self) -> dict[Any, int]:
        return {value: code for code, value in enumerate(self.values.tolist())}

    def codes(self, values: NDArray[Any]) -> Codes:
        """The codes of values of this set's kind; -1 where a value is no element."""
        if self.kind == "text":
            known = self._code_of
            return np.fromiter((known.get(v, -1) for v in values.tolist()), np.int64, len(values))
        order = np.argsort(self.values, kind="stable")
        ranked = self.values[order]
        at = np.searchsorted(ranked, values)
        at[at == len(ranked)] = 0
        if not len(ranked):
            return np.full(len(values), -1, np.int64)
        found = ranked[at] == values
        return np.where(found, order[at], -1)


@dataclass(frozen=True, eq=False)
class Keys:
    """The index of a family: one code array of equal length for each dimension.

    A scalar family has no dimensions and size 1.
    """

    dims: tuple[Elements, ...] = ()
    codes: tuple[Codes, ...] = ()
    size: int = 1

    def take(self, which: NDArray[Any]) -> Keys:
        """The keys at these positions (or where this mask is true)."""
        if not self.dims:
            picked = np.zeros(1, np.int64)[which]
            return Keys((), (), len(picked))
        codes = tuple(code[which] for code in self.codes)
        return Keys(self.dims, codes, len(codes[0]))

    def labels(self) -> list[tuple[Key, ...]]:
        """One tuple of labels for each position; `[()]` for a scalar. On demand only."""
        if not self.dims:
            return [()] * self.size
        columns = []
        for dim, code in zip(self.dims, self.codes, strict=True):
            labels = dim.labels
            columns.append([labels[c] for c in code.tolist()])
        return list(zip(*columns, strict=True))

    def label(self, position: int) -> str:
        """`[car1, 3]`, or nothing for a scalar."""
        if not self.dims:
            return ""
        parts = (
            str(d.labels[int(c[position])]) for d, c in zip(self.dims, self.codes, strict=True)
        )
        return f"[{', '.join(parts)}]"


def scalar() -> Keys:
    return Keys()


def dense(dims: Sequence[Elements]) -> Keys:
    """All combinations, the last dimension fastest."""
    if not dims:
        return Keys()
    shape = tuple(len(dim) for dim in dims)
    grids = np.indices(shape, dtype=np.int64).reshape(len(dims), -1)
    return Keys(tuple(dims), tuple(grids), grids.shape[1])
