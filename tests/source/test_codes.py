"""Every code has an explanation, and every explanation of a syntax error makes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import evdsl
from evdsl.source.codes import codes, explain
from evdsl.source.text import Source
from evdsl.syntax import parse

PACKAGE = Path(evdsl.__file__).parent
LITERAL = re.compile(r'"([EW]\d{4})"')
FENCE = re.compile(r"```evm\n(.*?)```", re.DOTALL)


def used_codes() -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    return {code for text in texts for code in LITERAL.findall(text)}


def test_the_codes_in_use_and_the_explanations_are_the_same() -> None:
    assert used_codes() == set(codes())


@pytest.mark.parametrize("code", sorted(codes()))
def test_an_explanation_has_a_title_a_text_and_an_example(code: str) -> None:
    page = explain(code)
    title, text, rest = page.split("\n\n", 2)
    assert re.fullmatch(rf"# {code}: \S.*\S", title)
    assert len(text.split()) > 8
    assert not text.startswith("```")
    bad, good = FENCE.findall(rest)
    assert bad.strip()
    assert good.strip()
    assert "\n\nWrite instead:\n\n" in rest


@pytest.mark.parametrize("code", [code for code in sorted(codes()) if code.startswith("E01")])
def test_the_example_of_a_syntax_error_makes_it_and_the_mended_one_makes_none(code: str) -> None:
    bad, good = FENCE.findall(explain(code))
    found = {d.code for d in parse(Source("bad.evm", bad))[1]}
    assert found == {code if code != "E0140" else "E0107"}  # E0140: models built in Python
    assert parse(Source("good.evm", good))[1] == []


def test_explain_takes_small_letters_and_refuses_what_does_not_exist() -> None:
    assert explain("e0101") == explain("E0101")
    for unknown in ("E9999", "../codes", ""):
        with pytest.raises(KeyError):
            explain(unknown)


def test_titles_are_those_of_the_pages() -> None:
    assert codes()["E0134"] == "`**`"
