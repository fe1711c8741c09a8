"""Programs written to the two files and read back, and what must be the same then."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import product

import numpy as np

import evdsl
from evdsl.backends.mibs.auxiliary import read_auxiliary
from evdsl.backends.mibs.from_program import from_program
from evdsl.backends.mibs.instance import Instance
from evdsl.backends.mibs.mps_read import read_mps
from evdsl.backends.mibs.to_model import to_model
from evdsl.backends.mibs.write import auxiliary_of, mps_of
from evdsl.backends.names import file_names
from evdsl.ir.model import Model
from evdsl.ir.printer import to_text
from evdsl.program.program import Program
from evdsl.source.diagnostic import errors
from evdsl.source.text import Source


@dataclass(frozen=True)
class Imported:
    """A model made of an instance, its Program, and the names that its columns had in the file."""

    model: evdsl.Model
    program: Program
    columns: list[str]


def written_and_read(program: Program, by_index: bool = False) -> Instance:
    written = from_program(program)
    return instance_of(mps_of(written), auxiliary_of(written, "x.mps", by_index))


def instance_of(mps: str, auxiliary: str) -> Instance:
    flat, _ = read_mps(Source("x.mps", mps))
    return read_auxiliary(Source("x.aux", auxiliary), flat)


def imported(instance: Instance) -> Imported:
    """Through the text of the model: what the printer writes is what is read."""
    model = evdsl.loads(to_text(to_model(instance, "x", "from x.mps")))
    assert not errors(model.check())
    program = model.ground().program
    return Imported(model, program, [_original(model.ir, f.path) for f in program.joint.columns])


def _original(model: Model, path: str) -> str:
    block, _, name = path.partition(".")
    var = next(v for v in model.declaration(block).variables if v.name == name)
    return var.text or var.name


def meaning(program: Program, columns: list[str]) -> tuple[dict, Counter, float]:
    """What a Program says, under these names of its columns: two minima over one-sided rows.

    The leader's constant counts; what does not change a follower's answer does not.
    """
    joint, sense = program.joint, program.owner_sense
    cost = program.follower_cost * sense[program.column_owner]
    described = {
        name: (
            bool(program.column_owner[j]),
            bool(joint.integer[j]),
            float(joint.lower[j]),
            float(joint.upper[j]),
            float(joint.sense * joint.cost[j]) + 0.0,
            float(cost[j]) + 0.0,
        )
        for j, name in enumerate(columns)
    }
    assert len(described) == len(columns)
    rows: Counter = Counter()
    for i, values in enumerate(joint.A.toarray()):
        for sign, side in ((-1, joint.row_lower[i]), (1, joint.row_upper[i])):
            if not np.isfinite(side):
                continue
            terms = frozenset((columns[j], sign * float(values[j])) for j in np.flatnonzero(values))
            if terms or sign * side < 0:
                rows[bool(program.row_owner[i]), terms, sign * float(side) + 0.0] += 1
    return described, rows, float(joint.sense * joint.constant) + 0.0


def same_meaning(program: Program, other: Imported) -> bool:
    return meaning(program, file_names(program.joint.columns)) == meaning(
        other.program, other.columns
    )


def best_whole(program: Program) -> tuple[float, np.ndarray]:
    """The optimum of a small problem whose columns are all whole numbers, by trying all."""
    joint = program.joint
    assert joint.integer.all()
    ranges = [
        np.arange(np.ceil(low), np.floor(high) + 1)
        for low, high in zip(joint.lower, joint.upper, strict=True)
    ]
    points = np.array(list(product(*ranges)))
    value = points @ joint.A.toarray().T
    holds = (value >= joint.row_lower - 1e-9) & (value <= joint.row_upper + 1e-9)
    possible = holds[:, program.row_owner > 0].all(axis=1)
    answers, allowed = points[possible], holds[possible].all(axis=1)
    leads = program.column_owner == 0
    cost = answers @ (program.follower_cost * program.owner_sense[program.column_owner])
    least: dict[tuple, float] = {}
    for point, own in zip(answers, cost, strict=True):
        key = tuple(point[leads])
        least[key] = min(own, least.get(key, np.inf))
    optimal = [own <= least[tuple(p[leads])] + 1e-9 for p, own in zip(answers, cost, strict=True)]
    chosen = answers[np.array(optimal) & allowed]
    best = min(chosen, key=lambda point: joint.sense * joint.objective(point))
    return joint.objective(best), best
