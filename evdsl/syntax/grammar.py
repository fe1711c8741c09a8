"""The grammar file, found in an installed package or in a checkout, and the parser it makes."""

from __future__ import annotations

import hashlib
import os
import pkgutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark import Lark


def grammar_text() -> str:
    """The grammar: `evdsl/grammar/evm.lark` in a wheel or zip, `grammar/evm.lark` in a checkout."""
    try:
        packaged = pkgutil.get_data("evdsl", "grammar/evm.lark")
    except OSError:
        packaged = None
    if packaged is not None:
        return packaged.decode("utf-8")
    return (Path(__file__).parents[2] / "grammar" / "evm.lark").read_text(encoding="utf-8")


def lark_parser(builder: object) -> Lark:
    """A parser whose rules call the methods of `builder`; its tables come from the cache."""
    from lark import Lark

    text = grammar_text()
    options: dict[str, Any] = {
        "parser": "lalr",
        "lexer": "basic",
        "keep_all_tokens": True,
        "maybe_placeholders": False,
    }
    cache = _cache_file(text)
    return Lark(text, transformer=builder, cache=cache or False, **options)


def _cache_file(text: str) -> str | None:
    """A file of this user for the tables, or None where no such place can be written.

    Lark checks a digest before it uses the file and builds the tables anew where it is stale,
    cut short or unreadable, so that processes that write it at once do no harm.
    """
    key = f"{sys.version}\n{text}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = Path(base) / "evdsl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return str(folder / f"evm-{digest}.lark") if os.access(folder, os.W_OK) else None
