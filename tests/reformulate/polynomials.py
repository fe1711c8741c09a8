"""Polynomials in columns that are called by name."""

from __future__ import annotations

Monomial = tuple[str, ...]
Poly = dict[Monomial, float]


def plus(one: Poly, other: Poly, factor: float = 1.0) -> Poly:
    total = dict(one)
    for monomial, value in other.items():
        total[monomial] = total.get(monomial, 0.0) + factor * value
    size = max((abs(v) for v in (*one.values(), *other.values())), default=0.0)
    return {m: v for m, v in total.items() if abs(v) > 1e-12 * max(1.0, size)}


def minus(poly: Poly) -> Poly:
    return {monomial: -value for monomial, value in poly.items()}


def times(one: Poly, other: Poly) -> Poly:
    total: Poly = {}
    for a, x in one.items():
        for b, y in other.items():
            total = plus(total, {tuple(sorted((*a, *b))): x * y})
    return total


def put_in(poly: Poly, meanings: dict[str, Poly]) -> Poly:
    """The polynomial with others in the place of some columns."""
    if not any(name in meanings for monomial in poly for name in monomial):
        return poly
    total: Poly = {}
    for monomial, value in poly.items():
        term: Poly = {(): value}
        for name in monomial:
            term = times(term, meanings.get(name, {(name,): 1.0}))
        total = plus(total, term)
    return total


def shown(poly: Poly) -> tuple[tuple[Monomial, str], ...]:
    return tuple(sorted((m, f"{v:.8g}") for m, v in poly.items()))


def unsigned(poly: Poly) -> tuple[tuple[Monomial, str], ...]:
    """The polynomial whatever its signs."""
    return tuple((monomial, value.lstrip("-")) for monomial, value in shown(poly))
