"""`evdsl fmt`: models in their canonical form, comments kept."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from evdsl.api import not_utf8, read_source
from evdsl.cli import exits
from evdsl.cli.messages import say
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.files import replace_text, writing
from evdsl.source.text import Source


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        help="a .evm file, or a directory for all below it; without one, standard input is "
        "formatted to standard output",
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing, but say what would change"
    )


def run(args: argparse.Namespace) -> int:
    from evdsl.syntax import format_source

    if not args.files:
        return _filter(args.check)
    wrong: list[Diagnostic] = []
    changed = 0
    for path in _models(args.files):
        try:
            source = read_source(path)
            text = format_source(source)
            if text != source.text and not args.check:
                _write(path, text)
        except EvdslError as error:
            wrong.extend(error.diagnostics)
            continue
        if text != source.text:
            changed += 1
            sys.stdout.write(f"{'would change' if args.check else 'formatted'} {path}\n")
    say(wrong)
    if wrong:
        return exits.WRONG_INPUT
    return exits.NEGATIVE if args.check and changed else exits.DONE


def _filter(check: bool) -> int:
    from evdsl.syntax import format_source

    source = Source("<stdin>", _standard_input())
    text = format_source(source)
    if check:
        return exits.DONE if text == source.text else exits.NEGATIVE
    sys.stdout.write(text)
    return exits.DONE


def _standard_input() -> str:
    """Models are UTF-8 whatever the terminal's encoding is."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="strict")
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise EvdslError([not_utf8("<stdin>", error)]) from None


def _write(path: Path, text: str) -> None:
    with writing(path):
        replace_text(path, text)


def _models(names: list[str]) -> list[Path]:
    paths: list[Path] = []
    for name in names:
        path = Path(name)
        paths.extend(sorted(path.rglob("*.evm")) if path.is_dir() else [path])
    return paths
