"""`evdsl import`, and `show --stage mibs`, which writes what it reads."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pyscipopt
import pytest

from shell import BARD, TWO_UNITS, Shell

MPS = """\
NAME small
ROWS
 N cost
 L r1
 G r2
COLUMNS
 x cost 1 r1 1
 x r2 -1
 y(1) cost -1 r1 2
 y(1) r2 1
RHS
 RHS r1 8 r2 -2
ENDATA
"""
AUX = "N 1\nM 1\nLC 1\nLR 1\nLO 1\nOS 1\n"
MODEL = """\
model small "from small.mps and small.aux";

leader up {
  var x in [0, inf];
  minimize cost = x - low.y_1;
  constraint r1: x + 2 * low.y_1 <= 8;
}

follower low {
  var y_1 in [0, inf] "y(1)";
  minimize y_1;
  constraint r2: -x + y_1 >= -2;
}
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.mps").write_text(MPS)
    (tmp_path / "small.aux").write_text(AUX)
    return tmp_path


def test_it_prints_a_canonical_model(evdsl: Shell, files: Path) -> None:
    run = evdsl("import", "small.mps", "small.aux")
    assert (run.code, run.out, run.err) == (0, MODEL, "")
    (files / "small.evm").write_text(run.out)
    assert evdsl("fmt", "--check", "small.evm").code == 0
    assert evdsl("check", "small.evm").code == 0
    assert evdsl("solve", "small.evm", "--solver", "scip").code == 0


@pytest.mark.parametrize("option", ["-o", "--out"])
def test_it_writes_a_file_that_others_can_read(evdsl: Shell, files: Path, option: str) -> None:
    mask = os.umask(0o022)
    try:
        run = evdsl("import", "small.mps", "small.aux", option, "model.evm")
    finally:
        os.umask(mask)
    assert run.out == "the model is in model.evm\nnow: evdsl solve model.evm\n"
    assert (files / "model.evm").read_text() == MODEL
    assert (files / "model.evm").stat().st_mode & 0o777 == 0o644


def test_the_auxiliary_file_beside_is_found(evdsl: Shell, files: Path) -> None:
    assert evdsl("import", "small.mps").out == MODEL
    packed = gzip.compress(MPS.encode())
    (files / "small.mps").unlink()
    (files / "small.mps.gz").write_bytes(packed)
    assert evdsl("import", "small.mps.gz").out == MODEL.replace("small.mps", "small.mps.gz")


def test_a_name_of_the_file_stands_in_for_a_missing_one(evdsl: Shell, files: Path) -> None:
    (files / "small.mps").write_text(MPS.replace("NAME small", "NAME"))
    assert evdsl("import", "small.mps").out == MODEL


def test_nothing_is_written_where_something_is_wrong(evdsl: Shell, files: Path) -> None:
    (files / "small.aux").write_text(AUX.replace("LC 1", "LC 7"))
    (files / "model.evm").write_text("mine")
    run = evdsl("import", "small.mps", "small.aux", "-o", "model.evm")
    assert run.code == 2
    assert "E0634" in run.err
    assert (files / "model.evm").read_text() == "mine"
    assert sorted(path.name for path in files.iterdir()) == ["model.evm", "small.aux", "small.mps"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["smal.mps"], "E0610"),
        (["small.mps", "smal.aux"], "E0610"),
        (["."], "E0611"),
        (["small.mps", "small.aux", "-o", "none/model.evm"], "E0614"),
        (["latin.mps", "small.aux"], "E0613"),
        (["torn.mps.gz", "small.aux"], "E0612"),
        ([], "E0602"),
    ],
)
def test_files_that_cannot_be_read_or_written(
    evdsl: Shell, files: Path, words: list[str], code: str
) -> None:
    (files / "latin.mps").write_bytes(MPS.replace("small", "groß").encode("latin-1"))
    (files / "torn.mps.gz").write_bytes(gzip.compress(MPS.encode())[:-9])
    run = evdsl("import", *words)
    assert run.code == 2
    assert f"error[{code}]" in run.err
    if code == "E0610":
        assert "did you mean `small." in run.err


