"""The parser's tables: cached for the user, and built anew where there is no usable cache."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from evdsl.syntax.build import Builder
from evdsl.syntax.grammar import grammar_text, lark_parser

TEXT = "param n = 3;"
SCRIPT = """
from evdsl.source.text import Source
from evdsl.syntax import parse
model, diagnostics = parse(Source("m.evm", "param n = 3;"))
assert not diagnostics and model.declaration("n").value.value == 3
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def tables(folder: Path) -> list[Path]:
    return list(folder.rglob("*.lark"))


def test_the_tables_are_kept_and_used_again(cache: Path) -> None:
    lark_parser(Builder()).parse(TEXT)
    (kept,) = tables(cache)
    written = kept.stat().st_mtime_ns
    lark_parser(Builder()).parse(TEXT)
    assert kept.stat().st_mtime_ns == written


def test_a_damaged_cache_is_built_anew(cache: Path) -> None:
    lark_parser(Builder())
    (kept,) = tables(cache)
    kept.write_bytes(kept.read_bytes()[:1000])
    lark_parser(Builder()).parse(TEXT)
    assert kept.stat().st_size > 10_000


def test_a_folder_that_cannot_be_written_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocker))
    lark_parser(Builder()).parse(TEXT)
    assert tables(tmp_path) == []


def test_processes_that_start_at_once_do_not_disturb_each_other(cache: Path) -> None:
    running = [subprocess.Popen([sys.executable, "-c", SCRIPT]) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]


def test_every_rule_has_its_callback() -> None:
    builder = Builder()
    parser = lark_parser(builder)
    for rule in parser.rules:
        name = rule.alias or rule.origin.name
        inlined = rule.options.expand1 and not rule.alias
        assert inlined or name.startswith("__") or callable(getattr(builder, name, None)), name


def test_importing_the_language_imports_no_solver() -> None:
    heavy = ["numpy", "scipy", "pandas", "pyomo", "highspy", "pyscipopt", "rich"]
    script = SCRIPT + f"import sys; assert not set({heavy}) & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_the_grammar_is_found() -> None:
    assert "start:" in grammar_text()
