"""Text to IR and back: `parse` reads a model, `format_source` writes its canonical form."""

from evdsl.source.text import Source
from evdsl.syntax.parse import parse


def format_source(source: Source) -> str:
    """The text in canonical form, with its comments; raises EvdslError on syntax errors."""
    from evdsl.syntax.format import format_source as formatted

    return formatted(source)


__all__ = ["format_source", "parse"]
