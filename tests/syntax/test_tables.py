"""The parser's tables: cached for the user, and made anew where there is no usable cache."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from evdsl.source.text import Source
from evdsl.syntax.build import Builder
from evdsl.syntax.tables import Tables, grammar_text, make_tables, tables

SCRIPT = """
import sys
from evdsl.source.text import Source
from evdsl.syntax import parse
model, diagnostics = parse(Source("m.evm", "param n = 3;"))
assert not diagnostics and model.declaration("n").value.value == 3
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def reads(made: Tables) -> bool:
    """Whether the tables are those of the language; Lark numbers the states as it likes."""
    fresh = make_tables(grammar_text())
    return (made.fixed, made.patterns, len(made.states)) == (
        fresh.fixed,
        fresh.patterns,
        len(fresh.states),
    )


def test_the_cache_holds_what_the_grammar_makes(cache: Path) -> None:
    made = tables()
    assert reads(made)
    (file,) = kept(cache)
    written = file.stat().st_mtime_ns
    assert tables() == made
    assert file.stat().st_mtime_ns == written


@pytest.mark.parametrize("size", [0, 10, 1000])
def test_a_damaged_cache_is_made_anew(cache: Path, size: int) -> None:
    tables()
    (file,) = kept(cache)
    file.write_bytes(file.read_bytes()[:size])
    assert reads(tables())
    assert file.stat().st_size > 10_000


def test_a_cache_of_another_grammar_is_made_anew(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = grammar_text().replace('"cyclic"', '"ring"')
    monkeypatch.setattr("evdsl.syntax.tables.grammar_text", lambda: changed)
    assert "ring" in tables().fixed
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    assert "ring" not in tables().fixed


def test_a_folder_that_cannot_be_written_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocker))
    assert reads(tables())
    assert kept(tmp_path) == [blocker]


def test_processes_that_start_at_once_do_not_disturb_each_other(cache: Path) -> None:
    running = [subprocess.Popen([sys.executable, "-c", SCRIPT]) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert len(kept(cache)) == 1


def test_every_rule_has_its_callback() -> None:
    builder = Builder(Source("", ""))
    for origin, _, name, single, _ in tables().rules:
        assert single or origin.startswith("_") or callable(getattr(builder, name, None)), name


def test_reading_a_model_imports_no_solver_and_with_kept_tables_no_lark() -> None:
    heavy = ["numpy", "scipy", "pandas", "pyomo", "highspy", "pyscipopt", "rich", "lark"]
    script = SCRIPT + f"assert not set({heavy}) & set(sys.modules)"
    tables()
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
