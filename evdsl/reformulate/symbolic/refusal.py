"""What has no symbolic form is refused with its place, never left out."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from evdsl.ir.expr import Node
from evdsl.source.diagnostic import Diagnostic, EvdslError

_REASON = "the KKT conditions cannot be written as text"
_OTHERS = "`--stage program` and `--stage lp` show the problem with its numbers"


def refusal(reason: str, at: Node, help: str = _OTHERS) -> Diagnostic:
    """E0520"""
    return Diagnostic("E0520", f"{_REASON}: {reason}", at.span, help=help)


def refuse(reason: str, at: Node, help: str = _OTHERS) -> NoReturn:
    """Raise E0520."""
    raise EvdslError([refusal(reason, at, help)])


def not_in_the_language(found: Diagnostic) -> Diagnostic:
    """E0520 for what is wrong in a level whose variables are all the leader's."""
    message = f"{_REASON}: {found.message}"
    return replace(found, code="E0520", message=message, label="", help=_OTHERS)
