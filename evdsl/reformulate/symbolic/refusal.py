"""What has no symbolic form is refused with its place, never left out."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from evdsl.ir.expr import Node
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.text import Span

_REASON = "the KKT conditions cannot be written as text"
_OTHERS = "`--stage program` and `--stage lp` show the problem with its numbers"


def refuse(reason: str, at: Node | Span | None, help: str = _OTHERS) -> NoReturn:
    """Raise E0520."""
    span = at.span if isinstance(at, Node) else at
    raise EvdslError([Diagnostic("E0520", f"{_REASON}: {reason}", span, help=help)])


def not_in_the_language(found: Diagnostic) -> Diagnostic:
    """E0520 for what is wrong in a level whose variables are all the leader's."""
    message = f"{_REASON}: {found.message}"
    return replace(found, code="E0520", message=message, label="", help=_OTHERS)
