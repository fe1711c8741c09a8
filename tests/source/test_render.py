"""Messages in the terminal and as JSON: the caret stands under what is meant."""

from __future__ import annotations

import json

import pytest

from evdsl.source.diagnostic import DataPlace, Diagnostic, Label
from evdsl.source.render import render, to_json
from evdsl.source.text import Source, Span

LINE = "  var c[t in T] : kW in [0, k_c[t] * c_sum[t]];"
SOURCE = Source("models/fleet_week.evm", "\n" * 40 + LINE + "\nsecond line\n")


def span(source: Source, piece: str, more: str = "") -> Span:
    start = source.text.index(piece + more)
    return Span(source, start, start + len(piece))


MISTAKE = Diagnostic(
    "E0207",
    "`k_c` is indexed by B, but `t` runs over T",
    Span(SOURCE, SOURCE.text.index("t] * c"), SOURCE.text.index("t] * c") + 1),
    "element of T",
    help="a mapping from T to B exists: write `k_c[f(t)]`",
)


def test_a_message_has_its_place_its_line_a_caret_and_the_mend() -> None:
    assert (
        render([MISTAKE])
        == """\
error[E0207]: `k_c` is indexed by B, but `t` runs over T
  --> models/fleet_week.evm:41:33
   |
41 |   var c[t in T] : kW in [0, k_c[t] * c_sum[t]];
   |                                 ^ element of T
   = help: a mapping from T to B exists: write `k_c[f(t)]`"""
    )


def test_related_places_data_places_and_notes_follow() -> None:
    diagnostic = Diagnostic(
        "W0401",
        "a warning",
        span(SOURCE, "second"),
        notes=("one line", "two\nlines"),
        related=(Label(span(SOURCE, "c_sum"), "declared here"),),
        data=DataPlace("data/fleet.csv", 17),
        severity="warning",
    )
    assert (
        render([diagnostic])
        == """\
warning[W0401]: a warning
  --> models/fleet_week.evm:42:1
   |
42 | second line
   | ^^^^^^
  --> models/fleet_week.evm:41:38
   |
41 |   var c[t in T] : kW in [0, k_c[t] * c_sum[t]];
   |                                      ----- declared here
  --> data/fleet.csv:17
   = note: one line
   = note: two
           lines"""
    )


def test_a_model_without_text_is_placed_in_words() -> None:
    diagnostic = Diagnostic("E0201", "unknown name `x`", place="constraint aev.soc")
    assert render([diagnostic]) == "error[E0201]: unknown name `x`\n --> constraint aev.soc"


def test_a_whole_data_file_has_no_line() -> None:
    diagnostic = Diagnostic("E0401", "no such file", data=DataPlace("data/fleet.csv"))
    assert render([diagnostic]).endswith("--> data/fleet.csv")


@pytest.mark.parametrize(
    ("text", "piece", "caret"),
    [
        ("\tparam x = y;", "y", " " * 14 + "^"),
        ("param 充電 = 電力;", "電力", " " * 13 + "^^^^"),
        ("param e\u0301 = y;", "y", " " * 10 + "^"),
        ("param x =", "", "^"),
    ],
)
def test_tabs_and_wide_characters_do_not_move_the_caret(text: str, piece: str, caret: str) -> None:
    source = Source("m.evm", text)
    row = render([Diagnostic("E0101", "here", span(source, piece))]).split("\n")[-1]
    assert row == f"  | {caret}"


def test_a_span_of_several_lines_is_marked_to_the_end_of_the_first() -> None:
    source = Source("m.evm", "param x = (1 +\n2);")
    rows = render([Diagnostic("E0101", "here", span(source, "(1 +\n2)"))]).split("\n")
    assert rows[-1] == "  |           ^^^^"


def test_a_place_behind_the_end_of_the_text_is_shown_on_its_last_line() -> None:
    source = Source("m.evm", "param x")
    rows = render([Diagnostic("E0102", "here", Span(source, 7, 7))]).split("\n")
    assert rows[-2:] == ["1 | param x", "  |        ^"]


def test_colours_are_around_the_text_and_change_nothing_else() -> None:
    coloured = render([MISTAKE], colour=True)
    assert "\x1b[1;31merror[E0207]\x1b[0m" in coloured
    plain = coloured
    for code in ("1;31", "1;33", "1;34", "1", "0"):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert plain == render([MISTAKE])


def test_messages_are_apart_by_an_empty_line() -> None:
    assert render([MISTAKE, MISTAKE]) == render([MISTAKE]) + "\n\n" + render([MISTAKE])


def test_json_counts_lines_and_columns_from_one() -> None:
    found = to_json(MISTAKE)
    assert json.loads(json.dumps(found)) == found
    assert found == {
        "code": "E0207",
        "severity": "error",
        "message": "`k_c` is indexed by B, but `t` runs over T",
        "file": "models/fleet_week.evm",
        "line": 41,
        "column": 33,
        "end_line": 41,
        "end_column": 34,
        "label": "element of T",
        "help": "a mapping from T to B exists: write `k_c[f(t)]`",
        "notes": [],
        "related": [],
        "data": None,
        "place": "",
    }


def test_json_without_a_span_has_no_place_in_a_file() -> None:
    found = to_json(Diagnostic("E0401", "missing", data=DataPlace("a.csv", 3), place="table a"))
    assert [found[key] for key in ("file", "line", "column", "end_line", "end_column")] == [
        None
    ] * 5
    assert found["data"] == {"file": "a.csv", "line": 3}
    assert found["place"] == "table a"
