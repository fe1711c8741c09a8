"""Hand-over of a large storage LP: `storage.evm` against arrays written by hand.

    python tests/benchmarks/handover.py [--hours 8760] [--units 10] [--runs 5]

Both routes build the LP from data that is already in memory and hand it to HiGHS with `passModel`,
each run in a process of its own, in turn. Printed are the medians of the wall time and of the
growth of the peak memory, and the ratios.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
ETA, SIGMA = 0.95, 0.0001


def profile(units: int, hours: int) -> dict[str, np.ndarray]:
    """Arrays (units, hours) of a storage's data."""
    rng = np.random.default_rng(0)
    shape = (units, hours)
    return {
        "price": 50 + 30 * np.sin(np.arange(hours) / 24 * 2 * np.pi) + rng.normal(0, 5, shape),
        "c_max": rng.uniform(5, 11, shape),
        "d_max": rng.uniform(0, 11, shape),
        "s_min": rng.uniform(1, 5, shape),
        "s_max": rng.uniform(40, 60, shape),
        "drive": rng.uniform(0, 2, shape),
    }


def by_hand(units: int, hours: int) -> dict[str, float]:
    from highspy import Highs
    from scipy import sparse

    data = {name: values.ravel() for name, values in profile(units, hours).items()}
    Highs()
    before, start = _memory_now(), time.perf_counter()
    n = units * hours
    index = np.arange(n).reshape(units, hours)
    previous = np.roll(index, 1, axis=1).ravel()
    eye = sparse.identity(n, format="csr")
    back = sparse.csr_array((np.full(n, 1 - SIGMA), (index.ravel(), previous)), shape=(n, n))
    zero = sparse.csr_array((n, n))
    balance = sparse.hstack([-ETA * eye, eye / ETA, eye - back], format="csr")
    limits = [
        sparse.hstack([eye if k == i else zero for k in range(3)], format="csr") for i in range(3)
    ]
    matrix = sparse.vstack([balance, *(limits[i] for i in (0, 0, 1, 1, 2, 2))], format="csr")
    inf, nil = np.full(n, np.inf), np.zeros(n)
    lower = np.concatenate([-data["drive"], nil, -inf, nil, -inf, data["s_min"], -inf])
    upper = np.concatenate(
        [-data["drive"], inf, data["c_max"], inf, data["d_max"], inf, data["s_max"]]
    )
    cost = np.concatenate([data["price"], -data["price"], nil])
    highs = Highs()
    highs.setOptionValue("output_flag", False)
    highs.passModel(
        3 * n, 7 * n, matrix.nnz, 2, 1, 0.0, cost, np.full(3 * n, -np.inf), np.full(3 * n, np.inf),
        lower, upper, matrix.indptr, matrix.indices, matrix.data, np.zeros(3 * n, np.int32),
    )  # fmt: skip
    return _measured(highs, start, before)


def by_evdsl(units: int, hours: int) -> dict[str, float]:
    import pandas as pd
    from highspy import Highs

    from evdsl.program.ground import ground_world
    from evdsl.program.lp import to_highs
    from evdsl.program.world import World
    from evdsl.source.text import Source
    from evdsl.syntax import parse

    data = {name: values.ravel() for name, values in profile(units, hours).items()}
    unit, hour = np.divmod(np.arange(units * hours), hours)
    frame = pd.DataFrame({"unit": unit, "hour": hour, **data})
    text = (HERE / "storage.evm").read_text()
    model, problems = parse(Source("storage.evm", text))
    assert not problems
    Highs()
    world = World(model, HERE, {"profile": frame}, {})
    world.load()  # the data, which the comparison leaves out
    del frame, data
    before, start = _memory_now(), time.perf_counter()
    highs = to_highs(ground_world(world).program.joint)
    return _measured(highs, start, before)


def _measured(highs: Any, start: float, before: float) -> dict[str, float]:
    seconds = time.perf_counter() - start
    rows, entries = highs.getNumRow(), highs.getNumNz()
    return {"seconds": seconds, "mib": _peak() - before, "rows": rows, "entries": entries}


def _memory_now() -> float:
    """Resident MiB; from here on `_peak` counts anew (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _peak() -> float:
    return _status("VmHWM")


def _status(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=8760)
    parser.add_argument("--units", type=int, default=10)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--one", choices=("by_hand", "by_evdsl"))
    options = parser.parse_args()
    if options.one:
        print(json.dumps(globals()[options.one](options.units, options.hours)))
        return
    found: dict[str, list[dict[str, float]]] = {"by_hand": [], "by_evdsl": []}
    for _ in range(options.runs):
        for route, runs in found.items():
            size = ["--units", str(options.units), "--hours", str(options.hours)]
            command = [sys.executable, __file__, "--one", route, *size]
            runs.append(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))
    medians = {
        route: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        for route, runs in found.items()
    }
    for route, figures in medians.items():
        print(route, {key: round(value, 3) for key, value in figures.items()})
    for key in ("seconds", "mib"):
        print(f"ratio of {key}: {medians['by_evdsl'][key] / medians['by_hand'][key]:.2f}")


if __name__ == "__main__":
    main()
