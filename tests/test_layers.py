"""The rooms import only downward, and what must be quick loads nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "evdsl"

LAYERS = (
    "source",
    "workers",
    "ir",
    "syntax",
    "check",
    "data",
    "program",
    "reformulate",
    "backends",
    "solve",
    "fleet",
    "report",
    "api",
    "cli",
)
HEAVY = {"numpy", "scipy", "pandas", "pyomo", "highspy", "pyscipopt"}
LIGHT_ROOMS = ("source", "ir", "syntax", "check")


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports anywhere, under their full names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the layer"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


FILES = sorted(
    path for path in PACKAGE.rglob("*.py") if room(path) not in ("__init__", "__main__", "grammar")
)


def test_every_room_has_its_place() -> None:
    assert {room(path) for path in FILES} == set(LAYERS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_downward(path: Path) -> None:
    own = LAYERS.index(room(path))
    used = {name.split(".")[1] for name in imported(path) if name.startswith("evdsl.")}
    above = {name for name in used & set(LAYERS) if LAYERS.index(name) > own}
    assert not above, f"{room(path)} must not import {above}"


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if room(path) in LIGHT_ROOMS],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_light_rooms_import_nothing_heavy(path: Path) -> None:
    assert not {name.split(".")[0] for name in imported(path)} & HEAVY


def loaded(code: str) -> set[str]:
    """The heavy packages that are loaded once a fresh interpreter has run the code."""
    script = f"{code}\nimport sys\nprint(*sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def test_import_evdsl_loads_nothing_heavy() -> None:
    assert loaded("import evdsl; evdsl.load; evdsl.EvdslError; evdsl.Model") == set()


def test_check_without_data_loads_nothing_heavy() -> None:
    model = "models/fleet_day/fleet_day.evm"
    words = ["check", "--no-data", model]
    assert loaded(f"from evdsl.cli.main import main; assert main({words!r}) == 0") == set()


def test_fmt_explain_and_show_ir_load_nothing_heavy() -> None:
    model = "models/fleet_day/fleet_day.evm"
    words = [["fmt", "--check", model], ["explain", "E0601"], ["show", "--stage", "ir", model]]
    assert loaded(f"from evdsl.cli.main import main\nfor w in {words!r}: main(w)") == set()


def test_the_package_says_what_it_offers() -> None:
    import evdsl

    assert all(getattr(evdsl, name) is not None for name in evdsl.__all__)
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        _ = evdsl.lode
