"""The answers of all systems as tables in Markdown."""

from __future__ import annotations

import statistics
from typing import Any

from judge import VERDICTS


def report(systems: list[dict[str, Any]]) -> str:
    return "\n\n".join([_counts(systems), _untrue(systems), _unanswered(systems)])


def _counts(systems: list[dict[str, Any]]) -> str:
    """One line for each system: how many answers of each kind, and the seconds."""
    lines = []
    for system in systems:
        answers = list(system["answers"].values())
        verdicts = [answer["verdict"] for answer in answers]
        seconds = [answer["seconds"] for answer in answers]
        counts = [str(verdicts.count(verdict)) for verdict in VERDICTS]
        times = [f"{statistics.median(seconds):.3f}", f"{sum(seconds):.1f}"]
        lines.append([system["title"], *counts, *times])
    return _table(["system", *VERDICTS, "median s", "total s"], lines)


def _untrue(systems: list[dict[str, Any]]) -> str:
    """Each claim that is not true."""
    lines = [
        [name, _shown(answer["optimum"]), system["title"], _said(answer)]
        for system in systems
        for name, answer in system["answers"].items()
        if answer["verdict"] == "wrong"
    ]
    return _table(["problem", "optimum", "system", "said"], sorted(lines))


def _unanswered(systems: list[dict[str, Any]]) -> str:
    """Why there is no answer: each message with the problems that it was given for."""
    lines = []
    for system in systems:
        reasons: dict[str, int] = {}
        for answer in system["answers"].values():
            if answer["verdict"] == "none":
                reason = _short(answer["message"])
                reasons[reason] = reasons.get(reason, 0) + 1
        lines += [[system["title"], str(count), reason] for reason, count in reasons.items()]
    return _table(["system", "problems", "message"], lines)


def _said(answer: dict[str, Any]) -> str:
    value = answer.get("objective")
    point = answer["status"] in ("optimal", "feasible")
    return f"{answer['status']}, {_shown(value)}" if point else str(answer["status"])


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


def _short(message: str, most: int = 100) -> str:
    line = " ".join(message.split()).replace("|", "\\|")
    return line if len(line) <= most else line[:most] + " …"


def _table(head: list[str], lines: list[list[str]]) -> str:
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, rule, *lines])
