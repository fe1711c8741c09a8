"""Values of one family, as users want them: a number, a pandas Series, or JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

from evdsl.program.keys import Elements
from evdsl.program.values import FamilyValues

if TYPE_CHECKING:
    import pandas as pd

Json: TypeAlias = Any

_OTHER_COLUMNS = ("family", "point", "report", "value", "unit")


def to_pandas(family: FamilyValues) -> float | pd.Series[float]:
    """A number for a scalar, else a Series indexed by the family's sets (time stamps as such)."""
    if not family.keys.dims:
        return float(family.values[0])
    import pandas as pd

    keys = family.keys
    levels = [_level(dim)[code] for dim, code in zip(keys.dims, keys.codes, strict=True)]
    names = set_names(family)
    if len(levels) == 1:
        index = levels[0].rename(names[0])
    else:
        index = pd.MultiIndex.from_arrays(levels, names=names)
    return pd.Series(family.values, index=index, name=family.name)


def to_json(family: FamilyValues) -> Json:
    """A number for a scalar, else `[{"index": [...], "value": ...}, ...]`; no number is null."""
    numbers = [json_number(value) for value in family.values.tolist()]
    if not family.keys.dims:
        return numbers[0]
    labels = family.keys.labels()
    return [{"index": list(at), "value": v} for at, v in zip(labels, numbers, strict=True)]


def json_number(value: float) -> float | None:
    """The number as strict JSON has it: null where it is not finite, and no negative zero."""
    return value + 0.0 if math.isfinite(value) else None


def set_names(family: FamilyValues) -> list[str]:
    """The names of a family's sets; one that stands a second time gets a number: `V`, `V.2`.

    So does a set that is called as another column of the tables.
    """
    sets = [dim.name for dim in family.keys.dims]
    before = [(*_OTHER_COLUMNS, *sets[:k]).count(name) for k, name in enumerate(sets)]
    return [f"{name}.{n + 1}" if n else name for name, n in zip(sets, before, strict=True)]


def _level(dim: Elements) -> pd.Index[Any]:
    import pandas as pd

    if dim.kind != "time":
        return pd.Index(dim.labels)
    stamps = pd.DatetimeIndex(dim.values)
    return stamps.tz_localize("UTC") if dim.aware else stamps
