"""Messages: to standard error for people, as one JSON object on standard output for programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TextIO

from evdsl.source.diagnostic import Diagnostic
from evdsl.source.render import render, to_json


def say(diagnostics: Iterable[Diagnostic], *, as_json: bool = False) -> None:
    """Render messages on standard error; with `as_json` also an error object on standard output."""
    messages = list(diagnostics)
    if messages:
        sys.stderr.write(render(messages, colour=colours(sys.stderr)).rstrip("\n") + "\n")
    if as_json:
        write_json({"status": "error", "diagnostics": [to_json(message) for message in messages]})


def write_json(value: object) -> None:
    """One JSON object on standard output, in ASCII, which every encoding of a terminal holds."""
    from evdsl.source.json_text import json_text

    sys.stdout.write(json_text(value, ascii_only=True))


def colours(stream: TextIO) -> bool:
    """Whether a stream is a terminal whose user has not asked for plain text."""
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
