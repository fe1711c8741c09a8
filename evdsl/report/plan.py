"""Which way a solve goes, and why, in one line; and what its presolve has done, in another."""

from __future__ import annotations

from collections.abc import Iterator

from evdsl.report.presolve import presolve_text
from evdsl.solve.plan import Plan


def plan_text(planned: Plan) -> str:
    tally = planned.single.encoded.tally
    presolved = f"presolve: {presolve_text(tally)}\n" if tally.pairs else ""
    return f"{'; '.join(_parts(planned))}\n{presolved}"


def _parts(planned: Plan) -> Iterator[str]:
    route = planned.route
    way = ", ".join(filter(None, [route.solver, route.method]))
    yield f"{way}: {route.why}" if route.why else way
    yield from (f"`{name}` by {method}" for name, method in route.methods.items())
    if route.by_tangents(planned.single.encoded.mip):
        yield "squares by tangents"
    if planned.others:
        yield f"if it fails: {', then '.join(other.method for other in planned.others)}"
