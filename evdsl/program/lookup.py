"""Members and subscripts taken apart, and what stands at an index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn, TypeAlias

import numpy as np

from evdsl.ir.expr import At, Columns, Expr, Member, Name
from evdsl.program.convert import OFF_THE_END, Value, fail
from evdsl.program.frame import Frame
from evdsl.program.keys import Codes, Elements
from evdsl.program.locate import Locator

if TYPE_CHECKING:
    from evdsl.program.evaluate import Evaluator

Fetch: TypeAlias = Callable[[Codes, Frame], Value]


def peel(expression: Expr) -> tuple[Name, tuple[Expr, ...]]:
    """The name at the bottom, and the members and subscripts behind it from left to right."""
    steps: list[Expr] = []
    while isinstance(expression, Member | At | Columns):
        steps.append(expression)
        expression = expression.base
    if not isinstance(expression, Name):
        fail("E0423", "a name must stand before `[` and `.`", expression)
    return expression, tuple(steps[::-1])


@dataclass(frozen=True, eq=False)
class Use:
    """A use of a name: the whole expression, the members and subscripts that are still to be taken
    from the left, and the rows that it stands on."""

    node: Expr
    steps: tuple[Expr, ...]
    evaluator: Evaluator
    frame: Frame

    @property
    def at(self) -> At | None:
        """The subscript that comes next, if one does."""
        return self.steps[0] if self.steps and isinstance(self.steps[0], At) else None

    @property
    def member(self) -> str | None:
        """The member that comes next, if one does."""
        return self.steps[0].name if self.steps and isinstance(self.steps[0], Member) else None

    def behind(self, count: int) -> Use:
        """What is left behind the next steps."""
        return replace(self, steps=self.steps[count:])

    def find(self, locator: Locator, prefix: Sequence[Codes], fetch: Fetch) -> Value:
        """What stands at the index of each row; `otherwise` where the index is off or unknown.

        The index is that of `prefix`, codes (size,) for the first dimensions, and of the subscript.
        """
        codes = self._codes(locator, prefix)
        frame, at = self.frame, self.at
        positions = locator.find(codes) if codes else np.zeros(frame.size, np.int64)
        missing = positions < 0
        if not missing.any():
            return fetch(positions, frame)
        good, bad = np.flatnonzero(~missing), np.flatnonzero(missing)
        if at is None or at.otherwise is None:
            self._refuse(codes, locator.keys.dims, int(bad[0]))
        sides: list[tuple[Value, Codes, Expr]] = []
        if len(good):
            sides.append((fetch(positions[good], frame.take(good)), good, self.node))
        sides.append((self.evaluator.value(at.otherwise, frame.take(bad)), bad, at.otherwise))
        return self.evaluator.merge(sides, frame)

    def _codes(self, locator: Locator, prefix: Sequence[Codes]) -> list[Codes]:
        left = locator.keys.dims[len(prefix) :]
        index = self.at.index if self.at is not None else ()
        if len(index) != len(left):
            message = f"{len(left)} indices are needed here, not {len(index)}"
            fail("E0206", message, self.node)
        found = [
            self.evaluator.element(item, self.frame, dim)
            for item, dim in zip(index, left, strict=True)
        ]
        return [*prefix, *found]

    def _refuse(self, codes: list[Codes], dims: tuple[Elements, ...], row: int) -> NoReturn:
        where = f" at {self.frame.label(row)}" if self.frame.bound else ""
        index = self.at.index if self.at is not None else ()
        node = self.at or self.node
        for code, dim in zip(codes, dims, strict=True):
            if code[row] < 0:
                message = f"this index steps off the end of `{dim.name}`{where}"
                fail("E0410", message, index[0] if len(index) == 1 else node, OFF_THE_END)
        key = ", ".join(str(d.labels[int(c[row])]) for c, d in zip(codes, dims, strict=True))
        help = "exclude it with a condition, or write what holds there: `x[v, t else 0]`"
        fail("E0420", f"there is no element [{key}] here{where}", node, help)
