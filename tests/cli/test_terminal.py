"""What only a terminal sees: the live line and the emphasis."""

from __future__ import annotations

import io
import math
import sys

import pytest

from evdsl.backends.options import Event
from evdsl.cli.progress import History, line, live
from evdsl.cli.style import styled


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Event(0.5, None, -math.inf, 0, "reading the data"), "reading the data"),
        (Event(1.5, None, -math.inf, 0, "solving", "3 of 60"), "solving (3 of 60)"),
        (Event(2.0, 10.0, -math.inf, 1, "searching"), "searching  objective 10  1 node"),
        (
            Event(75.0, 10.0, 9.0, 120, "solving"),
            "solving  objective 10  bound 9  gap 10 %  120 nodes",
        ),
    ],
)
def test_the_live_line_says_what_is_known(event: Event, text: str) -> None:
    assert line(event) == text


def table(*events: Event) -> list[list[str]]:
    rows: list[str] = []
    history = History(rows.append)
    for event in events:
        history(event)
    return [row.split(maxsplit=4) for row in rows]


def test_what_is_solved_at_once_has_no_table() -> None:
    events = [Event(0.1 * k, 20.0 - k, 1.0, k, f"stage {k}") for k in range(20)]
    assert table(*events) == []


def test_the_table_holds_what_is_new() -> None:
    rows = table(
        Event(0.5, None, -math.inf, 0, "reading"),
        Event(4.0, None, -math.inf, 0, "searching"),  # so reading took a while
        Event(4.6, 10.0, -math.inf, 0, "searching"),
        Event(4.7, 9.0, -math.inf, 0, "searching"),  # too soon for a row of its own
        Event(5.2, 9.0, -math.inf, 0, "searching"),
        Event(6.0, 9.0, 4.0, 0, "solving"),
        Event(7.0, 9.0, 4.1, 9, "solving"),  # no news
        Event(8.0, 9.0, 6.0, 20, "solving"),
    )
    assert rows[0] == ["seconds", "objective", "bound", "gap"]
    assert [(row[0], row[1], row[2], row[-1].split()[-1]) for row in rows[1:]] == [
        ("4.0", "-", "-", "reading"),
        ("4.6", "10", "-", "searching"),
        ("5.2", "9", "-", "searching"),
        ("6.0", "9", "4", "solving"),
        ("8.0", "9", "6", "solving"),
    ]


def test_the_live_line_is_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with live() as watch:
        assert watch is not None
        watch(Event(1.0, 5.0, 5.0, 3, "solving"))
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
