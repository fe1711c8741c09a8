"""Which way a solve goes, and why, in one line for each kind of component; and what its presolve
has done, in another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from evdsl.reformulate.tally import total
from evdsl.report.presolve import presolve_text
from evdsl.report.text import counted
from evdsl.solve.plan import Plan


def plan_text(plans: Sequence[Plan]) -> str:
    """The plans of a model's components, those that are alike in one line with their number."""
    alike = Counter("; ".join(_words(planned)) for planned in plans)
    lines = list(alike)
    if len(plans) > 1:
        lines = [f"{counted(len(plans), 'independent part')}, each solved alone"]
        lines += [f"{number} by {line}" for line, number in alike.items()]
    tally = total(planned.single.encoded.tally for planned in plans)
    if tally.pairs:
        lines.append(f"presolve: {presolve_text(tally)}")
    return "".join(f"{line}\n" for line in lines)


def _words(planned: Plan) -> Iterator[str]:
    route = planned.route
    way = ", ".join(filter(None, [route.solver, route.method]))
    yield f"{way}: {route.why}" if route.why else way
    yield from (f"`{name}` by {method}" for name, method in route.methods.items())
    if route.by_tangents(planned.single.encoded.mip):
        yield "squares by tangents"
    if planned.others:
        yield f"if it fails: {', then '.join(other.method for other in planned.others)}"
