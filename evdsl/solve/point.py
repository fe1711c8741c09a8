"""A leader's decision with the followers' answers, read by the names of the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evdsl.ir.model import Model
from evdsl.program.ground import Grounded
from evdsl.program.linear import Family, Floats
from evdsl.program.program import Multipliers, Program
from evdsl.program.values import FamilyValues
from evdsl.solve.values import Json, json_number, to_json, to_pandas
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.suggest import closest

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Point:
    """Values for all variables of a model: a solution's, or those of a baseline's answer.

    `x` (n,) are the Program's columns, `multipliers` in the sign of `.dual`. `objectives` holds
    each block's objective, the leader's first, by the block's name, `reported` the model's reports.
    """

    ir: Model
    program: Program
    x: Floats
    multipliers: Multipliers
    objectives: Mapping[str, FamilyValues]
    reported: Mapping[str, FamilyValues]

    def __repr__(self) -> str:
        return f"<Point of {self.program.name}: objective {self.objective:.6g}>"

    @property
    def objective(self) -> float:
        """The leader's objective."""
        return self.program.joint.objective(self.x)

    @cached_property
    def reports(self) -> dict[str, float | pd.Series[float]]:
        """Each report: a number, or a Series indexed by its sets."""
        return {name: to_pandas(family) for name, family in self.reported.items()}

    def value(self, name: str) -> float | pd.Series[float]:
        """A variable or an objective, by the name that reports use for it.

        `value("aev.c")` is a Series indexed by the family's sets, or a number where it has no
        index. The leader's members may be named with or without its name. Raises EvdslError
        (E0620) for an unknown name.
        """
        return to_pandas(_named(self.members, name, "variable or objective"))

    def dual(self, name: str) -> float | pd.Series[float]:
        """Multipliers of a follower's constraint, in the sign of `.dual`.

        `dual("aev.soc")` is a row's, `dual("aev.c.lower")` and `dual("aev.c.upper")` those of a
        variable's limits. Raises EvdslError (E0620) for an unknown name.
        """
        return to_pandas(_named(self.duals, name, "follower constraint or limit"))

    def frame(self) -> pd.DataFrame:
        """All variables, tidy: the columns are `family`, one for each set, and `value`."""
        import pandas as pd

        parts = []
        for family in self.variables():
            values = to_pandas(family)
            part = (
                pd.DataFrame({"value": [values]})
                if isinstance(values, float)
                else (values.rename("value").reset_index())
            )
            parts.append(part.assign(family=family.name))
        sets = dict.fromkeys(name for part in parts for name in part.columns)
        order = ["family", *(s for s in sets if s not in ("family", "value")), "value"]
        return pd.concat([part.astype(object) for part in parts], ignore_index=True)[order].astype(
            {"value": float}
        )

    def variables(self) -> Iterator[FamilyValues]:
        """The declared variables of all blocks, under their full names."""
        for family in self.program.joint.columns:
            if family.role == "user":
                yield _values(family, family.path, self.x[family.slice])

    @cached_property
    def members(self) -> dict[str, FamilyValues]:
        """Variables and objectives by every name that they go by."""
        named = {family.name: family for family in [*self.variables(), *self._objectives()]}
        return named | _within(self._leader_name, named)

    @cached_property
    def duals(self) -> dict[str, FamilyValues]:
        """The followers' multipliers by row family, and by `variable.lower`, `variable.upper`."""
        followers = {follower.name for follower in self.ir.followers}
        rows = {
            family.path: _values(family, family.path, self.multipliers.row[family.slice])
            for family in self.program.joint.rows
            if family.block in followers and family.role in ("user", "auxiliary")
        }
        limits = {
            f"{family.path}.{side}": _values(family, f"{family.path}.{side}", values[family.slice])
            for family in self.program.joint.columns
            if family.block in followers and family.role == "user"
            for side, values in (("lower", self._lower), ("upper", self._upper))
        }
        return rows | limits

    @cached_property
    def _lower(self) -> Floats:
        return self.multipliers.lower + self._of_limit_rows("lower")

    @cached_property
    def _upper(self) -> Floats:
        return self.multipliers.upper + self._of_limit_rows("upper")

    def _of_limit_rows(self, side: str) -> Floats:
        """(n,): multipliers of the rows that are a variable's limit on this side."""
        total = np.zeros(len(self.x))
        for family in self.program.joint.rows:
            if family.role == "limit" and family.name.endswith(f".{side}"):
                columns = self.program.limit_column[family.slice]
                np.add.at(total, columns, self.multipliers.row[family.slice])
        return total

    @property
    def leader_objective(self) -> FamilyValues:
        """The leader's objective under its full name."""
        return next(family for family in self._objectives())

    def _objectives(self) -> Iterator[FamilyValues]:
        for block, family in self.objectives.items():
            yield replace(family, name=f"{block}.{family.name or 'objective'}")

    @property
    def _leader_name(self) -> str:
        return next(iter(self.objectives))

    def leader_json(self) -> Json:
        """Each of the leader's variable families."""
        variables = {family.name: family for family in self.variables()}
        return _json_within(self._leader_name, variables)

    def followers_json(self) -> Json:
        """Each follower block: its variable families, its `objective` and its `duals`."""
        variables = {family.name: family for family in self.variables()}
        return {
            block.name: {
                **_json_within(block.name, variables),
                "objective": to_json(self.objectives[block.name]),
                "duals": _json_within(block.name, self.duals),
            }
            for block in self.ir.followers
        }

    def reports_json(self) -> Json:
        return {name: to_json(family) for name, family in self.reported.items()}

    def baseline_json(self) -> Json:
        return {"objective": json_number(self.objective), "reports": self.reports_json()}


def _values(family: Family, name: str, values: Floats) -> FamilyValues:
    return FamilyValues(name, family.keys, family.bind, values)


def _within(block: str, named: Mapping[str, FamilyValues]) -> dict[str, FamilyValues]:
    """The members of a block, by their bare names."""
    prefix = f"{block}."
    return {n.removeprefix(prefix): f for n, f in named.items() if n.startswith(prefix)}


def _json_within(block: str, named: Mapping[str, FamilyValues]) -> dict[str, Json]:
    return {name: to_json(family) for name, family in _within(block, named).items()}


def _named(known: Mapping[str, FamilyValues], name: str, kind: str) -> FamilyValues:
    if name in known:
        return known[name]
    near = closest(name, list(known))
    mend = f"did you mean `{near}`?" if near else f"there are: {', '.join(known) or 'none'}"
    raise EvdslError([Diagnostic("E0620", f"no {kind} is called `{name}`", help=mend)])


def point(
    ir: Model,
    grounded: Grounded,
    x: Floats,
    multipliers: Multipliers,
    earlier: Mapping[str, Mapping[str, FamilyValues]] | None,
) -> Point:
    """A point with its objectives and reports; `earlier` holds the baselines' reports."""
    return Point(
        ir=ir,
        program=grounded.program,
        x=x,
        multipliers=multipliers,
        objectives=grounded.objectives(x, multipliers),
        reported=grounded.reports(x, multipliers, earlier),
    )
