"""`evdsl verify`: what a script gets, and that no reformulation has a part in it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from shell import BARD, TWO_UNITS, Shell


@pytest.fixture
def stored(evdsl: Shell, tmp_path: Path) -> Path:
    assert evdsl("solve", BARD, "--out", str(tmp_path)).code == 0
    return tmp_path / "solution.json"


def changed(path: Path, **values: object) -> str:
    found = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(found | values), encoding="utf-8")
    return str(path)


def test_what_holds_is_0(evdsl: Shell, stored: Path) -> None:
    run = evdsl("verify", BARD, str(stored))
    assert (run.code, run.err) == (0, "")
    assert run.out.splitlines()[:2] == ["certified", "objective  -12"]


def test_what_does_not_hold_is_1_and_is_said(evdsl: Shell, stored: Path) -> None:
    wrong = changed(stored, leader={"x": 3.0})
    run = evdsl("verify", BARD, wrong)
    assert run.code == 1
    assert run.out.startswith("not certified\n")
    assert "but follower `low` has a better answer" in run.out
    found = evdsl("verify", BARD, wrong, "--json")
    assert found.code == 1
    assert not found.json["certified"]
    assert found.json["follower_gap"] == pytest.approx(1.5 / 4)
    assert len(found.json["faults"]) == 2


def test_a_decision_without_an_answer_is_said(evdsl: Shell, stored: Path) -> None:
    """At x = 5 the follower's rows c and d ask for y <= 2 and y >= 5.5."""
    run = evdsl("verify", BARD, changed(stored, leader={"x": 5.0}))
    assert run.code == 1
    assert "but follower `low` has no answer there" in run.out


def test_wrong_files_are_2(evdsl: Shell, stored: Path, tmp_path: Path) -> None:
    for model, path, code in (
        (BARD, tmp_path / "none.json", "E0616"),
        (BARD, Path(BARD), "E0616"),
        (TWO_UNITS, stored, "E0617"),
        (tmp_path / "none.evm", stored, "E0610"),
    ):
        run = evdsl("verify", str(model), str(path))
        assert run.code == 2
        assert f"error[{code}]" in run.err
        assert run.out == ""


LOADED = """
import sys
from evdsl.cli.main import main
code = main(["verify", *sys.argv[1:]])
print(code, *sorted(name for name in sys.modules if name.startswith("evdsl.")))
"""


def test_no_reformulation_and_no_search_is_loaded(stored: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", LOADED, BARD, str(stored)],
        capture_output=True,
        text=True,
        check=True,
    )
    code, *modules = run.stdout.splitlines()[-1].split()
    assert code == "0"
    assert "evdsl.solve.certificate" in modules
    for forbidden in ("evdsl.reformulate", "evdsl.backends.branch", "evdsl.solve.polish"):
        assert not [name for name in modules if name.startswith(forbidden)]
