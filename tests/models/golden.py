"""The golden results `models/NAME/expected.json`: what they hold, and a way to write them anew.

python tests/models/golden.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import evdsl
from evdsl.reformulate.kkt import kkt

MODELS = Path(__file__).parents[2] / "models"
NAMES = sorted(path.parent.name for path in MODELS.glob("*/*.evm"))


def model(name: str) -> evdsl.Model:
    return evdsl.load(MODELS / name / f"{name}.evm")


def observed(solution: evdsl.Solution) -> dict[str, Any]:
    """Objective, reports (also of the baselines) and sizes, as JSON holds them."""
    found = solution.to_json()
    rows, columns = solution.program.joint.shape
    baselines = found["baselines"]
    return {
        "objective": found["objective"],
        "reports": found["reports"],
        "baselines": {
            name: {"objective": base["objective"], "reports": base["reports"]}
            for name, base in baselines.items()
        },
        "counts": {
            "columns": columns,
            "rows": rows,
            "followers": len(solution.program.followers),
            "pairs": len(kkt(solution.program).pairs),
        },
    }


def expected(name: str) -> dict[str, Any]:
    return json.loads((MODELS / name / "expected.json").read_text(encoding="utf-8"))


def write(name: str) -> None:
    """Solve with SCIP, which needs no constants, and write the result, rounded."""
    found = _rounded(observed(model(name).solve(solver="scip", gap=0.0)))
    text = json.dumps(found, indent=2, ensure_ascii=False)
    (MODELS / name / "expected.json").write_text(text + "\n", encoding="utf-8")


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(float(f"{value:.8g}"), 9) if isinstance(value, float) else value


if __name__ == "__main__":
    for each in NAMES:
        write(each)
