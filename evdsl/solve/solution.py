"""What a solve gives back: a certified point in the user's names, or why there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evdsl.backends.options import ABSOLUTE_GAP
from evdsl.ir.model import Model
from evdsl.program.mip import Status
from evdsl.program.program import Program
from evdsl.reformulate.tally import Tally
from evdsl.solve.certificate import Certificate
from evdsl.solve.inputs import Inputs
from evdsl.solve.point import Point
from evdsl.solve.values import Json, json_number
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.render import to_json as diagnostic_json

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Solution:
    """The answer to a model.

    `status`: `optimal` is certified, the bound has met the objective and every multiplier bound
    used is proved; `feasible` is certified and no more; the others hold no point.
    `objective` is the leader's, `bound` what no certified point can beat and `gap` their relative
    distance; each is nan where there is none. `certificate` is the point's, or, not certified, that
    of a solver's answer that was refused. `baselines` holds what the followers answer to the
    baselines' decisions, `timings` the seconds of each stage, `inputs` what the answer belongs to,
    `diagnostics` the warnings and, where there is no point, the reasons. `presolve`
    counts what needed no choice.
    """

    ir: Model
    program: Program
    status: Status
    solver: str
    method: str
    point: Point | None
    bound: float
    certificate: Certificate
    baselines: Mapping[str, Point]
    timings: Mapping[str, float]
    inputs: Inputs
    nodes: int = 0
    presolve: Tally = field(default_factory=Tally)
    diagnostics: tuple[Diagnostic, ...] = ()

    def __repr__(self) -> str:
        found = f", objective {self.objective:.6g}" if self.point else ""
        return f"<Solution of {self.program.name}: {self.status}{found}, bound {self.bound:.6g}>"

    @property
    def objective(self) -> float:
        """The leader's objective; nan where there is no point."""
        return self.point.objective if self.point else math.nan

    @property
    def gap(self) -> float:
        """`|objective - bound| / |objective|`; inf where nothing is known."""
        return relative_gap(self.objective, self.bound)

    @property
    def reports(self) -> dict[str, float | pd.Series[float]]:
        """Each report of the model: a number, or a Series indexed by its sets."""
        return self._found.reports

    def value(self, name: str) -> float | pd.Series[float]:
        """A variable or an objective: see `Point.value`."""
        return self._found.value(name)

    def dual(self, name: str) -> float | pd.Series[float]:
        """Multipliers of a follower's constraint or limit: see `Point.dual`."""
        return self._found.dual(name)

    def frame(self) -> pd.DataFrame:
        """All variables, tidy: see `Point.frame`."""
        return self._found.frame()

    def to_json(self) -> dict[str, Json]:
        """The solution as plain Python values that `json.dumps` takes (no infinities, no nan)."""
        point = self.point
        found = {
            "model": self.program.name,
            "status": self.status,
            "objective": json_number(self.objective),
            "bound": json_number(self.bound),
            "gap": json_number(self.gap),
            "solver": self.solver,
            "method": self.method,
            "leader": point.leader_json() if point else {},
            "followers": point.followers_json() if point else {},
            "baselines": {name: base.baseline_json() for name, base in self.baselines.items()},
            "reports": point.reports_json() if point else {},
            "certificate": self._certificate_json(),
            "inputs": self.inputs.to_json(),
            "presolve": self.presolve.to_json(),
            "timings": {stage: round(seconds, 4) for stage, seconds in self.timings.items()},
        }
        if self.diagnostics:
            found["diagnostics"] = [diagnostic_json(diagnostic) for diagnostic in self.diagnostics]
        return found

    def _certificate_json(self) -> Json:
        return {
            "certified": self.certificate.certified,
            "follower_gap": json_number(self.certificate.follower_gap),
            "max_violation": json_number(self.certificate.max_violation),
            "max_complementarity": json_number(self.certificate.max_complementarity),
            "max_stationarity": json_number(self.certificate.max_stationarity),
            "bounds": dict(self.certificate.bounds),
            "ties": self._ties_json(),
        }

    def _ties_json(self) -> Json:
        found = self.certificate.ties
        if found is None:
            return None
        values = ("optimistic", "pessimistic", "pessimistic_bound", "out_of_box")
        return {
            "unique": found.unique,
            "tied": list(found.tied),
            **{name: json_number(getattr(found, name)) for name in values},
            "breaks": found.breaks or None,
        }

    @property
    def _found(self) -> Point:
        if self.point:
            return self.point
        message = f"there is no solution to read: the status is `{self.status}`"
        reasons = tuple(diagnostic.message for diagnostic in self.diagnostics)
        raise EvdslError([Diagnostic("E0621", message, notes=reasons)])


def relative_gap(objective: float, bound: float) -> float:
    """How far a bound is from an objective, relative to it; 0 within 1e-6, inf where unknown."""
    distance = abs(objective - bound)
    if math.isnan(distance):
        return math.inf
    if distance <= ABSOLUTE_GAP:
        return 0.0
    return distance / abs(objective) if objective else math.inf
