"""evdsl: `Model.solve` with `method="auto"`; the setting is the solver."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import evdsl
from as_evm import as_evm
from serve import Answer, serve


def prepare(problem: dict[str, Any], setting: str, limit: float) -> Callable[[], Answer]:
    model = evdsl.loads(as_evm(problem))

    def solve() -> Answer:
        solution = model.solve(solver=setting, time_limit=limit)
        reasons = "; ".join(found.message for found in solution.diagnostics)
        value = None if math.isnan(solution.objective) else solution.objective
        return {"status": solution.status, "objective": value, "message": reasons}

    return solve


if __name__ == "__main__":
    serve(f"evdsl {evdsl.__version__}", prepare)
