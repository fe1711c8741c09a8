"""Which way a solve goes, by the class of the problem, the solver and the proofs at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from evdsl.program.convexity import not_convex
from evdsl.program.linear import Floats, Linear, Products
from evdsl.program.program import Program
from evdsl.reformulate.encode import METHODS as ENCODINGS
from evdsl.reformulate.kkt import Kkt, kkt
from evdsl.solve.followers import linked_columns
from evdsl.solve.part import family_of
from evdsl.solve.route import Request, Route, Single, pairs_of
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.suggest import closest

METHODS = ("auto", *ENCODINGS, "value")
_OF_SOLVER = {"highs": ("bigm", "branch", "value"), "scip": ("bigm", "sos1", "indicator", "value")}
_WITHOUT_PRODUCTS = ("highs", "glpk", "cbc")
_FEW = 64
_FEW_SETS, _SERVED = 200, 20


@dataclass(frozen=True, eq=False)
class Plan:
    """A route with its single level, and the routes to try where the solver fails on it.

    `incumbent` (n,) is a known point of both levels; worse ones may be cut off.
    """

    route: Route
    single: Single
    others: tuple[Route, ...] = ()
    incumbent: Floats | None = None

    def following(self, program: Program) -> Plan | None:
        """The next route that can be gone; None where there is none."""
        for k, route in enumerate(self.others):
            try:
                single = route.encode(program, incumbent=self.incumbent)
                return Plan(route, single, self.others[k + 1 :], self.incumbent)
            except EvdslError:
                continue
        return None


def check_request(request: Request) -> None:
    """Refuse what no model could make sense of, before anything is read.

    Raises EvdslError: E0607 for an unknown method, E0608 for an unknown `via`, E0609 where the
    solver cannot take the method, E0618 for a `big_m` that has no use, and E065x for options that
    the solver does not have.
    """
    for method in (request.method, *request.methods.values()):
        if method not in METHODS:
            raise EvdslError([_no_method(method)])
    if request.via not in (None, "pyomo"):
        message = f"`{request.via}` is no way to a solver"
        raise EvdslError([Diagnostic("E0608", message, help="the one to name is `pyomo`")])
    for method in (request.method, *request.methods.values()):
        refusal = _cannot_take(request, method)
        if refusal is not None:
            raise EvdslError([refusal])
    uses_constants = {"auto", "bigm"} & {request.method, *request.methods.values()}
    if request.big_m is not None and not uses_constants:
        raise EvdslError([_NO_CONSTANT])
    if not request.through_pyomo:
        _check_options(request)


def plan(program: Program, request: Request, incumbent: Floats | None = None) -> Plan:
    """The way that a request goes with this Program, where a point (n,) may be known.

    Raises EvdslError where big-M is asked for and a bound has no proof (E0501, E0502), where a
    follower has whole-number variables (E0510), where the solver cannot take a product (E0511),
    and for methods of families that do not exist (E0512).
    """
    if program.follower_integer.any() or request.method == "value":
        return _by_value(program, request)
    level = kkt(program)
    refuse_unknown_families(level, request.methods)
    routes = _routes(program, level, request, incumbent is not None)
    for k, route in enumerate(routes):
        try:
            single = route.encode(program, incumbent=incumbent)
        except EvdslError:
            if k + 1 < len(routes):
                continue
            raise
        _refuse_products(route, single)
        chosen = route if k == 0 else _with_reason(route, routes[k - 1])
        return Plan(chosen, single, tuple(routes[k + 1 :]), incumbent)
    raise AssertionError("there is always a route")


def plan_pyomo(program: Program, request: Request) -> Plan:
    """The single level that `to_pyomo` makes."""
    if program.follower_integer.any():
        raise EvdslError([_whole_follower(program, "Pyomo's solvers get multipliers")])
    method = "bigm" if request.method == "auto" else request.method
    route = Route(request.solver, method, big_m=request.big_m, through_pyomo=True)
    return Plan(route, route.encode(program, extensible=True))


def _routes(
    program: Program, level: Kkt, request: Request, is_started: bool = False
) -> list[Route]:
    """The ways to try, the first one first; a later one is taken where the one before is refused
    or its solver fails. Worse answers than one to start from may be cut off."""
    base = Route(
        request.solver,
        request.method,
        methods=request.methods,
        big_m=request.big_m,
        through_pyomo=request.through_pyomo,
        extend=request.extend,
    )
    if not len(level.pairs):
        return [replace(base, method="", why="no pairs: the problem has one level")]
    if request.method != "auto":
        return [replace(base, why=f"`{request.method}` was asked for")]
    if request.big_m is not None:
        return [replace(base, method="bigm", why="one constant was given for all pairs")]
    if request.solver == "scip":
        ways = ("sos1", "indicator", "bigm")[: 1 if request.through_pyomo else 3]
        reason = "SCIP branches on the pairs as SOS1 sets, without constants"
        routes = [replace(base, method=way, why=reason if way == "sos1" else "") for way in ways]
        plain = not (request.through_pyomo or len(program.joint.products) or len(program.readings))
        if is_started and plain and _are_many(program, level):
            reason = f"{_count(level)}, an answer to start from, every bound proved"
            return [replace(routes[-1], why=reason), *routes[:-1]]
        return routes
    if request.through_pyomo:
        return [replace(base, method="bigm", why="what Pyomo's solvers understand")]
    by_branch = replace(base, method="branch")
    by_bigm = replace(base, method="bigm", why="every bound that is needed is proved")
    if len(program.readings):
        reason = "the leader reads multipliers, which proved bounds would cut"
        return [replace(by_branch, why=f"{reason}: branching on {_count(level)} needs none")]
    if len(level.pairs) <= _FEW:
        return [replace(by_branch, why=f"branching on {_count(level)} needs no constants"), by_bigm]
    return [by_bigm, by_branch]


def _are_many(program: Program, level: Kkt) -> bool:
    """More pairs than a tree over SOS1 sets settles, which takes more of them where each of the
    leader's columns serves many."""
    pairs, read = len(level.pairs), int(linked_columns(program).sum())
    return _FEW_SETS < pairs < _SERVED * read


