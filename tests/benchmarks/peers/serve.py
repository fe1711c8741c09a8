"""What the workers share: one JSON request a line in, one JSON answer a line out.

Only the standard library is needed, since peers run in interpreters of their own. Answers go to the
file descriptor that the worker is given, since solvers print to the usual ones. A worker says
which versions it has, then answers `{"problem": ..., "setting": ..., "limit": ...}` one by one.
`prepare(problem, setting, limit)` builds the system's model, untimed, and gives back what is timed.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

Answer = dict[str, Any]
Prepare = Callable[[dict[str, Any], str, float], Callable[[], Answer]]


def serve(versions: str, prepare: Prepare) -> None:
    out = os.fdopen(int(sys.argv[1]), "w")
    _say(out, {"versions": versions})
    for line in sys.stdin:
        request = json.loads(line)
        start, used = time.perf_counter(), _cpu()
        try:
            solve = prepare(request["problem"], request["setting"], request["limit"])
            start, used = time.perf_counter(), _cpu()
            answer = solve()
        except Exception as error:
            answer = {"status": "error", "message": f"{type(error).__name__}: {error}"}
        _say(out, {**answer, "seconds": time.perf_counter() - start, "cpu": _cpu() - used})


def objective_at(problem: dict[str, Any], x: dict[int, float]) -> float:
    """The leader's objective at a point; a column that a system has left out is 0."""
    leader = problem["objectives"][0]
    return float(sum(c * x.get(int(j), 0.0) for j, c in leader["cost"]) + leader["constant"])


def _cpu() -> float:
    """Seconds of processor time so far, with those of solvers that run as processes."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, kinds))


def _say(out: Any, answer: Answer) -> None:
    out.write(json.dumps(answer) + "\n")
    out.flush()
