"""How large a problem is, family by family, before and after it becomes one level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from evdsl.program.linear import Bools, Linear
from evdsl.report.presolve import presolve_text
from evdsl.report.text import columns, counted
from evdsl.solve.route import Single


def sizes(single: Single) -> str:
    """Tables of the two levels' and of the single level's families, with totals."""
    return "\n".join(_lines(single)) + "\n"


def _lines(single: Single) -> Iterator[str]:
    program, mip = single.program, single.encoded.mip
    yield f"two levels: 1 leader, {counted(len(program.followers), 'follower')}"
    yield from _tables(program.joint, np.zeros(program.joint.shape[1], np.bool_))
    yield ""
    in_set = np.zeros(mip.linear.shape[1], np.bool_)
    in_set[mip.sos1] = True
    pairs = counted(0 if single.kkt is None else len(single.kkt.pairs), "pair")
    yield f"single level: {pairs}, {counted(len(mip.sos1), 'SOS1 set')}"
    if single.encoded.tally.pairs:
        yield f"presolve: {presolve_text(single.encoded.tally)}"
    yield from _tables(mip.linear, in_set)


def _tables(linear: Linear, in_set: Bools) -> Iterator[str]:
    entries = linear.A.tocsc()
    of_column, of_row = np.diff(entries.indptr), np.diff(linear.A.indptr)
    rows = [
        [
            family.path,
            str(family.size),
            str(of_column[family.slice].sum()),
            str(linear.integer[family.slice].sum()),
            str(in_set[family.slice].sum()),
        ]
        for family in linear.columns
    ]
    yield from _table(["columns", "count", "non-zeros", "integer", "in SOS1"], rows)
    yield ""
    rows = [[f.path, str(f.size), str(of_row[f.slice].sum())] for f in linear.rows]
    yield from _table(["rows", "count", "non-zeros"], rows)


def _table(head: list[str], rows: list[list[str]]) -> Iterable[str]:
    total = ["total", *(str(sum(int(row[i]) for row in rows)) for i in range(1, len(head)))]
    lines = columns([head, *rows, total], "<" + ">" * (len(head) - 1))
    return [f"  {line}" for line in lines]
