"""A way from two levels to an answer: how pairs are encoded and who solves the single level."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evdsl.backends.branch import Improve
from evdsl.backends.floor import floored, without_claims, without_floor
from evdsl.backends.options import SolveOptions, Watch
from evdsl.backends.scaling import in_own_units, scaled, watching_in_own_units
from evdsl.program.linear import Floats
from evdsl.program.mip import Answer, Mip
from evdsl.program.program import Multipliers, Program
from evdsl.reformulate.encode import encode
from evdsl.reformulate.encoded import Encoded, Provenance
from evdsl.reformulate.kkt import Kkt, kkt
from evdsl.reformulate.mccormick import with_linear_products
from evdsl.reformulate.products import without_products
from evdsl.solve import value
from evdsl.solve.followers import linked_columns
from evdsl.solve.polish import Polished, polish
from evdsl.solve.whole import no_multipliers

DIRECT = ("highs", "scip")


@dataclass(frozen=True)
class Request:
    """What a user asks of a solve; `Model.solve` explains each."""

    solver: str = "highs"
    method: str = "auto"
    via: str | None = None
    big_m: float | None = None
    methods: Mapping[str, str] = field(default_factory=dict)
    extend: Callable[[Any], None] | None = None
    pessimistic: bool = False
    start: Any = None
    keep: Path | None = None
    resume: Path | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, float] = field(default_factory=dict)
    options: SolveOptions = field(default_factory=SolveOptions)

    @property
    def through_pyomo(self) -> bool:
        return self.via is not None or self.extend is not None or self.solver not in DIRECT


@dataclass(frozen=True, eq=False)
class Single:
    """The two levels as one, its pairs encoded; `kkt` is None where followers have whole numbers,
    which have no multipliers: then it is the relaxation that drops their optimality."""

    program: Program
    kkt: Kkt | None
    encoded: Encoded

    @property
    def extensible(self) -> bool:
        return self.kkt is not None and self.kkt.extensible

    def multipliers(self, x: Floats) -> Multipliers:
        """Those in a point of the single level; 0 where there are none."""
        return no_multipliers(self.program) if self.kkt is None else self.kkt.multipliers(x)

    @property
    def assumed(self) -> bool:
        """Whether the result rests on bounds that nobody has proved or stated."""
        return self.encoded.provenance.assumed > 0

    @property
    def stated(self) -> bool:
        """Whether the result rests on bounds that the user has stated."""
        return self.encoded.provenance.stated > 0

    def started_at(self, start: Polished | None) -> Mip:
        """What the solver is handed, with a complete point to begin from where there is one."""
        if start is None:
            return self.encoded.mip
        return replace(self.encoded.mip, start=self.encoded.lift(start.x, start.multipliers))


@dataclass(frozen=True)
class Route:
    """A planned way.

    `method` names what is done with most pairs: `bigm`, `sos1`, `indicator`, `branch`, or nothing
    where there are none; `value` is the way of value.py for whole-number followers. `methods` says
    otherwise for families by their names. `why` is one line about the choice.
    """

    solver: str
    method: str
    why: str = ""
    methods: Mapping[str, str] = field(default_factory=dict)
    big_m: float | None = None
    through_pyomo: bool = False
    extend: Callable[[Any], None] | None = None

    def encode(
        self, program: Program, *, extensible: bool = False, incumbent: Floats | None = None
    ) -> Single:
        """Make one level of two; an `extensible` one stays right when rows are added to it.

        Points that are worse than an `incumbent` (n,) may be cut off. Raises EvdslError where big-M
        needs a bound that has no proof.
        """
        if self.method == "value":
            mip = Mip(program.joint)
            return Single(program, None, Encoded(mip, Provenance(), lambda x, _: x))
        extensible = extensible or self.extend is not None
        level = without_products(kkt(program, extensible=extensible))
        known = None if extensible else incumbent
        encoded = encode(level, self.ways(level), self.big_m, known)
        return Single(program, level, with_linear_products(encoded))

    def by_tangents(self, mip: Mip) -> bool:
        """Whether squares are beside binaries in HiGHS, which takes no such problem."""
        squares = bool(len(mip.linear.products)) and self.method == "bigm"
        return squares and self.solver == "highs" and not self.through_pyomo

    def ways(self, level: Kkt) -> NDArray[np.str_]:
        """(p,): the method of each pair."""
        usual = np.broadcast_to(np.array(self.method or "branch", "<U9"), len(level.pairs))
        if not self.methods:
            return usual
        ways = usual.copy()
        for name, method in self.methods.items():
            ways[pairs_of(level, name)] = method
        return ways

    def solve(
        self,
        single: Single,
        mip: Mip,
        options: SolveOptions,
        watch: Watch | None = None,
    ) -> Answer:
        """Hand the single level over and wait; what a user extends is in the model's own units."""
        if self.method == "value":
            return value.solve(single.program, self.solver, options, watch, mip.start)
        limited = floored(mip)
        if self.extend is not None:
            answer = self._hand_over(limited, single, options, watch)
        else:
            told = watching_in_own_units(watch, mip)
            answer = self._hand_over(scaled(limited), single, options, told)
            answer = in_own_units(answer, mip)
        return without_claims(answer if limited is mip else without_floor(answer, mip.linear), mip)

    def _hand_over(
        self, mip: Mip, single: Single, options: SolveOptions, watch: Watch | None
    ) -> Answer:
        if self.through_pyomo:
            from evdsl.backends import pyomo

            return pyomo.solve(mip, single.program, self.solver, options, watch, self.extend)
        if self.solver == "scip":
            from evdsl.backends import scip

            return scip.solve(mip, options, watch)
        if len(mip.pairs) or (len(mip.linear.products) and not self.by_tangents(mip)):
            from evdsl.backends import branch

            return branch.solve(mip, options, watch, _improving(single))
        if self.by_tangents(mip):
            from evdsl.backends import tangents

            return tangents.solve(mip, options, watch)
        from evdsl.backends import highs

        return highs.solve(mip, options, watch)


def pairs_of(level: Kkt, name: str) -> NDArray[np.bool_]:
    """(p,): the pairs of a constraint, of a variable, or of one of its limits `c.upper`."""
    joint, pairs = level.program.joint, level.pairs
    found = np.zeros(len(pairs), np.bool_)
    for families, place, sides in (
        (joint.rows, pairs.row, False),
        (joint.columns, pairs.column, True),
    ):
        for family in families:
            inside = (family.start <= place) & (place < family.stop)
            if name in (family.path, family.path.removesuffix(".lower").removesuffix(".upper")):
                found |= inside
            elif sides and name.startswith(f"{family.path}."):
                side = {"lower": -1, "upper": 1}.get(name.rpartition(".")[2], 0)
                found |= inside & (pairs.side == side)
    return found


def _improving(single: Single) -> Improve | None:
    """What makes a bilevel point of any point of the single level, both in scaled units.

    It decides where the followers see whole numbers of the leader's only: these fixed, their
    answers and the leader's best among them are known.
    """
    program, mip = single.program, single.encoded.mip
    n = program.joint.shape[1]
    size = np.ones(mip.linear.shape[1]) if mip.size is None else mip.size
    if not program.followers:
        return None

    def improve(x: Floats) -> Floats | None:
        found = polish(program, (x * size)[:n])
        if found is None or not found.leader_rows_hold:
            return None
        return np.asarray(single.encoded.lift(found.x, found.multipliers) / size)

    simple = not program.nash and not len(program.readings) and not len(mip.linear.products)
    whole_links = bool(program.joint.integer[linked_columns(program)].all())
    return Improve(improve, decides=simple and whole_links)
