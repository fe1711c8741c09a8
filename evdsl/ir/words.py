"""Which words the language keeps for itself, and how names, texts and numbers are written."""

from __future__ import annotations

import math
import re

from evdsl.source.diagnostic import Diagnostic, EvdslError

RESERVED = frozenset(
    (
        *("model", "table", "from", "index", "sep", "decimal", "timezone", "set", "cyclic"),
        *("mapping", "param", "default", "check", "expr", "report", "leader", "follower"),
        *("reference", "baseline", "var", "free", "binary", "integer", "in", "minimize"),
        *("maximize", "constraint", "dual", "complements", "if", "then", "else", "and", "or"),
        *("not", "union", "minus", "div", "mod", "inf", "true", "false"),
    )
)
NAME = re.compile(r"[^\W\d]\w*")


def name(value: str) -> str:
    """A name as it stands in a text; EvdslError where it cannot stand there."""
    if NAME.fullmatch(value) and value not in RESERVED:
        return value
    raise unwritable(f"`{value}` is not a name", "choose a name of letters, digits and `_`")


def member(value: str) -> str:
    """What stands behind a dot, where every word is a name."""
    if NAME.fullmatch(value):
        return f".{value}"
    raise unwritable(f"`{value}` is not a member's name", 'write a column as `table["a column"]`')


def text(value: str) -> str:
    """A text in double quotes; a quote inside is written twice."""
    if "\n" in value:
        raise unwritable("a text cannot hold a line end", "use a space instead")
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


def number(value: int | float) -> str:
    """The shortest spelling that reads back as the same number."""
    if math.isnan(value):
        raise unwritable("`nan` is not a number of the language", "leave out what is missing")
    return "inf" if math.isinf(value) else repr(abs(value))


def unwritable(message: str, help: str) -> EvdslError:
    """An error of a model that was built in Python and that no text can express."""
    return EvdslError([Diagnostic("E0140", message, help=help)])
