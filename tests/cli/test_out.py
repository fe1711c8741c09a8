"""`--out` and `--start`: what is written, that it is whole, and that it can be read back."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from evdsl.report import directory as written_directory
from shell import BARD, TWO_UNITS, Shell


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from evdsl.cli.main import main

    folder = tmp_path_factory.mktemp("out") / "deep" / "results"
    assert main(["solve", TWO_UNITS, "--solver", "scip", "--out", str(folder)]) == 0
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_tidy_csv_for_each_family(results: Path) -> None:
    charge = rows(results / "aev.c.csv")
    assert list(charge[0]) == ["U", "T", "value"]
    assert len(charge) == 24
    assert charge[0]["U"] == "unit1"
    assert charge[0]["T"] == "2025-01-13T12:00Z"
    assert list(rows(results / "planner.k_c.csv")[0]) == ["U", "B", "value"]


def test_solution_json_says_the_same(results: Path) -> None:
    found = json.loads((results / "solution.json").read_text(encoding="utf-8"))
    charge = [float(row["value"]) for row in rows(results / "aev.c.csv")]
    assert [entry["value"] for entry in found["followers"]["aev"]["c"]] == charge
    assert found["files"] == sorted(
        path.relative_to(results).as_posix() for path in results.rglob("*.csv")
    )


def test_baselines_and_reports(results: Path) -> None:
    factors = rows(results / "baselines" / "simple" / "planner.k_c.csv")
    assert {float(row["value"]) for row in factors} == {1.0}
    reports = rows(results / "reports.csv")
    assert list(reports[0]) == ["point", "report", "U", "value", "unit"]
    assert {row["point"] for row in reports} == {"simple", "solution"}
    rmse = {
        row["point"]: float(row["value"])
        for row in reports
        if (row["report"], row["U"]) == ("rmse_charge", "unit2")
    }
    assert rmse["solution"] < rmse["simple"]


def test_nothing_else_is_left_behind(results: Path) -> None:
    assert [path.name for path in results.parent.iterdir()] == ["results"]


def test_files_of_an_earlier_solution_go_and_others_stay(evdsl: Shell, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "mine.csv").write_text("a\n1\n", encoding="utf-8")
    model = tmp_path / "model.evm"
    text = "leader up {\n  var x in [0, 1];\n  maximize f = x;\n}\n"
    model.write_text(text, encoding="utf-8")
    assert evdsl("solve", str(model), "--out", str(tmp_path)).code == 0
    assert (tmp_path / "up.x.csv").exists()
    model.write_text(text.replace("x in", "y in").replace("= x", "= y"), encoding="utf-8")
    assert evdsl("solve", str(model), "--out", str(tmp_path)).code == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        "model.evm",
        "notes.txt",
        "mine.csv",
        "up.y.csv",
        "reports.csv",
        "solution.json",
    }


def test_a_failure_while_writing_leaves_the_old_results(
    evdsl: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "results"
    assert evdsl("solve", BARD, "--out", str(folder)).code == 0
    before = {path: path.read_bytes() for path in folder.iterdir()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(written_directory, "_csv", full)
    run = evdsl("solve", BARD, "--out", str(folder), "--json")
    assert run.code == 2
    assert run.json["status"] == "optimal"
    assert run.json["diagnostics"][0]["code"] == "E0614"
    (folder / "incumbent.json").unlink()  # what `--resume` would go on from
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def test_solution_json_appears_last(
    evdsl: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = []
    replace = os.replace

    def watched(source: Path, target: Path) -> None:
        if Path(target).name != "incumbent.json":
            moved.append(Path(target).name)
        replace(source, target)

    monkeypatch.setattr(os, "replace", watched)
    assert evdsl("solve", BARD, "--out", str(tmp_path / "results")).code == 0
    assert sorted(moved[:-1]) == ["low.y.csv", "reports.csv", "up.x.csv"]
    assert moved[-1] == "solution.json"


def test_a_place_that_cannot_be_written_is_said_before_solving(
    evdsl: Shell, tmp_path: Path
) -> None:
    file = tmp_path / "taken"
    file.write_text("", encoding="utf-8")
    for place in (file, file / "below"):
        run = evdsl("solve", BARD, "--out", str(place))
        assert run.code == 2
        assert run.out == ""
        assert "error[E0614]" in run.err


def test_a_solution_is_a_start(evdsl: Shell, results: Path) -> None:
    """Without time to search, what is shown is the start itself."""
    start = str(results / "solution.json")
    optimum = json.loads(Path(start).read_text(encoding="utf-8"))["objective"]
    run = evdsl("solve", TWO_UNITS, "--start", start, "--time-limit", "0.2", "--json")
    assert run.code == 0
    assert run.json["objective"] == pytest.approx(optimum)


def test_a_start_of_another_model_is_refused(evdsl: Shell, results: Path, tmp_path: Path) -> None:
    run = evdsl("solve", BARD, "--start", str(results / "solution.json"))
    assert run.code == 2
    assert "error[E0617]" in run.err
    found = json.loads((results / "solution.json").read_text(encoding="utf-8"))
    found["leader"]["k_c"].pop()
    shorter = tmp_path / "solution.json"
    shorter.write_text(json.dumps(found), encoding="utf-8")
    run = evdsl("solve", TWO_UNITS, "--start", str(shorter))
    assert run.code == 2
    assert "`k_c[unit2, 3]`" in run.err


def test_a_solve_without_an_answer_replaces_an_old_one(evdsl: Shell, tmp_path: Path) -> None:
    model = tmp_path / "model.evm"
    model.write_text("leader up { var x in [0, 1]; maximize f = x; }", encoding="utf-8")
    folder = tmp_path / "results"
    assert evdsl("solve", str(model), "--out", str(folder)).code == 0
    model.write_text(
        "leader up { var x in [0, 1]; maximize f = x; constraint c: x >= 2; }", encoding="utf-8"
    )
    assert evdsl("solve", str(model), "--out", str(folder)).code == 1
    assert json.loads((folder / "solution.json").read_text("utf-8"))["status"] == "infeasible"
    assert not (folder / "up.x.csv").exists()
