"""What could have stood there, in the words of someone who writes models."""

from __future__ import annotations

from evdsl.source.diagnostic import Diagnostic, Label
from evdsl.syntax.lalr import language
from evdsl.syntax.stuck import Finding, Stuck

OPERAND = {
    "NAME",
    "NUMBER",
    "STRING",
    "LPAR",
    "MINUS",
    "INF",
    "TRUE",
    "FALSE",
    "LBRACE",
    "NOT",
    "IF",
}
OPERATORS = ("+", "-", "*", "/", "^", "div", "mod", "and", "or", "in", "union", "minus", "..")
POSTFIX = ("[", ".(", "(", "{")
KINDS = {"NAME": "a name", "STRING": "a text in double quotes", "NUMBER": "a number"}


def unexpected(stuck: Stuck) -> Finding:
    """The general message: what was expected and what was found."""
    behind = stuck.starts_anew or (stuck.new_line and stuck.culprit == "}")
    found = "" if behind else f", found `{stuck.culprit}`"
    diagnostic = Diagnostic(
        "E0101",
        f"expected {_listed(expected(stuck))}{found}",
        stuck.after if behind else stuck.span(stuck.at),
        help=_help(stuck),
        related=tuple(
            Label(stuck.span(index), "this bracket is still open") for index in stuck.open[-1:]
        ),
    )
    return Finding(diagnostic)


def expected(stuck: Stuck) -> list[str]:
    """What could stand in the culprit's place, the most telling first."""
    names = {kind: text for text, kind in language().fixed.items()}
    left = set(stuck.accepts)
    words: list[str] = []
    if {"NAME", "NUMBER"} <= left:
        words.append("an expression")
        left -= OPERAND
    if stuck.takes("*") and stuck.takes("+"):
        words.append("an operator")
        left -= {language().fixed[text] for text in OPERATORS + POSTFIX}
        left -= {"MEMBER"}
        left -= {"RELATION"} if stuck.takes("and") else set()
    if "RELATION" in left:
        words.append("a comparison")
        left -= {"RELATION"}
    if "SEMICOLON" in left:
        left -= {"STRING"}
    words += [KINDS[kind] for kind in KINDS if kind in left]
    signs = sorted(names[kind] for kind in left if kind in names)
    return words + [f"`{sign}`" for sign in signs]


def _help(stuck: Stuck) -> str | None:
    token, before = stuck.culprit, stuck.before
    if before.type == "NUMBER" and (token.type == "NAME" or token == "("):
        return f"write `{before} * {token}` for a product"
    if token == "%":
        return "write `mod` for the remainder"
    if token == "not" and stuck.takes("in"):
        return "write `not` in front: `not x in S`"
    if token == "if":
        return "inside an expression write it in parentheses: `(if ... then ... else ...)`"
    if stuck.word == "constraint" and stuck.said == ["constraint"]:
        return "a constraint needs a name: `constraint name: left <= right;`"
    if stuck.word in ("var", "param", "set") and token == "," and len(stuck.said) == 2:
        return f"one statement declares one name: `{stuck.word} {before} ...;`"
    if token == ":" and stuck.word == "set":
        return "the set itself stands behind `=`"
    return None


def _listed(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words) or "nothing more"
    return f"{', '.join(words[:-1])} or {words[-1]}"
