"""What only a terminal sees: the live line and the emphasis."""

from __future__ import annotations

import io
import math
import sys

import pytest

from evdsl.backends.options import Event
from evdsl.cli.progress import line, live
from evdsl.cli.style import styled


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Event(0.5, None, -math.inf, 0), "0 nodes"),
        (Event(2.0, 10.0, -math.inf, 1), "objective 10  1 node"),
        (Event(75.0, 10.0, 9.0, 120), "objective 10  bound 9  gap 10 %  120 nodes"),
    ],
)
def test_the_live_line_says_what_is_known(event: Event, text: str) -> None:
    assert line(event) == text


def test_the_live_line_is_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with live() as watch:
        assert watch is not None
        watch(Event(1.0, 5.0, 5.0, 3))
    said = terminal.getvalue()
    assert "objective 5" in said
    assert "objective 5" not in said.rpartition("\x1b[2K")[2]


def test_a_pipe_sees_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    with live() as watch:
        assert watch is None
    assert pipe.getvalue() == ""


TEXT = "m: title\nsizes\n\nstatus     optimal (certified)\nreport  simple\n"


def test_a_terminal_gets_emphasis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = styled(TEXT)
    assert text.startswith("\x1b[1mm: title\x1b[0m\n")
    assert "\x1b[1;32moptimal\x1b[0m (certified)" in text
    monkeypatch.setenv("NO_COLOR", "1")
    assert styled(TEXT) == TEXT


def test_a_pipe_gets_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert styled(TEXT) == TEXT
