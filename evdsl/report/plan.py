"""Which way a solve goes, and why, in a line for each kind of part; and what presolve has done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from evdsl.reformulate.tally import summed
from evdsl.report.presolve import presolve_text
from evdsl.report.text import counted
from evdsl.solve.plan import Plan


def plan_text(plans: Sequence[Plan]) -> str:
    """The plans of a model's components, those that are alike in one line with their number."""
    tally = summed(planned.single.encoded.tally for planned in plans)
    lines = [*_ways(plans), *([f"presolve: {presolve_text(tally)}"] if tally.pairs else [])]
    return "".join(f"{line}\n" for line in lines)


def _ways(plans: Sequence[Plan]) -> list[str]:
    alike = Counter("; ".join(_words(planned)) for planned in plans)
    if len(plans) == 1:
        return list(alike)
    heading = f"{counted(len(plans), 'independent part')}, each solved alone"
    return [heading, *(f"{number} by {line}" for line, number in alike.items())]


def _words(planned: Plan) -> Iterator[str]:
    route = planned.route
    way = ", ".join(filter(None, [route.solver, route.method]))
    yield f"{way}: {route.why}" if route.why else way
    yield from (f"`{name}` by {method}" for name, method in route.methods.items())
    if route.by_tangents(planned.single.encoded.mip):
        yield "squares by tangents"
    if planned.others:
        yield f"if it fails: {', then '.join(other.method for other in planned.others)}"