def test_show_writes_both_files_and_import_reads_them(evdsl: Shell, files: Path) -> None:
    run = evdsl("show", BARD, "--stage", "mibs", "--out", "made/here")
    assert run.out == "2 files in made/here: bard.mps, bard.aux\n"
    again = evdsl("import", "made/here/bard.mps")
    assert "constraint low_c: 2 * up_x + low_y <= 12" in again.out
    by_index = evdsl("show", BARD, "--stage", "mibs", "--by-index", "--out", "made/here")
    assert by_index.code == 0
    assert (files / "made/here/bard.aux").read_text().startswith("N 1\nM 4\nLC 1\nLR 0\n")
    assert evdsl("import", "made/here/bard.mps").out == again.out


def test_show_prints_both_files_below_their_names(evdsl: Shell) -> None:
    out = evdsl("show", TWO_UNITS, "--stage", "mibs").out
    mps, _, aux = out.partition("* ==== two_units.aux\n")
    assert mps.startswith("* ==== two_units.mps\n* two_units, written by evdsl\n")
    assert "* the objectives of 2 followers are added up\n" in mps
    assert mps.endswith("ENDATA\n")
    assert aux.startswith("@NUMVARS\n72\n@NUMCONSTRS\n")
    assert aux.endswith("@NAME\ntwo_units\n@MPS\ntwo_units.mps\n")


@pytest.mark.parametrize("stage", ["lp", "mps"])
def test_show_writes_a_file_of_the_single_level(evdsl: Shell, files: Path, stage: str) -> None:
    assert evdsl("show", BARD, "--stage", stage, "--out", ".").code == 0
    assert (files / f"bard.{stage}").read_text() == evdsl("show", BARD, "--stage", stage).out


@pytest.mark.parametrize("stage", ["lp", "mps"])
@pytest.mark.parametrize(
    "route",
    [
        [],
        ["--method", "branch"],
        ["--solver", "scip"],
        ["--solver", "scip", "--method", "indicator"],
    ],
    ids=" ".join,
)
def test_the_file_of_the_single_level_has_the_bilevel_optimum(
    evdsl: Shell, files: Path, stage: str, route: list[str]
) -> None:
    """Pairs that evdsl would branch on itself are in it: without them the optimum is another."""
    assert evdsl("show", BARD, "--stage", stage, "--out", ".", *route).code == 0
    model = pyscipopt.Model()
    model.hideOutput()
    model.readProblem(str(files / f"bard.{stage}"))
    model.optimize()
    assert model.getObjVal() == pytest.approx(-12)


def test_show_says_where_it_cannot_write(evdsl: Shell, files: Path) -> None:
    run = evdsl("show", BARD, "--stage", "mibs", "--out", "small.mps")
    assert run.code == 2
    assert "error[E0614]" in run.err
    assert (files / "small.mps").read_text() == MPS


@pytest.mark.parametrize("stage", ["lp", "mps"])
@pytest.mark.parametrize(("kind", "options"), [("integer", []), ("", ["--method", "value"])])
def test_no_file_leaves_the_followers_optimality_out(
    evdsl: Shell, files: Path, stage: str, kind: str, options: list[str]
) -> None:
    """The best of all points is -9, that of the follower's answers -1: cuts tell them apart."""
    (files / "m.evm").write_text(
        "leader up { var x binary; minimize F = -low.y; }\n"
        f"follower low {{ var y {kind} in [0, 9]; minimize f = y; constraint n: y >= x; }}"
    )
    assert "objective  -1\n" in evdsl("solve", "m.evm", *options).out
    run = evdsl("show", "m.evm", "--stage", stage, *options)
    assert (run.code, run.out) == (2, "")
    assert "error[E0510]" in run.err


@pytest.mark.parametrize("name", ["small.mps", "small.aux", "./small.mps"])
def test_what_is_imported_is_kept(evdsl: Shell, files: Path, name: str) -> None:
    run = evdsl("import", "small.mps", "-o", name)
    assert (run.code, run.out) == (2, "")
    assert "error[E0614]" in run.err
    assert ((files / "small.mps").read_text(), (files / "small.aux").read_text()) == (MPS, AUX)


def test_help_names_the_command(evdsl: Shell) -> None:
    assert "\n  evdsl import   " in evdsl("help").out
    assert "FILE.mps" in evdsl("import", "--help").out
    assert "--by-index" in evdsl("show", "--help").out
