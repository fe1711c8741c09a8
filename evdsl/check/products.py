"""Which products of two decisions may stand where.

A leader's objective: variables of any level; a multiplier with a variable of the leader or of its
own follower. A leader's row: a variable of the leader with one of a follower; a multiplier as in
the objective; what the objective of a follower holds. A follower's objective: its own variables
with any level's. A follower's row: its own variables with one binary of the leader. A reference's
objective: its own variables.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from evdsl.check.decisions import Decision
from evdsl.ir.model import Block, Follower, Leader, Report, Var

Place = Literal["objective", "row", "limit", "pair", "function", "product"]
Reason = tuple[str, str]

_DATA = "one of the factors must be data"


def refusal(
    left: Sequence[Decision],
    right: Sequence[Decision],
    block: Block | None,
    place: Place,
    *,
    within_objective: bool,
) -> Reason | None:
    """Why these decisions may not be multiplied in a statement of `block`, and what may; or None.

    `within_objective` says whether the product is part of an objective that is read as a value.
    """
    if place in ("limit", "pair", "function", "product"):
        return _NOWHERE[place], "write it as a constraint" if place == "limit" else _DATA
    if isinstance(block, Leader):
        for one in left:
            for other in right:
                found = _of_leader(one, other, place, within_objective)
                if found is not None:
                    return found
        return None
    if place == "objective":
        return None
    if isinstance(block, Follower) and _switches(left, right, block):
        return None
    return (
        "a product of decision variables in a row",
        "only a binary variable of the leader may multiply a follower's variable in its row",
    )


_NOWHERE: dict[str, str] = {
    "limit": "a product of decision variables in a limit",
    "pair": "a product of decision variables in a complementarity pair",
    "function": "a product of decision variables in a function",
    "product": "a product of more than two decision variables",
}


def _of_leader(
    one: Decision, other: Decision, place: Place, within_objective: bool
) -> Reason | None:
    if one.dual and other.dual:
        return "a product of two multipliers", _DATA
    if one.dual or other.dual:
        dual, variable = (one, other) if one.dual else (other, one)
        if variable.symbol.in_leader or variable.symbol.block is dual.symbol.block:
            return None
        return (
            "a multiplier times another follower's variable",
            "a multiplier may multiply a variable of the leader or of its own follower",
        )
    leads = one.symbol.in_leader, other.symbol.in_leader
    if place == "objective" or within_objective or leads[0] != leads[1]:
        return None
    return (
        "a product of decision variables in a row",
        "a row of the leader may hold products of its variables and a follower's, "
        "and of multipliers",
    )


def _switches(left: Sequence[Decision], right: Sequence[Decision], block: Block) -> bool:
    """Whether one side is one binary of the leader and the other holds the follower's own."""
    for single, others in ((left, right), (right, left)):
        names = {decision.symbol for decision in single}
        if len(names) == 1 and _binary(single[0]):
            return all(d.symbol.block is block and not d.dual for d in others)
    return False


def _binary(decision: Decision) -> bool:
    variable = decision.symbol.node
    assert not isinstance(variable, Report)
    return (
        decision.symbol.in_leader and isinstance(variable, Var) and variable.domain.kind == "binary"
    )
