"""The multipliers that the leader reads, as variables of the single level."""

from __future__ import annotations

from collections.abc import Mapping

from evdsl.check.refs import Ref
from evdsl.ir.expr import Choice, Expr, Number
from evdsl.ir.model import Follower
from evdsl.reformulate.symbolic.facts import Facts
from evdsl.reformulate.symbolic.families import Problem, Row, member, spanned
from evdsl.reformulate.symbolic.hygiene import conjunction
from evdsl.reformulate.symbolic.refusal import refuse
from evdsl.reformulate.symbolic.steps import Stepping
from evdsl.reformulate.symbolic.terms import added


class Readings:
    """`.dual` is the sum of a row's multipliers, each with the sign of its side."""

    def __init__(self, problems: Mapping[str, Problem], facts: Facts, copy: Stepping) -> None:
        self.problems = problems
        self.facts = facts
        self.copy = copy

    def __call__(
        self, ref: Ref, side: str, index: tuple[Expr, ...], otherwise: Expr | None, node: Expr
    ) -> Expr:
        block, name = ref.symbol.block, ref.symbol.name
        assert isinstance(block, Follower)
        problem = self.problems[block.name]
        rows = [row for row in problem.rows if row.source == (name, side)]
        if side and all(row.op != "==" for row in rows):
            self._refuse_meeting(block, name, node)
        value = added((problem.pull(row), self._of(row, index)) for row in rows)
        if otherwise is None or not rows:
            return spanned(value, node) if rows else Number(0)
        inside = conjunction(self.copy.membership(rows[0].declared, index))
        return value if inside is None else Choice(inside, value, otherwise, span=node.span)

    def _of(self, row: Row, index: tuple[Expr, ...]) -> Expr:
        """The row's multiplier; 0 where the row is infinite."""
        partial = row.header != row.declared
        return member(row.multiplier, index, Number(0) if partial else None)

    def _refuse_meeting(self, block: Follower, name: str, node: Expr) -> None:
        if self.facts.meeting_limits(block.name, name):
            reason = (
                f"both limits of a member of `{block.name}.{name}` are one number, so their "
                "multipliers are not known one by one"
            )
            refuse(reason, node, "read the difference of both, or fix the variable by a row")
