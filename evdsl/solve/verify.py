"""The certificate of a stored solution, computed anew from the model, its data and the file alone.

Nothing of the reformulation has a part in it: the two-level Program is grounded, the values are
read by their names, and every follower is solved again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from evdsl.ir.model import Model
from evdsl.program.ground import ground
from evdsl.program.program import Program
from evdsl.solve.certificate import TOLERANCE, Certificate, certify, worst_follower
from evdsl.solve.point import Point, point
from evdsl.solve.stored import number, point_of, read_solution
from evdsl.solve.values import Json

_SAME = 1e-6
_ROUGH = 1e-4


@dataclass(frozen=True, eq=False)
class Verified:
    """`holds` says whether the stored answer is certified, and its objectives, multipliers and
    reports are what the file says; `faults` say in words what does not hold."""

    holds: bool
    certificate: Certificate
    objective: float
    faults: tuple[str, ...]


def verify(
    model: Model, base: Path, stored: Path, data: Mapping[str, Json], params: Mapping[str, float]
) -> Verified:
    """Hold a `solution.json` against its model.

    Raises EvdslError where the model or its data are wrong (see `ground`), where the file is no
    solution (E0616) and where it is one of another model (E0617).
    """
    grounded = ground(model, base, data, params)
    solution = read_solution(stored)
    leader = model.leader
    assert leader is not None
    x, multipliers = point_of(grounded.program, solution, leader.name)
    certificate = certify(grounded.program, x, multipliers)
    found = point(model, grounded, x, multipliers, None)
    told = solution.get("objective")
    faults = (
        *_faults(grounded.program, certificate),
        *_otherwise("the objective", found.objective, told),
        *_told_otherwise(found, solution),
    )
    return Verified(not faults, certificate, found.objective, faults)


def _told_otherwise(found: Point, solution: Mapping[str, Json]) -> Iterator[str]:
    """Where the file says something else of the followers' objectives and of the reports.

    Reports that read a baseline have no value here, and are passed over.
    """
    followers, reports = solution["followers"], solution.get("reports")
    for block, values in found.followers_json().items():
        told = followers[block].get("objective")
        yield from _otherwise(f"`{block}`'s objective", values["objective"], told)
    for name, value in found.reports_json().items():
        told = reports.get(name) if isinstance(reports, Mapping) else None
        yield from _otherwise(f"`{name}`", value, told)


def _otherwise(what: str, found: Json, told: Json) -> Iterator[str]:
    """The first number that the file says otherwise; both are as in a solution's JSON."""
    if not isinstance(found, list):
        if found is not None and not _alike(found, told):
            yield f"{what} is {found:.9g}, and the file says {told}"
        return
    others = told if isinstance(told, list) and len(told) == len(found) else [None] * len(found)
    for entry, other in zip(found, others, strict=True):
        same_place = isinstance(other, Mapping) and other.get("index") == entry["index"]
        place = ", ".join(map(str, entry["index"]))
        value = other.get("value") if same_place else None
        for fault in _otherwise(f"{what}[{place}]", entry["value"], value):
            yield fault
            return


def _alike(found: float, told: Json) -> bool:
    try:
        return abs(number(told) - found) <= _SAME * max(1.0, abs(found))
    except TypeError:
        return False


def _faults(program: Program, found: Certificate) -> list[str]:
    faults = []
    if found.follower_gap > TOLERANCE:
        faults.append(worst_follower(program, found))
    if not found.certified and found.follower_gap <= TOLERANCE:
        where = f"`{found.worst}` is violated by {found.max_violation:.2e}"
        wrong_prices = "the multipliers that the leader reads are not those of the followers"
        faults.append(where if found.max_violation > TOLERANCE else wrong_prices)
    if found.max_stationarity > _ROUGH:
        off = f"a marginal cost is off by {found.max_stationarity:.2e}"
        faults.append(f"the multipliers are not those of the followers: {off}")
    return faults
