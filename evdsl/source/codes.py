"""The long story behind each code: the files of `explain/`, one for each code."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable


def explain(code: str) -> str:
    """The explanation of a code, as Markdown; upper or lower case. KeyError for an unknown code."""
    return _pages()[code.upper()].read_text(encoding="utf-8")


def codes() -> dict[str, str]:
    """Every code with its title, in order."""
    pages = _pages()
    return {code: _title(pages[code].read_text(encoding="utf-8")) for code in sorted(pages)}


def _pages() -> dict[str, Traversable]:
    folder = files("evdsl.source") / "explain"
    return {
        page.name.removesuffix(".md"): page
        for page in folder.iterdir()
        if page.name.endswith(".md")
    }


def _title(page: str) -> str:
    return page.partition("\n")[0].partition(": ")[2]
