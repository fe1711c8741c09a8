"""Ends that are missing or too many: brackets and the `;` of a statement."""

from __future__ import annotations

from evdsl.source.diagnostic import Diagnostic, Label
from evdsl.syntax.stuck import CLOSERS, Edit, Finding, Stuck


def bracket(stuck: Stuck) -> Finding | None:
    """An unclosed bracket, one that closes nothing, or a missing `;`; None where it is none."""
    return _unclosed(stuck) or _superfluous(stuck) or _unfinished(stuck)


def _unclosed(stuck: Stuck) -> Finding | None:
    """A bracket is open where the statement ends or where another kind of bracket closes."""
    if not stuck.open:
        return None
    opening = stuck.open[-1]
    closer = CLOSERS[str(stuck.tokens[opening])]
    ends = stuck.starts_anew or stuck.culprit in (";", ")", "]", "}")
    if not (ends and stuck.takes(closer)):
        return None
    place = stuck.after if stuck.starts_anew else stuck.span(stuck.at)
    diagnostic = Diagnostic(
        "E0103",
        f"`{stuck.tokens[opening]}` is not closed",
        stuck.span(opening),
        help=f"write `{closer}` where it ends",
        related=(Label(place, f"`{closer}` expected at the latest here"),),
    )
    return Finding(diagnostic)


def _superfluous(stuck: Stuck) -> Finding | None:
    if stuck.culprit not in (")", "]", "}"):
        return None
    if any(CLOSERS[str(stuck.tokens[index])] == stuck.culprit for index in stuck.open):
        return None
    if stuck.culprit == "}" and stuck.block is not None and _last_brace(stuck):
        return None
    token = str(stuck.culprit)
    diagnostic = Diagnostic(
        "E0104",
        f"`{token}` closes nothing",
        stuck.span(stuck.at),
        help=f"remove this `{token}`",
    )
    return Finding(diagnostic, (Edit(stuck.at, stuck.at + 1),))


def _last_brace(stuck: Stuck) -> bool:
    """Whether the `}` at the culprit ends the block rather than something in the statement."""
    return stuck.tokens[stuck.at + 1] != ";"


def _unfinished(stuck: Stuck) -> Finding | None:
    """A `;` would have been right: another statement starts, or the block ends."""
    if not stuck.takes(";") or stuck.open:
        return None
    outdented = stuck.new_line and stuck.column(stuck.at) <= stuck.column(stuck.begin)
    if not (stuck.starts_anew or stuck.culprit.type == "RBRACE" or outdented):
        return None
    diagnostic = Diagnostic(
        "E0102",
        "`;` is missing at the end of this statement",
        stuck.after,
        help="end the statement with `;`",
    )
    return Finding(diagnostic, (stuck.inserted(";"),))
