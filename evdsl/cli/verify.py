"""`evdsl verify`: hold a stored solution against its model, and say whether it is certified."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from evdsl.api import load
from evdsl.cli import arguments, exits
from evdsl.cli.messages import write_json
from evdsl.report.text import figure, residual
from evdsl.solve.values import json_number
from evdsl.solve.verify import Verified, verify
from evdsl.source.diagnostic import EvdslError, errors


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_inputs(parser)
    parser.add_argument("solution", type=Path, metavar="SOLUTION", help="a solution.json")
    arguments.add_json(parser)


def run(args: argparse.Namespace) -> int:
    model = load(args.model)
    found = model.check()
    if errors(found):
        raise EvdslError(found)
    data, params = arguments.tables(args.tables), arguments.params(args.params)
    verified = verify(model.ir, Path(model.base), args.solution, data, params)
    if args.json:
        write_json(_json(verified))
    else:
        sys.stdout.write(_text(verified))
    return exits.DONE if verified.holds else exits.NEGATIVE


def _text(verified: Verified) -> str:
    found = verified.certificate
    lines = [
        "certified" if verified.holds else "not certified",
        f"objective  {figure(verified.objective)}",
        f"followers  each re-solved alone, gap {residual(found.follower_gap)}",
        f"rows       largest violation {residual(found.max_violation)}, complementarity "
        f"{residual(found.max_complementarity)}, stationarity {residual(found.max_stationarity)}",
        *(f"but {fault}" for fault in verified.faults),
    ]
    return "\n".join(lines) + "\n"


def _json(verified: Verified) -> dict[str, object]:
    found = asdict(verified.certificate)
    kept = ("follower_gap", "max_violation", "max_complementarity", "max_stationarity")
    return {
        "certified": verified.holds,
        "objective": json_number(verified.objective),
        **{name: json_number(found[name]) for name in kept},
        "faults": list(verified.faults),
    }
