"""An instance as the two texts."""

from __future__ import annotations

from collections.abc import Iterator

from evdsl.backends.mibs.instance import Instance
from evdsl.backends.mps import mps_text
from evdsl.backends.names import number
from evdsl.program.mip import Mip


def mps_of(instance: Instance) -> str:
    """The MPS file: both levels, with the leader's objective."""
    flat = instance.flat
    return mps_text(
        Mip(flat.linear), flat.columns, flat.rows, flat.name or "model", instance.remarks
    )


def auxiliary_of(instance: Instance, mps_file: str, by_index: bool = False) -> str:
    """The auxiliary file to the MPS file of that name.

    By name it holds no comment and keeps the order of MibS' documentation: idol reads it line by
    line.
    """
    lines = _by_index(instance) if by_index else _by_name(instance, mps_file)
    return "\n".join(lines) + "\n"


def _by_name(instance: Instance, mps_file: str) -> Iterator[str]:
    flat, lower = instance.flat, instance.lower
    yield from ("@NUMVARS", str(len(lower.columns)), "@NUMCONSTRS", str(len(lower.rows)))
    yield "@VARSBEGIN"
    cost = (lower.sense * lower.cost).tolist()
    for column, value in zip(lower.columns.tolist(), cost, strict=True):
        yield f"{flat.columns[column]} {number(value)}"
    yield from ("@VARSEND", "@CONSTRSBEGIN")
    yield from (flat.rows[row] for row in lower.rows.tolist())
    yield from ("@CONSTRSEND", "@NAME", lower.name or flat.name or "model", "@MPS", mps_file)


def _by_index(instance: Instance) -> Iterator[str]:
    lower = instance.lower
    yield from (f"N {len(lower.columns)}", f"M {len(lower.rows)}")
    yield from (f"LC {column}" for column in lower.columns.tolist())
    yield from (f"LR {row}" for row in lower.rows.tolist())
    yield from (f"LO {number(value)}" for value in lower.cost.tolist())
    yield f"OS {lower.sense}"
