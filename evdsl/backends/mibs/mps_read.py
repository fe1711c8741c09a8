"""Reads an MPS file: every mistake with its line.

HiGHS reads MPS too, but not for us: it takes a word in a number's place for 0 and a misspelt column
of a limit for a new one, drops the names where two are alike and the value where one is given
twice, and says no line. What it reads without such mistakes is read alike here (a test compares),
but for a negative UP without another limit: as in CoinUtils, so in MibS, the lower limit is then
open, not 0. Like these two: whole numbers between markers without any limit are 0 or 1; of several
N rows the first is the objective and the others are passed over; a number on the objective's row in
RHS is taken off it; of several right sides, ranges or limits by name the first are read.
"""

from __future__ import annotations

from evdsl.backends.mibs.instance import Flat
from evdsl.backends.mibs.lines import sections
from evdsl.backends.mibs.mps_sections import Reading
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.text import Source


def read_mps(source: Source) -> tuple[Flat, list[Diagnostic]]:
    """The problem in an MPS file, and warnings about it.

    The free format is tried first, then the fixed one, whose names may hold blanks. Raises
    EvdslError with all mistakes: E0630, E0631, E0632.
    """
    free = _read(source, fixed=False)
    if not free.problems.wrong:
        return free.flat(), free.problems.found
    fixed = _read(source, fixed=True)
    if not fixed.problems.wrong:
        return fixed.flat(), fixed.problems.found
    fewer = min(free, fixed, key=lambda reading: len(reading.problems.found))
    raise EvdslError(fewer.problems.found)


def _read(source: Source, fixed: bool) -> Reading:
    reading = Reading(source.name)
    reading.read(*sections(source, fixed))
    return reading
