"""Did you mean: the name that was most likely meant by a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate nearest to `name`, or None where none is near.

    The same letters in another case win; otherwise at most a third of the letters (at least one)
    may be inserted, deleted, replaced or swapped with their neighbour.
    """
    others = [candidate for candidate in dict.fromkeys(candidates) if candidate != name]
    for candidate in others:
        if candidate.lower() == name.lower():
            return candidate
    limit = max(1, len(name) // 3)
    near = [c for c in others if abs(len(c) - len(name)) <= limit]
    ranked = [(distance(name.lower(), c.lower()), c) for c in near]
    best = min(ranked, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] <= limit < len(name) else None


def distance(a: str, b: str) -> int:
    """Optimal string alignment: Damerau-Levenshtein in which no piece is edited twice."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        above = row
        row = [i]
        for j, y in enumerate(b, start=1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = above
    return row[-1]
