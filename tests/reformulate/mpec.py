"""Problems with complementarity as sets of polynomials, to compare two ways of making one.

A problem is an objective, polynomials that are not negative, polynomials that are zero, and pairs
of polynomials one of which is zero. Written by column names it has no order, and is brought to a
form in which nothing is left to choice:

* columns that only stand for something (a multiplier that the leader reads, a long sum, one side of
  a written pair) are replaced by it, a follower's together with their multipliers;
* a variable's limit and a row with that variable alone are the same thing;
* two sides of a row that meet are an equality, and their two multipliers one free multiplier, for
  both slacks are 0 at every point;
* an equality may be multiplied by -1, and so may a free multiplier wherever it stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from polynomials import Poly, minus, plus, put_in, shown, unsigned


def is_free(name: str) -> bool:
    """Whether a column is the multiplier of an equality."""
    return name.endswith("|equal")


@dataclass
class Mpec:
    """Minimise `objective`; `pairs` are (multiplier, slack)."""

    objective: Poly
    not_negative: list[Poly] = field(default_factory=list)
    zero: list[Poly] = field(default_factory=list)
    pairs: list[tuple[Poly, Poly]] = field(default_factory=list)
    whole: set[str] = field(default_factory=set)

    def mapped(self, change: Callable[[Poly], Poly]) -> Mpec:
        return Mpec(
            change(self.objective),
            [p for p in map(change, self.not_negative) if p],
            [p for p in map(change, self.zero) if p],
            [(change(a), change(b)) for a, b in self.pairs],
            self.whole,
        )

    def without(self, meanings: dict[str, Poly]) -> Mpec:
        """With the meanings of columns in their place, which may lead to each other."""
        for _ in range(len(meanings)):
            if not any(set(m) & set(meanings) for p in meanings.values() for m in p):
                break
            meanings = {name: put_in(p, meanings) for name, p in meanings.items()}
        return self.mapped(lambda poly: put_in(poly, meanings))

    def met(self) -> Mpec:
        """With one free multiplier for two sides of a row that meet.

        The names of the two end in `|lower` and `|upper`, that of the one in `|equal`.
        """
        slack_of = {m[0]: s for (m, *_), s in ((tuple(a), b) for a, b in self.pairs) if len(m) == 1}
        meanings: dict[str, Poly] = {}
        dropped = set[str]()
        for name, slack in slack_of.items():
            row = name.removesuffix("|lower")
            other = slack_of.get(f"{row}|upper")
            if row != name and other is not None and not plus(slack, other):
                meanings |= {name: {(f"{row}|equal",): 1.0}, f"{row}|upper": {}}
                dropped |= {name, f"{row}|upper"}
        kept = Mpec(
            self.objective,
            [p for p in self.not_negative if set(p) not in ({(d,)} for d in dropped)],
            self.zero,
            [(a, b) for a, b in self.pairs if not {m[0] for m in a if m} & dropped],
            self.whole,
        )
        for poly in kept.zero:
            for name in dropped:
                if name.endswith("|lower") and (name,) in poly:
                    other = (name.replace("|lower", "|upper"),)
                    assert abs(poly[(name,)] + poly.get(other, 0.0)) < 1e-9, name
        return kept.without(meanings)

    def canonical(self) -> dict[str, object]:
        """What is equal for two problems if and only if they are the same."""
        whole = self.met()._equalities()._signed()
        facts = [p for p in whole.not_negative if set(p) != {()} or p[()] < 0]
        return {
            "objective": shown(whole.objective),
            "not negative": {shown(p) for p in facts},
            "zero": {shown(p) for p in whole.zero},
            "pairs": Counter((shown(a), shown(b)) for a, b in whole.pairs),
            "whole": whole.whole,
        }

    def _equalities(self) -> Mpec:
        """Opposite inequalities are equalities."""
        known = {shown(p) for p in self.not_negative}
        twice = [p for p in self.not_negative if shown(minus(p)) in known]
        once = [p for p in self.not_negative if shown(minus(p)) not in known]
        return Mpec(self.objective, once, [*self.zero, *twice], self.pairs, self.whole)

    def _signed(self) -> Mpec:
        """Each equality and each free multiplier with a sign that its neighbours settle."""
        sign: dict[str, int] = {}
        for poly in sorted(self.not_negative, key=unsigned):
            for monomial in sorted(poly):
                if len(monomial) == 1 and is_free(monomial[0]) and monomial[0] not in sign:
                    sign[monomial[0]] = 1 if poly[monomial] < 0 else -1
        rows = sorted(self.zero, key=unsigned)
        done: list[Poly] = []
        waiting = list(rows)

        def settled(poly: Poly) -> Poly | None:
            """The row with the sign that its settled terms give it."""
            known = sorted(m for m in poly if all(not is_free(n) or n in sign for n in m))
            if not known:
                return None
            factor = poly[known[0]] * np.prod([sign.get(n, 1) for n in known[0]])
            poly = poly if factor > 0 else minus(poly)
            for m in sorted(poly):
                for n in m:
                    if is_free(n) and n not in sign:
                        rest = np.prod([sign.get(k, 1) for k in m if k != n])
                        sign[n] = 1 if poly[m] * rest > 0 else -1
            return poly

        while waiting:
            found = next(((k, p) for k, q in enumerate(waiting) if (p := settled(q))), None)
            if found is None:
                first = min(n for p in waiting for m in p for n in m if is_free(n))
                sign[first] = 1
                continue
            done.append(found[1])
            waiting.pop(found[0])
        turned = {name: {(name,): -1.0} for name, value in sign.items() if value < 0}
        new = self.mapped(lambda poly: put_in(poly, turned))
        new.zero = [p if p[min(p)] > 0 else minus(p) for p in new.zero]
        return new
