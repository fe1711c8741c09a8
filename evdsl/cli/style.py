"""Quiet emphasis for the text of a solve, on terminals only."""

from __future__ import annotations

import re
import sys

from evdsl.cli.messages import colours

_LABEL = re.compile(r"^(status|objective|bound|solver|certified)\b|^report\b.*", re.MULTILINE)
_STATUS = re.compile(r"^(status +)(\w+)", re.MULTILINE)
_COLOURS = {"optimal": "1;32", "feasible": "1;33"}
_OTHERWISE = "1;31"


def styled(text: str) -> str:
    """The text with the status in its colour, labels dimmed and the model's name in bold."""
    if not colours(sys.stdout):
        return text
    first, _, rest = text.partition("\n")
    rest = _STATUS.sub(lambda m: m[1] + _paint(m[2], _COLOURS.get(m[2], _OTHERWISE)), rest)
    rest = _LABEL.sub(lambda m: _paint(m[0], "2"), rest)
    return f"{_paint(first, '1')}\n{rest}"


def _paint(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m"
