"""Which problems the search is for."""

from __future__ import annotations

from evdsl.program.convexity import not_convex
from evdsl.program.program import Program


def is_suited(program: Program) -> bool:
    """Whether the followers are linear or convex quadratic programs that each decide alone, no
    multiplier is read, and the leader's rows are linear and its objective convex."""
    joint = program.joint
    return (
        len(program.followers) > 0
        and not program.nash
        and not len(program.readings)
        and not program.follower_integer.any()
        and not len(joint.products.of_rows)
        and not not_convex(joint.products.scaled(joint.sense), joint.shape[1]).any()
    )
