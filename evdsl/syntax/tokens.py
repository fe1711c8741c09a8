"""Tokens of a text that the parser refused: what other languages write is named and mended here.

Only `recover` reads texts this way. A habit such as `:=` becomes the token that was meant, so that
the rest of the statement is still checked.
"""

from __future__ import annotations

import re

from evdsl.source.diagnostic import Diagnostic
from evdsl.source.text import Source, Span
from evdsl.syntax.lalr import KINDS, Token, language, token_pattern

SUBJECT_TO = "$SUBJECT_TO"  # a token type that no rule takes
COMPARISONS = {"<>": "!=", "=<": "<=", "=>": ">=", "≤": "<=", "≥": ">=", "≠": "!="} | {
    "=e=": "==",
    "=l=": "<=",
    "=g=": ">=",
}
CHARACTERS = {"−": "-", "–": "-", "·": "*", "×": "*", "∞": "inf", "∈": "in", "€": "EUR"}
HABITS = {
    "remark": r"//[^\n]*|/\*(?s:.*?)(?:\*/|\Z)",
    "single": r"'[^'\n]*'",
    "open": r'"[^"\n]*(?=\n|\Z)',
    "assign": r":=",
    "comparison": r"=[eElLgG]=(?!=)|<>|=<|=>(?!=)|[≤≥≠]",
    "power": r"\*\*",
    "logical": r"&&?|\|\|?",
    "negation": r"!(?!=)",
    "fraction": r"(?<![\w.)\]])\.\d+(?:[eE][+-]?\d+)?|\d+\.(?![\d.(]|[^\W\d])",
    "subject": r"\bsubject\s+to\b|\bs\.t\.",
}


def mended_tokens(source: Source) -> tuple[list[Token], list[Diagnostic], list[int]]:
    """The tokens with the lexical habits mended, what was wrong, and where no token was meant."""
    found: list[Token] = []
    diagnostics: list[Diagnostic] = []
    unreadable: list[int] = []
    for match in re.finditer(token_pattern(HABITS), source.text):
        kind, text = match.lastgroup or "", match.group()
        start, end = match.span()
        if kind == "skip":
            continue
        if kind in KINDS or kind == "sign":
            found.append(token_of(text, start, end, kind if kind == "MEMBER" else None))
            continue
        meant, diagnostic = _habit(kind, text, Span(source, start, end))
        diagnostics.extend(diagnostic)
        if meant:
            found.append(token_of(meant, start, end))
        if kind == "open" or (kind == "other" and not meant):
            unreadable.append(start)
    return found, diagnostics, unreadable


def token_of(text: str, start: int, end: int, type: str | None = None) -> Token:
    """A token of that text at a place of the source, of the type that the text has by itself."""
    fixed, patterns = language().fixed, language().patterns
    for kind in ("STRING", "NUMBER", "RELATION", "NAME"):
        if type is None and text not in fixed and re.fullmatch(patterns[kind], text):
            type = kind
    return Token(type or fixed.get(text, SUBJECT_TO), text, start, end)


def _habit(kind: str, text: str, span: Span) -> tuple[str, list[Diagnostic]]:
    """The text of the token that was meant ("" for none) and what to say about it."""

    def said(code: str, message: str, help: str) -> list[Diagnostic]:
        return [Diagnostic(code, message, span, help=help)]

    match kind:
        case "remark":
            return "", said("E0136", "a comment starts with `#`", "write `# ...` on each line")
        case "single":
            inner = text[1:-1].replace('"', '""')
            return f'"{inner}"', said(
                "E0135", "a text stands in double quotes", f'write `"{inner}"`'
            )
        case "open":
            message = "this text is not closed on its line"
            return f'{text}"', said("E0106", message, 'end the text with `"`')
        case "assign":
            return "=", said("E0120", "`:=` is not part of the language", "write `=`")
        case "comparison":
            meant = COMPARISONS[text.lower()]
            return meant, said("E0132", f"`{text}` is not a comparison here", f"write `{meant}`")
        case "power":
            return "^", said("E0134", "`**` is not an operator here", "write `^` for a power")
        case "logical":
            meant = "and" if text[0] == "&" else "or"
            return meant, said("E0133", f"`{text}` is not an operator here", f"write `{meant}`")
        case "negation":
            return "not", said("E0133", "`!` is not an operator here", "write `not`")
        case "fraction":
            meant = f"0{text}" if text[0] == "." else text[:-1]
            return meant, said("E0116", f"`{text}` is not a number here", f"write `{meant}`")
        case "subject":
            return SUBJECT_TO, []
    meant = CHARACTERS.get(text, "")
    help = f"write `{meant}`" if meant else "remove it, or put it into quotes if it is a text"
    return meant, said("E0105", f"`{text}` is not part of the language", help)
