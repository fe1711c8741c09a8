"""The certificate of a stored solution, computed anew from the model, its data and the file alone.

Nothing of the reformulation has a part in it: the two-level Program is grounded, the values are
read by their names, and every follower is solved again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evdsl.ir.model import Model
from evdsl.program.ground import ground
from evdsl.program.program import Program
from evdsl.solve.certificate import TOLERANCE, Certificate, certify
from evdsl.solve.stored import point_of, read_solution
from evdsl.solve.values import Json

_SAME = 1e-6


@dataclass(frozen=True, eq=False)
class Verified:
    """`holds` says whether the stored answer is certified and its objective is what it says;
    `faults` say in words what does not hold."""

    holds: bool
    certificate: Certificate
    objective: float
    stated: float | None
    faults: tuple[str, ...]


def verify(
    model: Model, base: Path, stored: Path, data: Mapping[str, Json], params: Mapping[str, float]
) -> Verified:
    """Hold a `solution.json` against its model.

    Raises EvdslError where the model or its data are wrong (see `ground`), where the file is no
    solution (E0616) and where it is one of another model (E0617).
    """
    program = ground(model, base, data, params).program
    solution = read_solution(stored)
    leader = model.leader
    assert leader is not None
    x, multipliers = point_of(program, solution, leader.name)
    certificate = certify(program, x, multipliers)
    objective = program.joint.objective(x)
    stated = solution.get("objective")
    faults = tuple(_faults(program, certificate))
    if stated is None or abs(stated - objective) > _SAME * max(1.0, abs(objective)):
        faults += (f"the objective is {objective:.9g}, and the file says {stated}",)
    return Verified(not faults, certificate, objective, stated, faults)


def _faults(program: Program, found: Certificate) -> list[str]:
    faults = []
    if found.follower_gap > TOLERANCE:
        label = program.followers[int(found.follower_gaps.argmax())].label
        gap = f"its gap is {found.follower_gap:.2e}"
        faults.append(f"follower `{label}` has a better answer: {gap}")
    if not found.certified and found.follower_gap <= TOLERANCE:
        where = f"`{found.worst}` is violated by {found.max_violation:.2e}"
        wrong_prices = "the multipliers that the leader reads are not those of the followers"
        faults.append(where if found.max_violation > TOLERANCE else wrong_prices)
    return faults
