"""Reads an auxiliary file: which columns and rows are the follower's, and its objective.

There are two dialects. By name, keywords begin with `@` and sections list names (MibS, input.md;
BOBILib has no other). By index, each line is a keyword and a value, `LC 4`, and columns and rows
are counted from 0 in the order of the MPS file, rows of type N left out (MibS, issue 69); MibS'
table allows names there too. MibS passes over words that it does not know, and over names that are
in no list; here they are mistakes.
"""

from __future__ import annotations

from evdsl.backends.mibs.by_index import read_by_index
from evdsl.backends.mibs.by_name import read_by_name
from evdsl.backends.mibs.entries import Entries
from evdsl.backends.mibs.instance import Flat, Instance
from evdsl.backends.mibs.lines import plain_lines
from evdsl.backends.mibs.problems import Full
from evdsl.source.diagnostic import EvdslError
from evdsl.source.text import Source


def read_auxiliary(source: Source, flat: Flat) -> Instance:
    """The two levels of what an MPS file holds.

    Raises EvdslError with all mistakes: E0633 for what is no line of such a file, E0634 for names
    and indices, E0635 for counts that do not fit, E0636 for what is missing.
    """
    lines = plain_lines(source)
    by_name = any(line.fields[0].startswith("@") for line in lines)
    entries = Entries(flat, source.name)
    try:
        instance = (read_by_name if by_name else read_by_index)(lines, entries)
    except Full:
        instance = None
    if instance is None or entries.problems.wrong:
        raise EvdslError(entries.problems.found)
    return instance