def _count(level: Kkt) -> str:
    p = len(level.pairs)
    return f"{p} pair{'' if p == 1 else 's'}"


def _with_reason(route: Route, refused: Route) -> Route:
    if route.why or refused.method != "bigm":
        return route
    return replace(route, why="no bound can be proved for some multiplier or slack")


def _cannot_take(request: Request, method: str) -> Diagnostic | None:
    known = _OF_SOLVER.get(request.solver)
    if request.through_pyomo:
        if method in ("indicator", "branch", "value"):
            message = f"`{method}` does not get through Pyomo's interfaces"
            return Diagnostic("E0609", message, help="write `--method bigm`")
        if method == "sos1" and request.solver == "highs":
            return _NO_SOS1
        return None
    if known is None or method == "auto" or method in known:
        return None
    if (request.solver, method) == ("highs", "sos1"):
        return _NO_SOS1
    message = f"{'HiGHS' if request.solver == 'highs' else 'SCIP'} cannot take `{method}`"
    other = "scip" if request.solver == "highs" else "highs"
    mend = f"write `--solver {other}`, or `--method {known[0]}`"
    return Diagnostic("E0609", message, help=mend)


def _check_options(request: Request) -> None:
    from evdsl.backends import highs, scip

    backend = scip if request.solver == "scip" else highs
    backend.check_options(request.options.extra)


def _no_method(name: str) -> Diagnostic:
    near = closest(name, METHODS)
    mend = f"did you mean `{near}`?" if near else f"the methods are: {', '.join(METHODS)}"
    return Diagnostic("E0607", f"there is no method `{name}`", help=mend)


