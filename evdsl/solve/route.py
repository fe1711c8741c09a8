"""Which way a solve goes: how pairs are encoded and who solves the single level."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from evdsl.backends.floor import floored, without_floor
from evdsl.backends.options import SolveOptions, Watch
from evdsl.backends.scaling import in_own_units, scaled
from evdsl.program.program import Answer, Mip, Program
from evdsl.reformulate import bigm, sos1
from evdsl.reformulate.bounds import bound
from evdsl.reformulate.encoded import Encoded
from evdsl.reformulate.kkt import Kkt, kkt
from evdsl.solve.polish import Polished
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.suggest import closest

METHODS = ("auto", "bigm", "sos1")
_DIRECT = ("highs", "scip")


@dataclass(frozen=True)
class Request:
    """What a user asks of a solve; `Model.solve` explains each."""

    solver: str = "highs"
    method: str = "auto"
    via: str | None = None
    big_m: float | None = None
    extend: Callable[[Any], None] | None = None
    start: Any = None
    data: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, float] = field(default_factory=dict)
    options: SolveOptions = field(default_factory=SolveOptions)


@dataclass(frozen=True, eq=False)
class Single:
    """The two levels as one, its pairs encoded."""

    kkt: Kkt
    encoded: Encoded

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
    """A planned way: `method` is `bigm` or `sos1`; the solver is reached directly or by Pyomo."""

    solver: str
    method: str
    big_m: float | None
    through_pyomo: bool
    extend: Callable[[Any], None] | None

    def encode(self, program: Program, *, extensible: bool = False) -> Single:
        """Make one level of two; an `extensible` one stays right when rows are added to it.

        Raises EvdslError where big-M needs a bound that has no proof.
        """
        level = kkt(program, extensible=extensible or self.extend is not None)
        if self.method == "sos1":
            return Single(level, sos1.encode(level))
        return Single(level, bigm.encode(level, bound(level, self.big_m)))

    def solve(
        self, mip: Mip, program: Program, options: SolveOptions, watch: Watch | None = None
    ) -> Answer:
        """Hand the single level over and wait; what a user extends is in the model's own units."""
        limited = floored(mip)
        if self.extend is not None:
            answer = self._hand_over(limited, program, options, watch)
        else:
            answer = self._hand_over(scaled(limited), program, options, watch)
            answer = in_own_units(answer, mip)
        return answer if limited is mip else without_floor(answer, mip.linear)

    def _hand_over(
        self, mip: Mip, program: Program, options: SolveOptions, watch: Watch | None
    ) -> Answer:
        if self.through_pyomo:
            from evdsl.backends import pyomo

            return pyomo.solve(mip, program, self.solver, options, watch, self.extend)
        if self.solver == "scip":
            from evdsl.backends import scip

            return scip.solve(mip, options, watch)
        from evdsl.backends import highs

        return highs.solve(mip, options, watch)


def plan(request: Request) -> Route:
    """The way that a request asks for.

    Raises EvdslError: E0607 for an unknown method, E0608 for an unknown `via`, E0609 where the
    solver cannot take the method, E0618 for a `big_m` that has no use, and E065x for options that
    the solver does not have.
    """
    if request.method not in METHODS:
        raise EvdslError([_no_method(request.method)])
    if request.via not in (None, "pyomo"):
        message = f"`{request.via}` is no way to a solver"
        raise EvdslError([Diagnostic("E0608", message, help="the one to name is `pyomo`")])
    asked_for_pyomo = request.via is not None or request.extend is not None
    through_pyomo = asked_for_pyomo or request.solver not in _DIRECT
    method = request.method if request.method != "auto" else _suitable(request)
    if method == "sos1" and request.solver == "highs":
        raise EvdslError([_NO_SOS1])
    if request.big_m is not None and method == "sos1":
        raise EvdslError([_NO_CONSTANT])
    if not through_pyomo:
        _check_options(request)
    return Route(request.solver, method, request.big_m, through_pyomo, request.extend)


def _suitable(request: Request) -> str:
    """SCIP needs no constants; everyone else understands big-M, which needs a proof for each."""
    return "sos1" if request.solver == "scip" and request.big_m is None else "bigm"


def _check_options(request: Request) -> None:
    from evdsl.backends import highs, scip

    backend = scip if request.solver == "scip" else highs
    backend.check_options(request.options.extra)


def _no_method(name: str) -> Diagnostic:
    near = closest(name, METHODS)
    mend = f"did you mean `{near}`?" if near else f"the methods are: {', '.join(METHODS)}"
    return Diagnostic("E0607", f"there is no method `{name}`", help=mend)


_NO_SOS1 = Diagnostic(
    "E0609", "HiGHS has no SOS1 sets", help="write `--solver scip`, or `--method bigm`"
)

_NO_CONSTANT = Diagnostic(
    "E0618",
    "SOS1 sets need no constant, so a big-M has no use",
    help="write `--method bigm`, or leave the constant out",
)
