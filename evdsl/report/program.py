"""The two-level Program as text that people read: who decides what, with every number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from evdsl.program.linear import Family, Floats
from evdsl.program.program import Program
from evdsl.report.text import figure

_WIDTH = 100


def program_text(program: Program) -> str:
    """Each level's objective, rows and columns, in the order of the arrays."""
    return "\n".join(_Text(program).lines()) + "\n"


class _Text:
    """A Program with the names of its columns and rows at hand."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._joint = program.joint
        self._columns = _names(program.joint.columns)
        self._rows = _names(program.joint.rows)

    def lines(self) -> Iterator[str]:
        program, joint = self._program, self._joint
        yield f"program {program.name}"
        yield from self._level(0, "leader", joint.sense, joint.cost, joint.constant)
        for number, follower in enumerate(program.followers, 1):
            own = np.where(program.column_owner == number, program.follower_cost, 0.0)
            cost = own + program.foreign_cost[[number - 1]].toarray()[0]
            label = f"follower {follower.label}"
            yield from self._level(number, label, follower.sense, cost, follower.constant)

    def _level(
        self, number: int, label: str, sense: int, cost: Floats, constant: float
    ) -> Iterator[str]:
        yield ""
        yield label
        yield "  minimize" if sense > 0 else "  maximize"
        terms = self._terms(np.flatnonzero(cost), cost[np.flatnonzero(cost)])
        if constant:
            terms.append(f"{'-' if constant < 0 else '+'} {figure(abs(constant))}")
        yield from _wrapped(terms or ["0"], "    ")
        rows = np.flatnonzero(self._program.row_owner == number).tolist()
        if rows:
            yield "  subject to"
        for row in rows:
            yield from _wrapped(self._row(row), "    ")
        columns = np.flatnonzero(self._program.column_owner == number).tolist()
        if columns:
            yield "  variables"
        for column in columns:
            yield f"    {self._limits(column)}"

    def _row(self, row: int) -> list[str]:
        joint = self._joint
        part = slice(joint.A.indptr[row], joint.A.indptr[row + 1])
        terms = self._terms(joint.A.indices[part], joint.A.data[part]) or ["0"]
        low, high = float(joint.row_lower[row]), float(joint.row_upper[row])
        name = f"{self._rows[row]}:"
        if low == high:
            return [name, *terms, f"== {figure(low)}"]
        if math.isfinite(low) and math.isfinite(high):
            return [name, f"{figure(low)} <=", *terms, f"<= {figure(high)}"]
        if math.isfinite(low):
            return [name, *terms, f">= {figure(low)}"]
        return [name, *terms, f"<= {figure(high)}"]

    def _limits(self, column: int) -> str:
        low, high = float(self._joint.lower[column]), float(self._joint.upper[column])
        whole = "integer " if self._joint.integer[column] else ""
        free = low == -math.inf and high == math.inf
        domain = "free" if free else f"in [{figure(low)}, {figure(high)}]"
        return f"{self._columns[column]} {whole}{domain}"

    def _terms(self, columns: NDArray[np.integer], coefficients: Floats) -> list[str]:
        pairs = zip(coefficients.tolist(), columns.tolist(), strict=True)
        terms = [_term(coefficient, self._columns[column]) for coefficient, column in pairs]
        return [terms[0].removeprefix("+ "), *terms[1:]] if terms else []


def _names(families: Iterable[Family]) -> list[str]:
    return [
        f"{family.path}[{', '.join(map(str, label))}]" if label else family.path
        for family in families
        for label in family.keys.labels()
    ]


def _term(coefficient: float, name: str) -> str:
    sign, size = "-" if coefficient < 0 else "+", abs(coefficient)
    return f"{sign} {name}" if size == 1 else f"{sign} {figure(size)} {name}"


def _wrapped(parts: Iterable[str], indent: str) -> Iterator[str]:
    """The parts on as many lines as they need, the later ones two blanks further in."""
    line = indent
    for part in parts:
        if line.strip() and len(line) + 1 + len(part) > _WIDTH:
            yield line
            line = indent + "  "
        line += f" {part}" if line.strip() else part
    yield line