def _by_value(program: Program, request: Request) -> Plan:
    """Value-function cuts, for followers that have no multipliers.

    Raises EvdslError (E0510) with the reason where they are not exact.
    """
    if request.method not in ("auto", "value"):
        raise EvdslError([_whole_follower(program, f"`{request.method}` needs them")])
    if request.through_pyomo:
        raise EvdslError([_whole_follower(program, "Pyomo's solvers get multipliers")])
    linked = linked_columns(program)
    joint = program.joint
    endless = linked & ~(np.isfinite(joint.lower) & np.isfinite(joint.upper))
    for columns, fault in (
        (linked & ~joint.integer, "is continuous: the leader's infimum need not be attained"),
        (endless, "has no finite limits"),
    ):
        if columns.any():
            name = joint.column_name(int(np.flatnonzero(columns)[0]))
            raise EvdslError([_whole_follower(program, f"`{name}`, which it sees, {fault}")])
    if len(program.follower_products) or program.nash or len(program.readings):
        reason = "products in its objective, other followers and multipliers are not there yet"
        raise EvdslError([_whole_follower(program, reason)])
    why = "a follower has whole numbers: its answers are cut in one by one"
    route = Route(request.solver, "value", why=why)
    single = route.encode(program)
    _refuse_products(route, single)
    return Plan(route, single)


def _whole_follower(program: Program, reason: str) -> Diagnostic:
    joint, whole = program.joint, program.follower_integer
    first = int(np.flatnonzero(whole)[0]) if whole.any() else int(program.follower_columns[0])
    family = family_of(joint.columns, first)
    message = "value-function cuts are not exact here"
    if whole.any():
        name = joint.column_name(first)
        message = f"`{name}` of a follower is a whole number: it has no conditions with multipliers"
    return Diagnostic(
        "E0510",
        message,
        family.span,
        notes=(reason,),
        help="let it vary continuously, or make what it sees of the leader whole and limited",
        place=f"variable {family.path}",
    )


def refuse_unknown_families(level: Kkt, methods: Mapping[str, str]) -> None:
    """E0512 for names that no pairs belong to."""
    wrong = [name for name in methods if not pairs_of(level, name).any()]
    if not wrong:
        return
    joint = level.program.joint
    known = [f.path for f in (*joint.rows, *joint.columns) if pairs_of(level, f.path).any()]
    raise EvdslError(
        [
            Diagnostic(
                "E0512",
                f"`{name}` has no pairs that a method could be given to",
                help=f"did you mean `{near}`?"
                if (near := closest(name, known))
                else f"there is {', '.join(f'`{path}`' for path in known)}",
            )
            for name in wrong
        ]
    )


def _refuse_products(route: Route, single: Single) -> None:
    """E0511 for products that the solver cannot take: HiGHS' own interface takes convex objectives,
    Pyomo's ones to HiGHS, GLPK and CBC take none."""
    if not any(name in route.solver for name in _WITHOUT_PRODUCTS):
        return
    linear = single.encoded.mip.linear
    terms = linear.products
    turned = replace(terms, coef=np.where(terms.row < 0, linear.sense, 1) * terms.coef)
    bad = (terms.row >= 0) | not_convex(turned, linear.shape[1])
    if route.through_pyomo:
        bad[:] = True
    if bad.any():
        first = terms.where(np.arange(len(terms)) == np.flatnonzero(bad)[0])
        raise EvdslError([_not_for(route, linear, first)])


def _not_for(route: Route, linear: Linear, term: Products) -> Diagnostic:
    one, other = linear.column_name(int(term.first[0])), linear.column_name(int(term.second[0]))
    text = f"{one}^2" if one == other else f"{one} * {other}"
    row = int(term.row[0])
    where = f"`{linear.row_name(row)}`" if row >= 0 else "the leader's objective"
    solver = "HiGHS" if "highs" in route.solver else f"`{route.solver}`"
    if route.through_pyomo:
        reason = f"{solver} takes no products beside whole numbers"
    else:
        reason = "neither convex nor made linear by the followers' optimality"
    return Diagnostic(
        "E0511",
        f"`{text}` in {where} cannot be solved by {solver}: {reason}",
        help="write `--solver scip`, which solves such problems to global optimality",
    )


_NO_SOS1 = Diagnostic(
    "E0609", "HiGHS has no SOS1 sets", help="write `--solver scip`, or `--method bigm`"
)

_NO_CONSTANT = Diagnostic(
    "E0618",
    "the method needs no constant, so a big-M has no use",
    help="write `--method bigm`, or leave the constant out",
)
