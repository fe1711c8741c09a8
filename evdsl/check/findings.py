"""Collects the messages of one run and keeps them free of cascades."""

from __future__ import annotations

from collections.abc import Sequence

from evdsl.ir.expr import Expr, Node
from evdsl.source.diagnostic import Diagnostic, Label, Severity

_LONGEST = 60


class Findings:
    """What has been found so far.

    `place` says in words where the check is now (`constraint aev.soc`); it is what a message shows
    for a model that was built without text. `troubles` counts all that was wrong, also what was
    not said a second time, so a caller can tell whether a statement came through clean.
    """

    def __init__(self) -> None:
        self.place = ""
        self.troubles = 0
        self._found: list[Diagnostic] = []
        self._said: set[tuple[str, str]] = set()

    def add(
        self,
        code: str,
        message: str,
        node: Node | None = None,
        *,
        label: str = "",
        help: str | None = None,
        related: tuple[tuple[Node, str], ...] = (),
        severity: Severity = "error",
        once: str | None = None,
    ) -> None:
        """Notes a message at `node`; with `once` only the first of those with the same key."""
        if severity == "error":
            self.troubles += 1
        if once is not None:
            if (code, once) in self._said:
                return
            self._said.add((code, once))
        span = node.span if node is not None else None
        labels = tuple(Label(n.span, text) for n, text in related if n.span is not None)
        self._found.append(
            Diagnostic(
                code,
                message,
                span,
                label,
                help,
                related=labels,
                place="" if span is not None else self.place,
                severity=severity,
            )
        )

    def in_order(self) -> list[Diagnostic]:
        """All messages in the order of the text; those without a place in it last."""
        return sorted(self._found, key=lambda d: d.span.start if d.span else float("inf"))


def place_of(node: Node, block: Node | None = None) -> str:
    """Where a declaration or block item stands, in words: `constraint aev.soc`, `param price`."""
    word = {"Definition": "expr", "Objective": getattr(node, "sense", "")}.get(type(node).__name__)
    names = (getattr(block, "name", None), getattr(node, "name", None))
    path = ".".join(name for name in names if name)
    return f"{word or type(node).__name__.lower()} {path}".rstrip()


def shown(expression: Expr) -> str:
    """An expression as the user wrote it, on one line, or as it prints; shortened where long."""
    written = expression.span.text if expression.span is not None else _printed(expression)
    text = " ".join(written.split())
    if len(text) <= _LONGEST:
        return text
    half = (_LONGEST - 3) // 2
    return f"{text[:half]} … {text[-half:]}"


def _printed(expression: Expr) -> str:
    from evdsl.ir.printer import to_text  # a model that came from text never needs it

    return to_text(expression)


def listed(names: Sequence[str]) -> str:
    """`` `a`, `b` and `c` ``"""
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def counted(number: int, thing: str, things: str | None = None) -> str:
    """`1 index`, `2 indices`."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"
