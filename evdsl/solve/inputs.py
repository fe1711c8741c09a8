"""What a solve reads: its files, and the digests by which an answer is known to belong to them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import evdsl
from evdsl.ir import model as ir
from evdsl.ir.printer import to_text
from evdsl.solve.route import Request
from evdsl.solve.values import Json
from evdsl.source.diagnostic import EvdslError

_DIGITS = 16
_SHOWS_ONLY = (ir.Report, ir.Baseline, ir.Check)


@dataclass(frozen=True)
class Inputs:
    """Digests of the model's canonical text (without reports, baselines and checks, which change no
    answer) and of its tables by name, and what else tells one problem from another."""

    model: str
    tables: Mapping[str, str]
    params: Mapping[str, float]
    pessimistic: bool
    extended: bool
    version: str

    def to_json(self) -> Json:
        return {
            "model": self.model,
            "tables": dict(self.tables),
            "params": dict(self.params),
            "pessimistic": self.pessimistic,
            "extended": self.extended,
            "version": self.version,
        }

    def differ_from(self, stored: Json) -> list[str]:
        """In words what is otherwise in an answer's `inputs`; the version alone is no matter."""
        if not isinstance(stored, Mapping):
            return ["it does not say what it belongs to"]
        said = []
        if stored.get("model") != self.model:
            said.append("the model has changed")
        tables, params = mapping(stored.get("tables")), mapping(stored.get("params"))
        for name in _others(self.tables, tables):
            said.append(f"the table `{name}` has changed")
        for name in _others(self.params, params):
            then, now = (values.get(name, "not set") for values in (params, self.params))
            said.append(f"the parameter `{name}` was {then}, and is {now}")
        if stored.get("pessimistic") != self.pessimistic:
            said.append("the one is pessimistic, the other is not")
        if stored.get("extended") != self.extended:
            said.append("something was added to the one by `extend`, nothing to the other")
        return said


def inputs_of(model: ir.Model, base: Path, request: Request) -> Inputs:
    """A table that cannot be read has an empty digest: it is refused where it is used."""
    kept = tuple(d for d in model.declarations if not isinstance(d, _SHOWS_ONLY))
    return Inputs(
        model=_digest(_text(replace(model, declarations=kept)).encode()),
        tables={
            table.name: _digest_of(request.data.get(table.name, base / table.file))
            for table in _tables(model)
        },
        params=dict(request.params),
        pessimistic=request.pessimistic,
        extended=request.extend is not None,
        version=evdsl.__version__,
    )


def files_read(model: ir.Model, base: Path, request: Request) -> Iterator[Path]:
    """The files that the model was written in, its tables, and what a solve begins from."""
    spans = (declaration.span for declaration in model.declarations)
    yield from {Path(span.source.name) for span in spans if span is not None}
    for table in _tables(model):
        yield base / table.file
    for given in (*request.data.values(), request.start, request.resume):
        if isinstance(given, str | Path):
            yield Path(given)


def _text(model: ir.Model) -> str:
    try:
        return to_text(model)
    except EvdslError:  # made in Python, of names that no text can express
        return repr(model)


def _tables(model: ir.Model) -> list[ir.Table]:
    return [d for d in model.declarations if isinstance(d, ir.Table)]


def _digest_of(given: Any) -> str:
    if isinstance(given, str | Path):
        try:
            return _digest(Path(given).read_bytes())
        except OSError:
            return ""
    import pandas as pd

    if not isinstance(given, pd.DataFrame):
        return ""
    names = [str(name) for name in (*given.index.names, *given.columns)]
    try:
        rows = pd.util.hash_pandas_object(given).to_numpy().tobytes()
    except TypeError:  # cells that are lists and the like
        rows = given.to_csv().encode()
    return _digest(repr(names).encode() + rows)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGITS]


def mapping(found: Json) -> Mapping[str, Json]:
    """What was read, where it is an object; else an empty one."""
    return found if isinstance(found, Mapping) else {}


def _others(one: Mapping[str, Json], other: Mapping[str, Json]) -> list[str]:
    """The names whose values are not the same in both."""
    return [name for name in {**other, **one} if one.get(name) != other.get(name)]
