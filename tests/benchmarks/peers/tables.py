"""The answers of all systems as tables in Markdown."""

from __future__ import annotations

import re
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
        wall = [answer["seconds"] for answer in answers]
        cpu = [answer["cpu"] for answer in answers]
        counts = [str(verdicts.count(verdict)) for verdict in VERDICTS]
        median = statistics.median
        times = [f"{median(wall):.3f}", f"{median(cpu):.3f}", f"{sum(cpu):.1f}"]
        lines.append([system["title"], *counts, *times])
    return _table(["system", *VERDICTS, "median s", "median CPU s", "total CPU s"], lines)


def _untrue(systems: list[dict[str, Any]]) -> str:
    """What was claimed and is not true: a line for each problem, a column for each system."""
    untrue = [
        {name: answer for name, answer in system["answers"].items() if answer["verdict"] == "wrong"}
        for system in systems
    ]
    optima = {name: answer["optimum"] for found in untrue for name, answer in found.items()}
    lines = [
        [name, _shown(optimum), *(_said(found.get(name)) for found in untrue if found)]
        for name, optimum in sorted(optima.items())
    ]
    titles = [system["title"] for system, found in zip(systems, untrue, strict=True) if found]
    return _table(["problem", "optimum", *titles], lines)


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


def _said(answer: dict[str, Any] | None) -> str:
    """The objective that was called optimal, or else the status."""
    if answer is None:
        return ""
    status = str(answer["status"])
    if status not in ("optimal", "feasible"):
        return status
    value = _shown(answer["objective"])
    return value if status == "optimal" else f"{status}, {value}"


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


def _short(message: str, most: int = 120) -> str:
    """Its beginning, on one line and without lists of names."""
    line = re.sub(r"\[[^\]]*\]", "[…]", " ".join(message.split())).replace("|", "\\|")
    return line if len(line) <= most else line[:most] + " …"


def _table(head: list[str], lines: list[list[str]]) -> str:
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, rule, *lines])
