"""`show`, `fmt`, `explain`, `new`, and the text that `solve` prints."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from shell import BARD, TWO_UNITS, Shell

PROGRAM = """\
program bard

leader
  minimize
    up.x - 4 low.y
  variables
    up.x in [0, inf]

follower low
  minimize
    low.y
  subject to
    low.a: - up.x - low.y <= -3
    low.b: - 2 up.x + low.y <= 0
    low.c: 2 up.x + low.y <= 12
    low.d: 3 up.x - 2 low.y <= 4
  variables
    low.y in [0, inf]
"""


def test_show_program(evdsl: Shell) -> None:
    assert evdsl("show", BARD, "--stage", "program").out == PROGRAM


def test_show_ir_is_the_canonical_text(evdsl: Shell, tmp_path: Path) -> None:
    text = evdsl("show", BARD, "--stage", "ir").out
    path = tmp_path / "again.evm"
    path.write_text(text, encoding="utf-8")
    assert evdsl("show", str(path), "--stage", "ir").out == text
    assert evdsl("fmt", "--check", str(path)).code == 0


def test_show_sizes_counts_the_pairs(evdsl: Shell) -> None:
    out = evdsl("show", BARD, "--stage", "sizes").out
    assert "two levels: 1 leader, 1 follower\n" in out
    assert "single level: 5 pairs, 0 SOS1 sets\n" in out
    with_sets = evdsl("show", BARD, "--stage", "sizes", "--solver", "scip").out
    assert "0 SOS1 sets" not in with_sets


@pytest.mark.parametrize(("stage", "word"), [("lp", "Subject To"), ("mps", "ROWS")])
def test_show_files(evdsl: Shell, stage: str, word: str) -> None:
    out = evdsl("show", BARD, "--stage", stage).out
    assert word in out
    assert "low.d" in out


def test_show_refuses_a_wrong_model(evdsl: Shell, tmp_path: Path) -> None:
    path = tmp_path / "model.evm"
    path.write_text("leader up { var x in [0, 1]; minimize f = xx; }", encoding="utf-8")
    run = evdsl("show", str(path), "--stage", "ir")
    assert run.code == 2
    assert "error[E0201]" in run.err


def test_fmt_changes_files_and_check_only_says_so(evdsl: Shell, tmp_path: Path) -> None:
    path = tmp_path / "model.evm"
    path.write_text("leader up{var x in[0,1];minimize f=x;}  # why\n", encoding="utf-8")
    run = evdsl("fmt", "--check", str(tmp_path))
    assert (run.code, run.out) == (1, f"would change {path}\n")
    assert evdsl("fmt", str(path)).out == f"formatted {path}\n"
    assert "# why" in path.read_text(encoding="utf-8")
    assert evdsl("fmt", "--check", str(path)).code == 0
    assert [p.name for p in tmp_path.iterdir()] == ["model.evm"]


def test_fmt_leaves_a_wrong_file_as_it_is(evdsl: Shell, tmp_path: Path) -> None:
    path = tmp_path / "model.evm"
    path.write_text("leader up{var x in[0,1]", encoding="utf-8")
    run = evdsl("fmt", str(path))
    assert run.code == 2
    assert "error[E01" in run.err
    assert path.read_text(encoding="utf-8") == "leader up{var x in[0,1]"


def test_fmt_is_a_filter_without_files(evdsl: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("set T=0..3;"))
    assert evdsl("fmt").out == "set T = 0..3;\n"


def test_fmt_refuses_input_that_is_not_utf8(evdsl: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    given = io.TextIOWrapper(io.BytesIO(b"set T = 0..3;\n# caf\xe9\n"), "utf-8", "surrogateescape")
    monkeypatch.setattr(sys, "stdin", given)
    run = evdsl("fmt")
    assert (run.code, run.out) == (2, "")
    assert "error[E0613]: `<stdin>` is not UTF-8: byte 0xe9 in line 2" in run.err


def test_fmt_says_which_file_it_cannot_write(
    evdsl: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("evdsl.cli.fmt.replace_text", full)
    path = tmp_path / "model.evm"
    path.write_text("set T=0..3;")
    run = evdsl("fmt", str(path))
    assert run.code == 2
    assert f"error[E0614]: `{path}` cannot be written: no space left on device" in run.err


def test_show_files_of_a_model_without_columns(evdsl: Shell, tmp_path: Path) -> None:
    path = tmp_path / "empty.evm"
    path.write_text(
        "param n = 0; set T = 1..n;"
        "leader top { var x[t in T] in [0, 1]; minimize goal = sum{t in T}(x[t]); }"
    )
    assert " objective_: 0\n" in evdsl("show", str(path), "--stage", "lp").out
    assert "ENDATA" in evdsl("show", str(path), "--stage", "mps").out


def test_explain_tells_the_story_and_lists_the_codes(evdsl: Shell) -> None:
    assert evdsl("explain", "e0601").out.startswith("# E0601: unknown option\n")
    listed = evdsl("explain").out.splitlines()
    assert "E0601  unknown option" in listed
    assert listed == sorted(listed)


def test_new_writes_a_model_that_runs_at_once(evdsl: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "depot"
    run = evdsl("new", str(folder))
    assert run.code == 0
    assert f"now: evdsl solve {folder / 'model.evm'}" in run.out
    assert evdsl("fmt", "--check", str(folder)).code == 0
    for solver in ("highs", "scip"):
        run = evdsl("solve", str(folder / "model.evm"), "--solver", solver)
        assert run.code == 0
        assert run.err == ""
        assert "optimal" in run.out


def test_new_refuses_a_directory_with_something_in_it(evdsl: Shell, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    run = evdsl("new", str(tmp_path))
    assert run.code == 2
    assert "error[E0615]" in run.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_solve_prints_baseline_and_solution_side_by_side(evdsl: Shell) -> None:
    run = evdsl("solve", TWO_UNITS, "--solver", "scip")
    lines = run.out.splitlines()
    assert lines[0] == "two_units: Ten cars in two units, an afternoon and an evening"
    head = next(line for line in lines if line.startswith("report"))
    assert head.split() == ["report", "simple", "bilevel", "change"]
    rmse = next(line for line in lines if line.startswith("rmse_charge[unit1]"))
    assert rmse.split()[1] == "kW"
    assert rmse.endswith("%")
    assert "\x1b" not in run.out


def test_nothing_assumed_is_called_optimal_on_the_screen(evdsl: Shell) -> None:
    out = evdsl("solve", BARD, "--big-m", "1000").out
    assert "optimal" not in out.replace("re-solved alone is optimal", "")
    assert "assumed" in out


def test_the_log_is_the_solvers_own(evdsl: Shell, tmp_path: Path) -> None:
    log = tmp_path / "highs.log"
    run = evdsl("solve", TWO_UNITS, "--log", str(log))
    assert "HiGHS" in log.read_text(encoding="utf-8")
    assert "HiGHS" not in run.out
