"""Values of a family that is evaluated on a solution."""

from __future__ import annotations

from dataclasses import dataclass

from evdsl.ir.expr import Unit
from evdsl.ir.printer import to_text
from evdsl.program.keys import Keys
from evdsl.program.linear import Floats


@dataclass(frozen=True, eq=False)
class FamilyValues:
    """A report: `values` (size,) by key, in `unit`; `bind` names the indices."""

    name: str
    keys: Keys
    bind: tuple[str, ...]
    values: Floats
    unit: str = ""
    text: str = ""


def shown_unit(unit: Unit | None) -> str:
    return to_text(unit) if unit is not None else ""
