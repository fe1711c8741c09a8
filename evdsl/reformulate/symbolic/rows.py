"""A follower block as families of rows with one side each.

A limit is a row, a chain `A <= B <= C` is two, `B >= A` and `B <= C`. What the data makes infinite
is no row: where it does so for some members only, the header says for which it does not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from math import inf

from evdsl.ir.expr import Compare, Expr, Number, Unary
from evdsl.ir.model import Constraint, Follower, Var
from evdsl.reformulate.symbolic.decided import Decided
from evdsl.reformulate.symbolic.facts import Facts, Share, Side
from evdsl.reformulate.symbolic.families import Problem, Row, Variable, member
from evdsl.reformulate.symbolic.flatten import Flat
from evdsl.reformulate.symbolic.refusal import refusal, refuse
from evdsl.source.diagnostic import EvdslError

_SIDE: dict[str, Side] = {"<=": "upper", ">=": "lower"}
_ENDING = {">=": "_lo", "<=": "_up"}
_TURNED = {"<=": ">=", ">=": "<="}
_INFINITY = Number(inf)


@dataclass(frozen=True)
class _Wanted:
    """A row before it is made: `left` is None for the variable whose limit it is.

    `ending` tells it from the other rows of its declaration, `share` how many of it are finite.
    """

    item: Constraint | Var
    left: Expr | None
    op: str
    right: Expr
    share: Share = "all"
    ending: str = ""
    side: str = ""


class Blocks:
    """Makes problems of follower blocks."""

    def __init__(
        self, flat: Flat, decided: Decided, decisions: Collection[str], facts: Facts
    ) -> None:
        """`decisions` are the names of all variables."""
        self.flat = flat
        self.decided = decided
        self.decisions = decisions
        self.facts = facts

    def problem(self, block: Follower) -> Problem:
        """The block in the names of the single level. Raises E0520 for whole-number variables."""
        _refuse_whole(block)
        flat = self.flat.inside(block)
        header, env = flat.header(block.binders, {})
        objective = flat.expr(block.objectives[0].value, env)
        wanted = [
            *(part for item in block.constraints for part in self._of_constraint(block, item)),
            *(part for item in block.variables for part in self._of_limits(block, item)),
        ]
        rows = tuple(self._row(flat, block, part) for part in wanted if part.share != "none")
        variables = tuple(_variable(flat, block, item) for item in block.variables)
        return Problem(block, header, objective, variables, rows)

    def _of_constraint(self, block: Follower, item: Constraint) -> Iterator[_Wanted]:
        first, op = item.operands[0], item.ops[0]
        if len(item.ops) == 1:
            share = self._share(block, item.name, op)
            yield _Wanted(item, first, op, item.operands[1], share)
            return
        middle, last = item.operands[1:]
        split = self.facts.is_split(block.name, item.name)
        low, high = _TURNED[op], item.ops[1]
        of_first, of_last = (item.name + part * split for part in (".first", ".second"))
        yield _Wanted(item, middle, low, first, self._share(block, of_first, low), _ENDING[low])
        yield _Wanted(item, middle, high, last, self._share(block, of_last, high), _ENDING[high])

    def _share(self, block: Follower, family: str, op: str) -> Share:
        return "all" if op == "==" else self.facts.finite_row(block.name, family, _SIDE[op])

    def _of_limits(self, block: Follower, item: Var) -> Iterator[_Wanted]:
        bounds = item.domain.bounds
        if bounds is None:
            return
        if bounds.lower == bounds.upper:
            yield _Wanted(item, None, "==", bounds.lower, ending="_fixed", side="lower")
            return
        for op, bound in ((">=", bounds.lower), ("<=", bounds.upper)):
            side = _SIDE[op]
            share = self.facts.finite_limit(block.name, item.name, side)
            zero = self.facts.zero_limit(block.name, item.name, side)
            limit = Number(0) if zero else bound
            yield _Wanted(item, None, op, limit, share, _ENDING[op], side)

    def _row(self, flat: Flat, block: Follower, part: _Wanted) -> Row:
        item, op = part.item, part.op
        header, env = flat.member_header(item.binders)
        called = flat.names.member(block, item.name)
        left = member(called, header.names) if part.left is None else flat.expr(part.left, env)
        right = flat.expr(part.right, env)
        finite = header
        if part.share == "some":
            finite = header.under(self._is_finite(right, op))
        return Row(
            flat.names.new(called + part.ending) if part.ending else called,
            flat.names.of("m", block, item.name + part.ending),
            finite,
            left,
            op,
            right,
            (item.name, part.side),
            header,
            span=item.span,
        )

    def _is_finite(self, limit: Expr, op: str) -> Expr:
        """The condition for a row to have its side."""
        if self.decided.holds(limit, self.decisions):
            refuse(
                "some of these limits are infinite, and their data stands beside variables",
                limit,
                "let rows set this limit, for those members that have one",
            )
        if op == "<=":
            return Compare((limit, _INFINITY), ("<",))
        return Compare((limit, Unary("-", _INFINITY)), (">",))


def _variable(flat: Flat, block: Follower, item: Var) -> Variable:
    header, _ = flat.member_header(item.binders)
    called = flat.names.member(block, item.name)
    return Variable(called, item.name, header, item.unit, item.text)


def _refuse_whole(block: Follower) -> None:
    whole = [item for item in block.variables if item.domain.kind in ("integer", "binary")]
    if whole:
        raise EvdslError(
            refusal(
                f"`{block.name}.{item.name}` of a follower is a whole number",
                item,
                "let it vary continuously, or move the choice to the leader",
            )
            for item in whole
        )
