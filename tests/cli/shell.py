"""Running the command line inside the test's process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evdsl.cli.main import main

ROOT = Path(__file__).parents[2]
BARD = str(ROOT / "models" / "bard" / "bard.evm")
TWO_UNITS = str(ROOT / "models" / "two_units" / "two_units.evm")


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on standard output; fails where there is more or less."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> Run:
        code = main(list(words))
        captured = self.capsys.readouterr()
        return Run(code, captured.out, captured.err)
