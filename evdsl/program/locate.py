"""From index elements to positions in a family."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evdsl.program.keys import Codes, Keys


class Locator:
    """Finds the position of index tuples among the keys of a family; -1 where there is none.

    Small index spaces get a table over all combinations of elements, large ones a sorted search.
    """

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.shape = tuple(max(len(dim), 1) for dim in keys.dims)
        space = int(np.prod(self.shape, dtype=object)) if self.shape else 1
        combined = self._combine(keys.codes) if keys.dims else np.zeros(keys.size, np.int64)
        self._table: Codes | None = None
        if space <= 4 * keys.size + 1_000_000:
            self._table = np.full(space, -1, np.int64)
            self._table[combined] = np.arange(keys.size)
        else:
            self._order = np.argsort(combined, kind="stable")
            self._ranked = combined[self._order]

    def _combine(self, codes: Sequence[Codes]) -> Codes:
        combined = np.zeros(len(codes[0]), np.int64)
        for code, length in zip(codes, self.shape, strict=True):
            combined = combined * length + code
        return combined

    def find(self, codes: Sequence[Codes]) -> Codes:
        """Positions (n,) of n index tuples, given as one code array for each dimension."""
        off = np.zeros(len(codes[0]), bool)
        for code in codes:
            off |= code < 0
        combined = self._combine([np.maximum(code, 0) for code in codes] if off.any() else codes)
        if self._table is not None:
            found = self._table[combined]
        else:
            found = np.full(len(combined), -1, np.int64)
            at = np.searchsorted(self._ranked, combined)
            inside = np.flatnonzero(at < len(self._ranked))
            inside = inside[self._ranked[at[inside]] == combined[inside]]
            found[inside] = self._order[at[inside]]
        return np.where(off, -1, found) if off.any() else found

    def duplicates(self) -> tuple[int, int] | None:
        """Two positions with the same key, if there are any."""
        if not self.keys.dims:
            return None
        combined = self._combine(self.keys.codes)
        if self._table is not None and (self._table[combined] == np.arange(len(combined))).all():
            return None
        _, first, inverse = np.unique(combined, return_index=True, return_inverse=True)
        again = np.flatnonzero(first[inverse] != np.arange(len(combined)))
        return (int(first[inverse[again[0]]]), int(again[0])) if len(again) else None
