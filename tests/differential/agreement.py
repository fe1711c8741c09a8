"""Each method's answer to random problems against brute force: `python agreement.py 1000` prints
how many it has accepted, refused and given up, and ends with 1 where any is wrong."""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

import evdsl
from evdsl.solve.solution import Solution
from evdsl.source.diagnostic import EvdslError
from patterns import Truth, brute_force
from problems import Problem
from random_problems import CLASSES, random_problem

WAYS = (
    ("highs", "auto"),
    ("highs", "bigm"),
    ("highs", "branch"),
    ("highs", "value"),
    ("scip", "auto"),
    ("scip", "bigm"),
    ("scip", "sos1"),
    ("scip", "indicator"),
    ("scip", "value"),
)
REFUSALS = {
    "E0424": "a coefficient that solvers drop",
    "E0427": "a switch on what has no limits",
    "E0501": "no proof of a multiplier's bound",
    "E0502": "no proof of a slack's bound",
    "E0505": "bounds of multipliers that are read",
    "E0510": "value-function cuts that are not exact",
    "E0511": "a product",
    "E0513": "value-function cuts without a step",
}
WORDS = ("agrees", "refused", "gave up", "wrong")


@dataclass(frozen=True)
class Outcome:
    """What became of one problem on one way; `said` is the answer in words."""

    word: str
    said: str


@cache
def truth(seed: int) -> Truth:
    drawn = random_problem(seed)
    found = brute_force(drawn.plain)
    return replace(found, value=drawn.unit * found.value)


def outcome(problem: Problem, right: Truth, solver: str, method: str) -> Outcome:
    """One way's answer, judged. Every failure that is not a refusal is raised."""
    try:
        found = evdsl.loads(problem.text).solve(solver, method, gap=1e-6, time_limit=30)
    except EvdslError as error:
        codes = {diagnostic.code for diagnostic in error.diagnostics}
        if codes <= REFUSALS.keys():
            return Outcome("refused", " ".join(sorted(codes)))
        raise
    codes = " ".join(diagnostic.code for diagnostic in found.diagnostics)
    said = f"{found.status} {found.objective:.9g}, bound {found.bound:.9g} {codes}".rstrip()
    if not _is_possible(found, problem.leader.sense, right):
        return Outcome("wrong", said)
    if found.status in ("optimal", "infeasible", "unbounded"):
        return Outcome("agrees", said)
    return Outcome("gave up", said)


def _is_possible(found: Solution, sense: int, right: Truth) -> bool:
    """Whether all that is said is true; where the problem is unbounded no bound is."""
    if found.status in ("infeasible", "unbounded"):
        return found.status == right.status
    best = {"optimal": right.value, "infeasible": math.inf * sense, "unbounded": -math.inf * sense}
    value = best[right.status]
    tolerance = 1e-5 + 1e-4 * abs(right.value) if right.status == "optimal" else 0.0
    has_point = found.status in ("optimal", "feasible")
    too_good = has_point and sense * (found.objective - value) < -tolerance
    too_tight = math.isfinite(found.bound) and sense * (found.bound - value) > tolerance
    met = found.status != "optimal" or abs(found.objective - value) <= tolerance
    return met and not too_good and not too_tight


@dataclass(frozen=True)
class Tally:
    """The outcomes of all problems, by class, way and word, and what is to be looked at."""

    counts: dict[tuple[str, tuple[str, str]], Counter[str]]
    truths: Counter[str]
    wrong: list[str]
    given_up: list[str]

    def table(self) -> str:
        """How often each way agrees, refuses and gives up, as Markdown."""
        heads = " | ".join(f"{solver} {method}" for solver, method in WAYS)
        rows = [f"| class | {heads} |", "| --- " * (len(WAYS) + 1) + "|"]
        for kind in CLASSES:
            cells = [self._cell([self.counts[kind, way]]) for way in WAYS]
            rows.append(f"| {kind} | {' | '.join(cells)} |")
        totals = [self._cell([self.counts[kind, way] for kind in CLASSES]) for way in WAYS]
        rows.append(f"| all | {' | '.join(totals)} |")
        return "\n".join(rows)

    @staticmethod
    def _cell(counts: Iterable[Counter[str]]) -> str:
        total = sum(counts, Counter[str]())
        return "/".join(str(total[word]) for word in WORDS)


def tally(seeds: Iterable[int], show: bool = False) -> Tally:
    made = Tally(defaultdict(Counter), Counter(), [], [])
    for seed in seeds:
        drawn = random_problem(seed)
        kind, problem = drawn.kind, drawn.problem
        right = truth(seed)
        made.truths[right.status] += 1
        for way in WAYS:
            found = outcome(problem, right, *way)
            made.counts[kind, way][found.word] += 1
            line = f"seed {seed} ({kind}), {' '.join(way)}: {found.said}, brute force {right.status} {right.value:.9g}"
            if found.word in ("wrong", "gave up"):
                (made.wrong if found.word == "wrong" else made.given_up).append(line)
                if show:
                    print(f"{found.word}: {line}", file=sys.stderr, flush=True)
    return made


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=1000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--show", type=int, metavar="SEED", help="print this problem and stop")
    arguments = parser.parse_args()
    if arguments.show is not None:
        print(random_problem(arguments.show).problem.text)
        return 0
    made = tally(range(arguments.first, arguments.first + arguments.count), show=True)
    print(f"{'/'.join(WORDS)}; brute force: {dict(made.truths)}\n\n{made.table()}")
    return 1 if made.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
