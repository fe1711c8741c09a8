"""A year of a synthetic fleet as a user solves it: the answer, and what each stage costs.

    python tests/benchmarks/year.py [--hours 8760] [--cars 20] [--limit 280] [--group 1] [--seed 1]

One thread, one process. The fleet is that of `evdsl fleet new --v2g`, all of whose cars discharge;
the model is year.evm. For each stage: seconds, processor seconds, and the largest memory so far.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import evdsl
from evdsl.backends.options import Event
from evdsl.fleet.generate import generate, write
from evdsl.solve.solution import Solution

MODEL = Path(__file__).parent / "year.evm"


class Stages:
    """Told by the solve what it does, it takes the time and the memory of each stage."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[float, float, float]] = {}
        self._doing, self._wall, self._cpu = "start", time.monotonic(), time.process_time()

    def __call__(self, event: Event) -> None:
        self.next(event.doing)

    def next(self, doing: str) -> None:
        if doing == self._doing:
            return
        wall, cpu = time.monotonic(), time.process_time()
        before = self.rows.get(self._doing, (0.0, 0.0, 0.0))
        spent = before[0] + wall - self._wall, before[1] + cpu - self._cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.rows[self._doing] = (*spent, peak)
        self._doing, self._wall, self._cpu = doing, wall, cpu


def lines(solution: Solution, stages: Stages) -> Iterator[str]:
    yield "| stage | s | processor s | peak MB |"
    yield "| --- | --- | --- | --- |"
    for name, (wall, cpu, peak) in stages.rows.items():
        yield f"| {name} | {wall:.1f} | {cpu:.1f} | {peak:.0f} |"
    simple = solution.baselines["simple"]
    yield ""
    yield "| | simple aggregation | found | |"
    yield "| --- | --- | --- | --- |"
    found = solution.objective
    yield f"| objective | {simple.objective:.1f} | {found:.1f} | {found / simple.objective - 1:+.0%} |"
    for name in ("rmse_charge", "rmse_discharge"):
        one, other = float(simple.reports[name]), float(solution.reports[name])
        yield f"| {name} | {one:.4f} | {other:.4f} | {other / one - 1:+.0%} |"
    yield f"\n{solution.status}, certified: {solution.certificate.certified}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--hours", type=int, default=8760)
    parser.add_argument("--cars", type=int, default=20)
    parser.add_argument("--limit", type=float, default=280.0)
    parser.add_argument("--group", type=int, default=1, help="hours that share a factor")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        write(Path(made), generate(args.cars, args.hours, args.seed, v2g=1.0, units=1))
        data = {name: Path(made) / f"{name}.csv" for name in ("fleet", "prices")}
        stages = Stages()
        solution = evdsl.load(MODEL).solve(
            time_limit=args.limit, data=data, params={"n": float(args.group)}, watch=stages
        )
        stages.next("end")
    for line in lines(solution, stages):
        print(line)


if __name__ == "__main__":
    main()
