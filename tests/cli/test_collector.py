"""The collector of garbage rests only while a command is imported."""

from __future__ import annotations

import gc
import sys

import pytest

from evdsl.cli.main import main


def test_it_works_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "evdsl.cli.explain", raising=False)
    assert main(["explain", "E0401"]) == 0
    assert gc.isenabled()
    frozen = gc.get_freeze_count()
    assert frozen > 0
    assert main(["explain", "E0401"]) == 0
    assert gc.get_freeze_count() <= frozen, "what a command leaves behind is not kept for ever"
