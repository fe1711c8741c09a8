"""A warning where the numbers of one row are too far apart for solvers' tolerances."""

from __future__ import annotations

import numpy as np

from evdsl.backends.scaling import scaled
from evdsl.program.mip import Mip
from evdsl.source.diagnostic import Diagnostic

_WIDE = 1e7


def warn_ranges(mip: Mip) -> tuple[Diagnostic, ...]:
    """W0608 for the row, of those that the solver gets, whose coefficients differ most."""
    entries = abs(scaled(mip).linear.A).tocoo()
    row, value = entries.coords[0][entries.data > 0], entries.data[entries.data > 0]
    m = entries.shape[0]
    least, most = np.full(m, np.inf), np.zeros(m)
    np.minimum.at(least, row, value)
    np.maximum.at(most, row, value)
    ratio = most / least
    wide = int((ratio > _WIDE).sum())
    if not wide:
        return ()
    worst = int(ratio.argmax())
    name = mip.linear.row_name(worst)
    message = f"the coefficients of `{name}` lie between {least[worst]:.3g} and {most[worst]:.3g}"
    others = f"so do those of {wide - 1} more rows" if wide > 2 else "so do those of one more row"
    return (
        Diagnostic(
            "W0608",
            message,
            severity="warning",
            notes=(
                "a solver's tolerance of the large ones may hide the small ones",
                *([others] if wide > 1 else []),
            ),
            help="give the data in units that bring them closer, such as MWh in place of Wh",
        ),
    )
