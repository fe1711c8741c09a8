"""`evdsl import`: a model from the files of a bilevel instance."""

from __future__ import annotations

import argparse
import gzip
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from evdsl.api import not_utf8
from evdsl.cli import exits
from evdsl.cli.messages import say
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.files import is_read, replace_text, writing
from evdsl.source.suggest import closest
from evdsl.source.text import Source

if TYPE_CHECKING:
    from evdsl.ir.model import Model

_GZIP = b"\x1f\x8b"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "mps", metavar="FILE.mps", type=Path, help="both levels; it may be packed with gzip"
    )
    parser.add_argument(
        "auxiliary",
        metavar="FILE.aux",
        type=Path,
        nargs="?",
        help="what is the follower's, by name or by index; without it FILE.aux beside FILE.mps",
    )
    parser.add_argument(
        "-o", "--out", metavar="MODEL", type=Path, help="write to this file, not to the terminal"
    )


def run(args: argparse.Namespace) -> int:
    model, warnings = _model(args.mps, args.auxiliary)
    if args.out and is_read(args.out, [args.mps, args.auxiliary or _beside(args.mps)]):
        message = f"`{args.out}` cannot be written: it is what is imported"
        raise EvdslError([Diagnostic("E0614", message, help="name another file")])
    _write(args.out, model)
    say(warnings)
    return exits.DONE


def _model(mps: Path, auxiliary: Path | None) -> tuple[Model, list[Diagnostic]]:
    from evdsl.backends.mibs.auxiliary import read_auxiliary
    from evdsl.backends.mibs.mps_read import read_mps
    from evdsl.backends.mibs.to_model import to_model

    flat, warnings = read_mps(_source(mps))
    auxiliary = auxiliary or _beside(mps)
    instance = read_auxiliary(_source(auxiliary), flat)
    name = flat.name or instance.lower.name or mps.name.partition(".")[0]
    return to_model(instance, name, f"from {mps.name} and {auxiliary.name}"), warnings


def _write(path: Path | None, model: Model) -> None:
    from evdsl.ir.printer import to_text

    text = to_text(model)
    if path is None:
        sys.stdout.write(text)
        return
    with writing(path):
        replace_text(path, text)
    sys.stdout.write(f"the model is in {path}\nnow: evdsl solve {path}\n")


def _beside(mps: Path) -> Path:
    """`a/b.aux` for `a/b.mps` and `a/b.mps.gz`."""
    plain = mps.with_suffix("") if mps.suffix == ".gz" else mps
    return plain.with_suffix(".aux")


def _source(path: Path) -> Source:
    """The text of a file. Raises EvdslError where it cannot be read."""
    try:
        data = path.read_bytes()
        if data.startswith(_GZIP):
            data = gzip.decompress(data)
        return Source(str(path), data.decode("utf-8-sig"))
    except FileNotFoundError:
        raise EvdslError([_no_file(path)]) from None
    except IsADirectoryError:
        raise EvdslError([Diagnostic("E0611", f"`{path}` is a directory, not a file")]) from None
    except UnicodeDecodeError as error:
        raise EvdslError([not_utf8(path, error)]) from None
    except (OSError, EOFError, zlib.error) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise EvdslError([Diagnostic("E0612", f"`{path}` cannot be read: {reason}")]) from None


def _no_file(path: Path) -> Diagnostic:
    folder = path.parent
    names = [p.name for p in folder.glob(f"*{path.suffix}")] if folder.is_dir() else []
    near = closest(path.name, names)
    mend = f"did you mean `{folder / near}`?" if near else None
    return Diagnostic("E0610", f"there is no file `{path}`", help=mend)
