"""Figures and columns as plain text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

_DIGITS = 6
_SIDE_BY_SIDE = 5
_NOISE = 1e-11


def figure(value: float) -> str:
    """A number with six significant digits; `-` where there is none, 0 for rounding errors."""
    if math.isnan(value):
        return "-"
    return f"{0.0 if abs(value) < _NOISE else value:.{_DIGITS}g}"


def figures(values: Sequence[float]) -> list[str]:
    """Numbers that are read side by side: equally many decimals, as the largest one needs."""
    finite = [abs(value) for value in values if math.isfinite(value)]
    largest = max(finite, default=0.0)
    if largest >= 10**_DIGITS or 0 < largest < 10 ** (1 - _DIGITS):
        return [figure(value) for value in values]
    whole_digits = max(math.floor(math.log10(largest)), 0) if largest else 0
    decimals = max(_SIDE_BY_SIDE - 1 - whole_digits, 0)
    if all(value == round(value) for value in values if math.isfinite(value)):
        decimals = 0
    return [f"{_no_minus_zero(v, decimals)}" if math.isfinite(v) else figure(v) for v in values]


def per_cent(fraction: float) -> str:
    """A fraction in per cent, with four significant digits below a hundred."""
    return "-" if not math.isfinite(fraction) else f"{100 * fraction:.4g} %"


def change(before: float, after: float) -> str:
    """By how many per cent a number has changed; `-` from zero."""
    if before == after:
        return "0 %"
    if not (math.isfinite(before) and math.isfinite(after)) or before == 0:
        return "-"
    text = f"{100 * (after - before) / abs(before):+.1f}"
    return "0 %" if text in ("+0.0", "-0.0") else f"{text} %"


def residual(value: float) -> str:
    """How far something is off: its order of magnitude counts."""
    return f"{value:.1e}" if value else "0"


def seconds(value: float) -> str:
    return f"{value:.2f} s" if value < 10 else f"{value:.0f} s"


def columns(rows: Iterable[Sequence[str]], align: str) -> list[str]:
    """Lines of cells in columns, two blanks between; `align` has `<` or `>` for each column."""
    cells = [list(row) for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(align))]
    return [
        "  ".join(
            f"{cell:{side}{width}}" for cell, side, width in zip(row, align, widths, strict=True)
        ).rstrip()
        for row in cells
    ]


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """`1 row`, `2 rows`."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def _no_minus_zero(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.") else text
