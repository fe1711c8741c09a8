"""Everything that docs/performance.md says, measured in one run of about an hour.

    python tests/benchmarks/all.py DATA [--peers PYTHON] [--only solves year ...]

Each table is that of a script beside this one, which also runs alone; DATA and PYTHON are described
in `solves.py` and `handover.py`. The machine should have nothing else to do.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--peers", default=sys.executable)
    scripts = ("solves", "year", "units", "handover", "own_cost")
    parser.add_argument("--only", nargs="*", choices=scripts, default=scripts)
    args = parser.parse_args()
    given = {
        "solves": [str(args.data)],
        "handover": ["--peers", args.peers],
        "own_cost": ["--data", str(args.data)],
    }
    failed = []
    for name in args.only:
        print(f"\n## {name}.py\n", flush=True)
        command = [sys.executable, str(HERE / f"{name}.py"), *given.get(name, [])]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
