"""Tokens of a text that the parser refused: what other languages write is named and mended here.

Only `recover` reads texts this way. A habit such as `:=` becomes the token that was meant, so that
the rest of the statement is still checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lark import Token

from evdsl.source.diagnostic import Diagnostic
from evdsl.source.text import Source, Span

if TYPE_CHECKING:
    from lark import Lark

SUBJECT_TO = "SUBJECT_TO"  # a token type that no rule takes
PATTERNS = ("STRING", "NUMBER", "MEMBER", "RELATION", "NAME")
COMPARISONS = {"<>": "!=", "=<": "<=", "=>": ">=", "≤": "<=", "≥": ">=", "≠": "!="} | {
    "=e=": "==",
    "=l=": "<=",
    "=g=": ">=",
}
CHARACTERS = {"−": "-", "–": "-", "·": "*", "×": "*", "∞": "inf", "∈": "in", "€": "EUR"} | {
    "“": '"',
    "”": '"',
    "„": '"',
}
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


@dataclass(frozen=True)
class Grammar:
    """What the recovery needs to know about the terminals."""

    types: dict[str, str]  # text of a fixed terminal -> its type
    pattern: re.Pattern[str]

    def token(self, text: str, start: int, end: int, type: str | None = None) -> Token:
        """A token of the fixed terminal `text`, or of another type, at a place of the source."""
        return Token(type or self.types.get(text, "NAME"), text, start_pos=start, end_pos=end)


def grammar_of(lark: Lark) -> Grammar:
    fixed = {t.pattern.value: t.name for t in lark.terminals if t.pattern.type == "str"}
    signs = sorted((text for text in fixed if not text.isalpha()), key=len, reverse=True)
    kinds = {name: lark.get_terminal(name).pattern.to_regexp() for name in PATTERNS}
    parts = {
        "skip": r"\s+|#[^\n]*",
        "STRING": kinds.pop("STRING"),
        **HABITS,
        **kinds,
        "sign": "|".join(map(re.escape, signs)),
        "other": r".",
    }
    pattern = "|".join(f"(?P<{name}>{regexp})" for name, regexp in parts.items())
    return Grammar(fixed, re.compile(pattern))


def tokens(source: Source, grammar: Grammar) -> tuple[list[Token], list[Diagnostic]]:
    """The tokens of the text with the lexical habits mended, and what was mended or wrong."""
    found: list[Token] = []
    diagnostics: list[Diagnostic] = []
    for match in grammar.pattern.finditer(source.text):
        kind, text = match.lastgroup or "", match.group()
        start, end = match.span()
        if kind == "skip":
            continue
        if kind == "sign" or (kind == "NAME" and text in grammar.types):
            found.append(grammar.token(text, start, end))
        elif kind in PATTERNS:
            found.append(grammar.token(text, start, end, kind))
        else:
            meant, diagnostic = _habit(kind, text, Span(source, start, end))
            diagnostics.extend(diagnostic)
            if meant:
                found.append(_meant(grammar, meant, start, end))
    return found, diagnostics


def _meant(grammar: Grammar, text: str, start: int, end: int) -> Token:
    if text == SUBJECT_TO:
        return grammar.token(text, start, end, SUBJECT_TO)
    for kind in ("STRING", "NUMBER", "RELATION"):
        if text not in grammar.types and re.fullmatch(_KINDS[kind], text):
            return grammar.token(text, start, end, kind)
    return grammar.token(text, start, end)


_KINDS = {"STRING": r'"[^\n]*"', "NUMBER": r"\d.*", "RELATION": r"[<>=!]=|<|>"}


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
    return "", said("E0105", f"`{text}` is not part of the language", help)
