"""What an evaluator asks of the scope that it evaluates in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from evdsl.ir.expr import Expr
from evdsl.program.convert import Value
from evdsl.program.form import Form
from evdsl.program.frame import Frame, SetValue
from evdsl.program.keys import Codes, Elements

if TYPE_CHECKING:
    from evdsl.program.evaluate import Evaluator


class Access(Protocol):
    """What stands behind names, members and subscripts (scope.py)."""

    def set_value(self, expression: Expr, frame: Frame) -> SetValue: ...
    def implied(self, names: set[str]) -> set[str]: ...
    def has_mapping(self, name: str) -> bool: ...
    def mapping(
        self, name: str
    ) -> tuple[Callable[[list[Codes]], Codes], tuple[Elements, ...], Elements]: ...
    def path(self, expression: Expr, evaluator: Evaluator, frame: Frame) -> Value: ...
    def explain_text(self, expression: Expr) -> None: ...
    def extreme(
        self,
        function: str,
        parts: list[Form],
        rows: tuple[Frame, Codes],
        frame: Frame,
        node: Expr,
    ) -> Form: ...
    def stand_in(self, form: Form, frame: Frame, node: Expr) -> Form: ...
