"""Value-function cuts: exact for whole-number followers where what they see is whole.

The relaxation that drops the followers' optimality is solved again and again. Where its point is
no answer, the follower's true answer `ŷ` there makes a cut: wherever `ŷ` is possible, the follower
pays no more than `f(ŷ)`. With whole numbers `x` a row `b x <= r(ŷ)` either holds or is missed by at
least one step of the lattice that `b x` runs on, so "`ŷ` is impossible" is a choice of binaries
without any tolerance:

    f(y) <= f(ŷ) + (f_max - f(ŷ)) (1 - w),    w + Σ_i u_i >= 1,
    b_i x >= t_i - (t_i - min b_i x) (1 - u_i)

Each round excludes a leader decision for good or ends, so there are finitely many (after J. T.
Moore and J. F. Bard, Operations Research 38, 1990: the relaxation alone is not enough).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
from scipy import sparse

from evdsl.backends import highs, scip, tangents
from evdsl.backends.interrupt import catch_interrupt
from evdsl.backends.options import Progress, SolveOptions, Watch, allowed_gap
from evdsl.program.keys import scalar
from evdsl.program.limits import activity, implied_limits
from evdsl.program.linear import Family, Floats, Ints, Linear
from evdsl.program.lp import solve_lp
from evdsl.program.mip import Answer, Mip
from evdsl.program.program import Program
from evdsl.solve.followers import linked_columns
from evdsl.solve.unbounded import unbounded_leader
from evdsl.solve.whole import Response, best_of_ties, responses
from evdsl.source.diagnostic import Diagnostic, EvdslError

_TIE = 1e-7
_FINER, _SURE = 0.1, 0.9
_DENOMINATOR = 10**4


def solve(
    program: Program, solver: str, options: SolveOptions, watch: Watch | None, start: Floats | None
) -> Answer:
    """The bilevel optimum, whose point is over the Program's columns; Ctrl-C ends the rounds, and
    what they have found is returned.

    Raises EvdslError (E0513) where a row's coefficients have no common step, the follower's cost
    no largest value, or the relaxation no end.
    """
    cuts = _Cuts(program, solver, options, Progress(watch), start)
    with catch_interrupt() as interrupt:
        return cuts.run(lambda: interrupt.pressed)


class _Cuts:
    def __init__(
        self,
        program: Program,
        solver: str,
        options: SolveOptions,
        progress: Progress,
        start: Floats | None,
    ) -> None:
        self._program, self._options, self._progress = program, options, progress
        on_highs = tangents.solve if len(program.joint.products) else highs.solve
        self._solve: Callable[..., Answer] = scip.solve if solver == "scip" else on_highs
        self._sense = program.joint.sense
        self._relaxed = _Grown(program.joint)
        self._limits = implied_limits(program.joint)
        self._linked = linked_columns(program)
        self._best, self._value = start, math.inf
        if start is not None:
            self._value = self._sense * program.joint.objective(start)
        self._nodes = 0
        self._tried: set[bytes] = set()

    def run(self, stopped: Callable[[], bool]) -> Answer:
        bound = -math.inf
        while True:
            found = self._solve(Mip(self._relaxed.linear()), self._left(), None)
            self._nodes += found.nodes
            if found.status == "infeasible":
                return self._ended(self._value)
            if found.status == "unbounded":
                raise EvdslError([_unbounded(self._program)])
            if found.x is None:
                return replace(found, nodes=self._nodes, seconds=self._progress.seconds)
            if math.isfinite(found.bound):
                bound = max(bound, self._sense * found.bound)
            point = found.x[: self._program.joint.shape[1]]
            before = self._value
            is_answered = self._improve(point)
            is_cut_short = found.status != "optimal" or stopped()
            if self._best is None and is_cut_short:
                message = found.message or "interrupted"
                return Answer("no_solution", bound=self._sense * bound, message=message)
            if is_answered or is_cut_short or self._met(bound):
                return self._ended(bound)
            self._tell(bound, self._best if self._value < before else None)

    def _tell(self, bound: float, better: Floats | None) -> None:
        found = self._sense * self._value if self._best is not None else None
        point = None if better is None else lambda: better
        self._progress(found, self._sense * bound, self._nodes, point)

    def _improve(self, point: Floats) -> bool:
        """Whether the followers would answer with this point; else cuts are added."""
        joint = self._program.joint
        decision = np.where(self._linked, np.round(point), np.nan)
        key = decision[self._linked].tobytes()
        if key in self._tried:  # its cut holds within the solver's tolerance
            return True
        self._tried.add(key)
        answers = responses(self._program, decision)
        if answers is None:
            raise AssertionError("a point of the relaxation leaves every follower an answer")
        best = best_of_ties(self._program, decision, answers, dropped=False)
        if best.x is not None:
            value = self._sense * joint.objective(best.x)
            if value < self._value:
                self._best, self._value = best.x, value
        worse = [
            answer
            for answer in answers
            if answer.alone.own.objective(point[answer.alone.columns])
            > answer.cost + _TIE * max(1.0, abs(answer.cost))
        ]
        for answer in worse:
            self._cut(answer)
        return not worse

    def _cut(self, answer: Response) -> None:
        program, joint = self._program, self._program.joint
        own, columns = answer.alone.own, answer.alone.columns
        largest = self._largest_cost(answer)
        w = self._relaxed.binary()
        cost = dict(zip(columns.tolist(), own.cost.tolist(), strict=True))
        self._relaxed.row({**cost, w: largest - answer.cost}, -math.inf, largest)
        choices = {w: 1.0}
        value = answer.alone.own.A @ answer.y
        for place, row in enumerate(answer.alone.rows.tolist()):
            part = joint.A[[row]].tocoo()
            led = program.column_owner[part.coords[1]] == 0
            entries = dict(zip(part.coords[1][led].tolist(), part.data[led].tolist(), strict=True))
            if not entries:
                continue
            step = _step(list(entries.values()), joint.row_name(row))
            for limit, sign in ((joint.row_upper[row], 1.0), (joint.row_lower[row], -1.0)):
                if not math.isfinite(limit):
                    continue
                room = sign * (limit - value[place])
                first = step * (math.floor(room / step + _TIE) + 1)
                turned = {j: sign * v for j, v in entries.items()}
                least, most = self._range(turned)
                if first > most + _TIE:
                    continue
                u = self._relaxed.binary()
                self._relaxed.row({**turned, u: least - first}, least, math.inf)
                choices[u] = 1.0
        self._relaxed.row(choices, 1.0, math.inf)

    def _largest_cost(self, answer: Response) -> float:
        """The largest cost of the follower over the relaxation."""
        cost = np.zeros(self._program.joint.shape[1])
        cost[answer.alone.columns] = answer.alone.own.cost
        most = float(activity(sparse.csr_array(cost[None, :]), self._limits)[1][0])
        if not math.isfinite(most):
            found = solve_lp(self._program.joint.linear_part, cost=cost, sense=-1)
            most = found.objective if found.status == "optimal" else math.inf
        if not math.isfinite(most):
            label = self._program.followers[0].label
            raise EvdslError([_no_largest(label)])
        return most

    def _range(self, entries: dict[int, float]) -> tuple[float, float]:
        """Between what the limits keep a row with these entries."""
        columns = np.array(list(entries), np.int64)
        row = sparse.csr_array(
            (np.array(list(entries.values())), (np.zeros(len(columns), np.int64), columns)),
            shape=(1, self._program.joint.shape[1]),
        )
        least, most = activity(row, self._limits)
        return float(least[0]), float(most[0])

    def _left(self) -> SolveOptions:
        finer = replace(self._options, gap=_FINER * self._options.gap)
        return finer.after(self._progress.seconds)

    def _met(self, bound: float) -> bool:
        return self._value - bound <= _SURE * allowed_gap(self._options.gap, self._value)

    def _ended(self, bound: float) -> Answer:
        seconds = self._progress.seconds
        if self._best is None:
            return Answer("infeasible", nodes=self._nodes, seconds=seconds)
        bound = min(bound, self._value)
        return Answer(
            status="optimal" if self._met(bound) else "feasible",
            x=self._best,
            objective=self._sense * self._value,
            bound=self._sense * bound,
            nodes=self._nodes,
            seconds=seconds,
        )


@dataclass()
class _Grown:
    """A Linear to which binaries and rows are added."""

    base: Linear
    _rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)
    _binaries: int = 0

    def binary(self) -> int:
        self._binaries += 1
        return self.base.shape[1] + self._binaries - 1

    def row(self, entries: dict[int, float], lower: float, upper: float) -> None:
        self._rows.append((entries, lower, upper))

    def linear(self) -> Linear:
        base, (m, n) = self.base, self.base.shape
        k = self._binaries
        row: Ints = np.array([i for i, (e, _, _) in enumerate(self._rows) for _ in e], np.int64)
        column: Ints = np.array([j for e, _, _ in self._rows for j in e], np.int64)
        value: Floats = np.array([v for e, _, _ in self._rows for v in e.values()], np.float64)
        added = sparse.csr_array((value, (row, column)), shape=(len(self._rows), n + k))
        wide = sparse.csr_array(sparse.hstack([base.A, sparse.csr_array((m, k))]))
        return replace(
            base,
            columns=(*base.columns, *(_family("cut.choice", n + i) for i in range(k))),
            rows=(*base.rows, *(_family("cut", m + i) for i in range(len(self._rows)))),
            A=sparse.csr_array(sparse.vstack([wide, added])),
            row_lower=np.append(base.row_lower, [low for _, low, _ in self._rows]),
            row_upper=np.append(base.row_upper, [high for _, _, high in self._rows]),
            lower=np.append(base.lower, np.zeros(k)),
            upper=np.append(base.upper, np.ones(k)),
            integer=np.append(base.integer, np.ones(k, np.bool_)),
            cost=np.append(base.cost, np.zeros(k)),
        )


def _family(name: str, start: int) -> Family:
    return Family("", name, scalar(), start, role="encoding")


def _step(coefficients: list[float], row: str) -> float:
    """The largest number of which all coefficients are whole multiples."""
    fractions = [Fraction(value).limit_denominator(_DENOMINATOR) for value in coefficients]
    exact = all(
        abs(float(f) - value) <= 1e-12 * max(1.0, abs(value))
        for f, value in zip(fractions, coefficients, strict=True)
    )
    if not exact:
        raise EvdslError([_no_step(row)])
    common = math.lcm(*(f.denominator for f in fractions))
    return math.gcd(*(int(f * common) for f in fractions)) / common


def _no_step(row: str) -> Diagnostic:
    return Diagnostic(
        "E0513",
        f"the leader's coefficients in `{row}` have no common step",
        help="write them as whole numbers or short decimals: with whole decisions the row then "
        "moves in steps, and no tolerance decides whether an answer is possible",
    )


def _unbounded(program: Program) -> Diagnostic:
    ray = unbounded_leader(program.joint)
    return Diagnostic(
        "E0513",
        "without the followers' optimality the leader's objective improves without end",
        ray[0].span if ray else None,
        notes=ray[0].notes if ray else (),
        help=ray[0].help if ray else "give the variables of the objective finite limits",
    )


def _no_largest(label: str) -> Diagnostic:
    return Diagnostic(
        "E0513",
        f"the cost of follower `{label}` has no largest value",
        help="give the variables of its objective finite limits",
    )
