"""`evdsl new`: a small model with data that runs at once."""

from __future__ import annotations

import argparse
import sys
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from evdsl.cli import exits
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.files import writing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", metavar="DIR", type=Path, help="a new or an empty directory")


def run(args: argparse.Namespace) -> int:
    directory: Path = args.directory
    with writing(directory):
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise EvdslError([_taken(directory)])
        _copy(files("evdsl.cli") / "template", directory)
    sys.stdout.write(f"a model and its data are in {directory}\n")
    sys.stdout.write(f"now: evdsl solve {directory / 'model.evm'}\n")
    return exits.DONE


def _copy(source: Traversable, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for item in source.iterdir():
        if item.is_dir():
            _copy(item, target / item.name)
        else:
            (target / item.name).write_bytes(item.read_bytes())


def _taken(directory: Path) -> Diagnostic:
    message = f"`{directory}` exists and is not empty"
    return Diagnostic("E0615", message, help="name a directory that does not exist")
