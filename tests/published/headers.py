"""The published problems of this folder and what their headers say: see README.md."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import evdsl
from evdsl.program.program import Program

FOLDER = Path(__file__).parent
STATUSES = ("infeasible", "unbounded", "not attained")
_FIELD = re.compile(r"# ([a-z]+): (.*)")
_MORE = re.compile(r"#   (.*)")
RELATIVE, ABSOLUTE = 1e-4, 1e-5


@dataclass(frozen=True)
class Claim:
    """A leader's optimum: `optimal` with its value, or another status with nan.

    `printed` is the half of a unit of the last digit that was printed after the point.
    """

    status: str
    value: float
    printed: float = 0.0

    def holds(self, status: str, value: float) -> bool:
        """Whether an answer is this one, to 1e-4 relative or 1e-5."""
        if self.status != "optimal" or status != "optimal":
            return status == self.status
        return abs(value - self.value) <= ABSOLUTE + RELATIVE * abs(self.value)

    def rounds(self, exact: Claim) -> bool:
        """Whether this is `exact`, as far as its digits go."""
        near = exact.status == self.status and abs(exact.value - self.value) <= self.printed
        return near or exact.holds(self.status, self.value)


@dataclass(frozen=True)
class Published:
    """A problem with its header's fields; `better`, `refuted` and `approached` are
    values of columns by name."""

    name: str
    path: Path
    fields: dict[str, str]

    @property
    def family(self) -> str:
        return self.name.partition("_")[0]

    @property
    def pessimistic(self) -> bool:
        return self.fields.get("reading") == "pessimistic"

    @property
    def published(self) -> Claim | None:
        """What the source states; None where it states nothing."""
        text = self.fields["published"]
        return None if text == "none" else _claim(text)

    @property
    def optimum(self) -> Claim:
        return _claim(self.fields["optimum"])

    @property
    def differs(self) -> bool:
        return self.published is not None and not self.published.rounds(self.optimum)

    @property
    def better(self) -> dict[str, float]:
        return _point(self.fields.get("better", ""))

    @property
    def refuted(self) -> dict[str, float]:
        return _point(self.fields.get("refuted", ""))

    @property
    def approached(self) -> dict[str, float]:
        return _point(self.fields.get("approached", ""))

    @cached_property
    def model(self) -> evdsl.Model:
        return evdsl.load(self.path)

    @cached_property
    def program(self) -> Program:
        return self.model.ground().program


def read(path: Path) -> Published:
    fields: dict[str, str] = {}
    last = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if more := _MORE.fullmatch(line):
            fields[last] += f" {more[1]}"
        elif field := _FIELD.fullmatch(line):
            last = field[1]
            assert last not in fields, f"{path.name} has two of `{last}`"
            fields[last] = field[2]
        else:
            return Published(path.stem, path, fields)
    raise AssertionError(f"{path.name} holds no model")


def _claim(text: str) -> Claim:
    if text in STATUSES:
        return Claim(text, math.nan)
    digits = len(text.partition(".")[2])
    return Claim("optimal", float(text), 0.5 * 10.0**-digits if digits else 0.0)


def _point(text: str) -> dict[str, float]:
    pairs = (item.split(" = ") for item in re.split(r", (?=[a-z])", text) if item)
    return {name: float(value) for name, value in pairs}


PROBLEMS = {path.stem: read(path) for path in sorted(FOLDER.glob("*.evm"))}
