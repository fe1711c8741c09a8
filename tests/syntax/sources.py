"""Texts that the tests of this folder share: the models of the repository and further examples."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evdsl import ir
from evdsl.source.text import Source
from evdsl.syntax import parse

REPOSITORY = Path(__file__).parents[2]
MODELS = sorted((REPOSITORY / "models").glob("*/*.evm"))
EXAMPLES = sorted((REPOSITORY.parent / "shared" / "design" / "examples").glob("*.evm"))
FILES = [pytest.param(path, id=path.stem) for path in (*MODELS, *EXAMPLES)]
COUNT_WITH_BODY = re.compile(r"(count\{[^{}]*\})\(1\)")


def source(path: Path) -> Source:
    """A model as it is written today: the examples give `count` a body."""
    return Source(path.name, COUNT_WITH_BODY.sub(r"\1", path.read_text(encoding="utf-8")))


def read(text: str) -> ir.Model:
    model, diagnostics = parse(Source("test.evm", text))
    assert diagnostics == []
    return model


def read_expr(text: str) -> ir.Expr:
    return read(f"report r = {text};").reports[0].value
