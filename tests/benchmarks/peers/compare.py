"""The linear bilevel problems of `tests/published`, solved by evdsl, PAO and discopt in one run.

    python tests/benchmarks/peers/compare.py --pao PYTHON --discopt PYTHON [--limit 60]
        [--only TEXT] [--system TEXT] [--json FILE]

PYTHON is an interpreter that has the peer; without one its part is left out. Every system is
handed the same neutral problem, in a process of its own, which is ended at the limit (of wall time).
The time is that of the solve call, on the wall and of the processors; imports and a first solve,
which loads what is loaded late, are not in it.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from judge import judge
from neutral import Case, Problem, cases
from tables import report

HERE = Path(__file__).parent
GRACE = 10.0


@dataclass(frozen=True)
class System:
    """`peer` names the worker `solve_PEER.py`, `setting` what it is asked for."""

    title: str
    peer: str
    setting: str


SYSTEMS = (
    System("evdsl, HiGHS", "evdsl", "highs"),
    System("evdsl, SCIP", "evdsl", "scip"),
    System("PAO FA, GLPK", "pao", "pao.mpr.FA/glpk"),
    System("PAO FA, HiGHS", "pao", "pao.mpr.FA/appsi_highs"),
    System("PAO FA, GLPK, big-M 1e4", "pao", "pao.mpr.FA/glpk/1e4"),
    System("PAO FA, HiGHS, big-M 100", "pao", "pao.mpr.FA/appsi_highs/100"),
    System("PAO PCCG, CBC", "pao", "pao.mpr.PCCG/cbc"),
    System("discopt, KKT", "discopt", "kkt"),
    System("discopt, KKT, bound 1e5", "discopt", "kkt/1e5"),
    System("discopt, strong duality", "discopt", "strong_duality"),
)


@dataclass
class Worker:
    """A worker process, started anew after it has been ended."""

    python: str
    peer: str
    versions: str = ""
    process: subprocess.Popen[str] | None = field(default=None, repr=False)
    answers: TextIO = field(default=sys.stdin, repr=False)

    def ask(self, problem: Problem, setting: str, limit: float) -> dict[str, Any]:
        """The answer, with its seconds; `time` where none came, after a while for building."""
        self.start()
        assert self.process
        assert self.process.stdin
        request = {"problem": problem, "setting": setting, "limit": limit}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        if not select.select([self.answers], [], [], limit + GRACE)[0]:
            self.end()
            late = {"status": "time", "message": "ended at the limit"}
            return {**late, "seconds": limit, "cpu": limit}
        line = self.answers.readline()
        if line:
            return dict(json.loads(line))
        self.end()
        return {"status": "error", "message": "the process died", "seconds": 0.0, "cpu": 0.0}

    def start(self) -> None:
        if self.process is not None:
            return
        read, write = os.pipe()
        self.process = subprocess.Popen(
            [self.python, str(HERE / f"solve_{self.peer}.py"), str(write)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            pass_fds=[write],
            start_new_session=True,
        )
        os.close(write)
        self.answers = os.fdopen(read)
        first = self.answers.readline()
        if not first:
            raise SystemExit(f"`{self.python}` cannot run solve_{self.peer}.py")
        self.versions = json.loads(first)["versions"]

    def end(self) -> None:
        """Ends the worker with the solvers that it has started."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
            self.answers.close()


def run(system: System, python: str, problems: list[Case], limit: float) -> dict[str, Any]:
    worker, answers = Worker(python, system.peer), {}
    for case in problems:
        if worker.process is None:
            worker.ask(problems[0].problem, system.setting, limit)
        answer = worker.ask(case.problem, system.setting, limit)
        verdict = judge(case.optimum, case.problem["objectives"][0]["sense"], answer)
        answers[case.name] = {**answer, "verdict": verdict, "optimum": case.optimum}
        print(f"{system.title}: {case.name}: {verdict}", file=sys.stderr)
    worker.end()
    return {"title": system.title, "versions": worker.versions, "answers": answers}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pao", metavar="PYTHON")
    parser.add_argument("--discopt", metavar="PYTHON")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for each problem")
    parser.add_argument("--only", default="", help="problems whose name holds this text")
    parser.add_argument("--system", default="", help="systems whose title holds this text")
    parser.add_argument("--json", type=Path, help="write all answers to this file")
    options = parser.parse_args()
    pythons = {"evdsl": sys.executable, "pao": options.pao, "discopt": options.discopt}
    problems = [case for case in cases() if options.only in case.name]
    found = []
    for system in SYSTEMS:
        python = pythons[system.peer]
        if python and options.system in system.title:
            found.append(run(system, python, problems, options.limit))
            if options.json:
                options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(report(found))


if __name__ == "__main__":
    main()
