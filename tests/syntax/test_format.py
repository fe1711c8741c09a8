"""`evdsl fmt`: one canonical form, which keeps comments and the meaning."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from evdsl.source.diagnostic import EvdslError
from evdsl.source.text import Source
from evdsl.syntax import format_source, parse
from sources import FILES, MODELS, source


def formatted(text: str) -> str:
    return format_source(Source("test.evm", text))


@pytest.mark.parametrize("path", FILES)
def test_formatting_keeps_the_meaning_and_the_comments(path: Path) -> None:
    text = source(path)
    again = formatted(text.text)
    assert parse(Source("again.evm", again))[0] == parse(text)[0]
    assert comments(again) == comments(text.text)
    assert all(len(row) <= 100 for row in again.split("\n") if not row.lstrip().startswith("#"))


@pytest.mark.parametrize("path", FILES)
def test_formatting_twice_changes_nothing(path: Path) -> None:
    once = formatted(source(path).text)
    assert formatted(once) == once


@pytest.mark.parametrize("path", [pytest.param(p, id=p.stem) for p in MODELS])
def test_the_models_of_the_repository_are_formatted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert formatted(text) == text


def test_spaces_lines_and_blocks() -> None:
    written = """


model   m  "title" ;
param dt    : h=1 ;   param n=4;
set T=0 .. 23 cyclic;


set U={"home" , "work"};
param price [ t in T:t>0 ]:EUR / MWh in[-500,inf]default 0=-2*-x ^ 2+sum {u in U} ( p[u] );
leader  planner{

var k[t in T]in [ 0 , 1 ];minimize  k[0];

}
baseline simple {
  k = 1;
}
check [t in T] : price[t]<=3 "m";
"""
    assert (
        formatted(written)
        == """\
model m "title";
param dt : h = 1;
param n = 4;
set T = 0..23 cyclic;

set U = {"home", "work"};
param price[t in T : t > 0] : EUR/MWh in [-500, inf] default 0 = -2 * -x^2 + sum{u in U}(p[u]);
leader planner {
  var k[t in T] in [0, 1];
  minimize k[0];
}
baseline simple { k = 1; }
check[t in T]: price[t] <= 3 "m";
"""
    )


def test_comments_stay_where_they_are() -> None:
    written = """# first


# second
leader a {# head
# above


var x free;# behind
constraint c: x # one
# own
+ 3 <= 4;
# last

}# closing
baseline b { x = 1; } # whole
baseline c { x = 1; # inside
}
# end

"""
    assert (
        formatted(written)
        == """\
# first

# second
leader a {  # head
  # above

  var x free;  # behind
  constraint c: x  # one
      # own
      + 3 <= 4;
  # last
}  # closing
baseline b { x = 1; }  # whole
baseline c {
  x = 1;  # inside
}
# end
"""
    )


def test_parentheses_and_numbers_stay_as_they_are_written() -> None:
    text = "param x = (a * b) + 0.000001 - 1.50;\n"
    assert formatted(text) == text


def test_a_text_without_statements() -> None:
    assert formatted("") == ""
    assert formatted("\n\n# only a comment\n\n\n") == "# only a comment\n"


def test_a_text_with_errors_is_not_formatted() -> None:
    with pytest.raises(EvdslError) as caught:
        formatted("param x = ;")
    assert [d.code for d in caught.value.diagnostics] == ["E0101"]


TOKEN = re.compile(r'"(?:[^"\n]|"")*"|#[^\n]*|\w+|\s+|\.\.|[<>=!]=|->|.')
GAPS = ("", "\n", "\n\n\n", "  ", " # a note\n", "\n# a line\n\n")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_comments_and_blank_lines_anywhere(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(MODELS)).read_text(encoding="utf-8")
    tokens = TOKEN.findall(text)
    for index in sorted(data.draw(st.sets(st.integers(0, len(tokens)), max_size=8)), reverse=True):
        tokens.insert(index, data.draw(st.sampled_from(GAPS)))
    disturbed = "".join(tokens)
    model, diagnostics = parse(Source("disturbed.evm", disturbed))
    assume(not diagnostics)  # a gap within a token
    once = formatted(disturbed)
    assert formatted(once) == once
    assert parse(Source("once.evm", once))[0] == model
    assert comments(once) == comments(disturbed)


def comments(text: str) -> list[str]:
    found = re.findall(r'"(?:[^"\n]|"")*"|#[^\n]*', text)
    return [comment.strip() for comment in found if comment.startswith("#")]
