"""`evdsl verify` on files that somebody has changed: whatever is changed, it is not certified."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shell import Shell

MODEL = """
set I = 1..2;
leader top {
  var k[i in I] integer in [0, 4];
  maximize F = sum{i in I}(low.y[i] * i) - k[1] - k[2] + one.z;
}
follower low {
  var y[i in I] in [0, k[i]];
  minimize g = sum{i in I}(i * y[i]);
  constraint need: sum{i in I}(y[i]) >= 5;
}
follower one { var z in [0, 3]; minimize loss = (z - k[1])^2; }
report total[i in I] = low.y[i] + one.z;
report price = low.need.dual;
"""
JUDGED = ("objective", "leader", "followers", "reports")


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield path, tree
    entries = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree)
        if isinstance(tree, list)
        else ()
    )
    for key, value in entries:
        yield from places(value, (*path, key))


def changed(whole: Any, path: tuple[Any, ...], value: Any) -> Any:
    again = copy.deepcopy(whole)
    at = again
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return again


def test_whatever_is_changed_shows(evdsl: Shell, tmp_path: Path) -> None:
    model, stored = tmp_path / "m.evm", tmp_path / "out" / "solution.json"
    model.write_text(MODEL)
    assert evdsl("solve", str(model), "--out", str(stored.parent)).code == 0
    assert evdsl("verify", str(model), str(stored)).code == 0
    whole = json.loads(stored.read_text())
    stored.write_text(json.dumps(whole | {"objective": float("nan")}))
    assert evdsl("verify", str(model), str(stored)).code == 1
    tried = 0
    for path, value in places(whole):
        if not path or path[0] not in JUDGED or "index" in path:
            continue
        others = [value + 1, True, 10**400] if isinstance(value, float) else ["1", None]
        for other in others:
            stored.write_text(json.dumps(changed(whole, path, other)))
            found = evdsl("verify", str(model), str(stored), "--json")
            assert found.code in (1, 2), (path, other)
            assert found.json.get("certified") is not True
            tried += 1
    assert tried > 80


def test_numbers_beyond_all_solvers_are_refused(evdsl: Shell, tmp_path: Path) -> None:
    """2 x - 2 z overflows to no number at all, which breaks no row."""
    model, stored = tmp_path / "m.evm", tmp_path / "out" / "solution.json"
    model.write_text(
        "leader up { var x free; var z free; minimize F = x - z;"
        " constraint most: 2 * x - 2 * z <= 1; constraint least: x - z >= -5; }\n"
        "follower low { var y in [0, 1]; minimize f = y; constraint need: y >= 0.5; }"
    )
    assert evdsl("solve", str(model), "--out", str(stored.parent)).code == 0
    whole = json.loads(stored.read_text())
    for x in (1e308, -1e308, 1e20):
        far = {"leader": {"x": x, "z": 0.9 * x}, "objective": 0.1 * x, "reports": {"F": 0.1 * x}}
        stored.write_text(json.dumps(whole | far))
        found = evdsl("verify", str(model), str(stored), "--json")
        assert (found.code, found.json["diagnostics"][0]["code"]) == (2, "E0616")
        assert "Warning" not in found.err
        assert evdsl("solve", str(model), "--start", str(stored)).code == 2


@pytest.mark.parametrize("faulty", ["{", "[]", '{"leader": {"k": 1}, "followers": {"low": 3}}'])
def test_what_is_no_solution_is_refused(evdsl: Shell, tmp_path: Path, faulty: str) -> None:
    model, stored = tmp_path / "m.evm", tmp_path / "solution.json"
    model.write_text(MODEL)
    stored.write_text(faulty)
    found = evdsl("verify", str(model), str(stored), "--json")
    assert (found.code, found.json["diagnostics"][0]["code"]) == (2, "E0616")
