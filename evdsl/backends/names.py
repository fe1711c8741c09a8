"""Names and numbers as file formats take them: the user's names, mangled where they must be.

`aev.c[u1, 2019-12-02T00:00Z]` becomes `aev.c(u1,2019_12_02T00_00Z)`, in LP and in MPS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from evdsl.program.linear import Family

_BRACKETS = str.maketrans({"[": "(", "]": ")", " ": None})
_FOREIGN = re.compile(r"[^A-Za-z0-9_.,()]")
_RESERVED = re.compile(
    r"[0-9.]|e\d|e$"
    r"|(max|min|maximi[sz]e|minimi[sz]e|maximum|minimum|st|s\.t\.|subject|such|bounds?"
    r"|free|inf|infinity|gen|generals?|integers?|bin|binary|binaries|semis?|sos|sos1|sos2|end)$",
    re.IGNORECASE,
)


def file_names(families: Iterable[Family]) -> list[str]:
    """One name for each row or column, in order and without repetition."""
    return unique(
        _mangled(family.path + _index(label))
        for family in families
        for label in family.keys.labels()
    )


def unique(names: Iterable[str]) -> list[str]:
    """The names, with `_2`, `_3`, ... behind those that stood before."""
    taken: dict[str, int] = {}
    return [_unused(name, taken) for name in names]


def number(value: float) -> str:
    """The shortest text that reads back as the same number: `4`, `0.1`, `1e-09`, `inf`."""
    return repr(float(value)).removesuffix(".0")


def _index(label: tuple[int | str, ...]) -> str:
    return f"[{','.join(map(str, label))}]" if label else ""


def _mangled(name: str) -> str:
    plain = _FOREIGN.sub("_", name.translate(_BRACKETS))
    return f"_{plain}" if _RESERVED.match(plain) else plain


def _unused(name: str, taken: dict[str, int]) -> str:
    count = taken.get(name, 0)
    taken[name] = count + 1
    return name if not count else _unused(f"{name}_{count + 1}", taken)
