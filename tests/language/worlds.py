"""The data of a model by name, for comparison with plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from evdsl.check import check
from evdsl.program.keys import Key, Keys
from evdsl.program.world import World
from evdsl.source.diagnostic import Diagnostic, EvdslError, errors
from evdsl.source.text import Source
from evdsl.syntax import parse

LEADER = "leader top { var dummy in [0, 1]; minimize goal = dummy; }"


class Data:
    """What the declarations of a text stand for."""

    def __init__(
        self,
        text: str,
        params: Mapping[str, float] | None = None,
        base: Path = Path(),
        **tables: Any,
    ) -> None:
        model, problems = parse(Source("test.evm", text + LEADER))
        problems = [*problems, *check(model)]
        if errors(problems):
            raise EvdslError(problems)
        frames = {name: pd.DataFrame(table) for name, table in tables.items()}
        self.world = World(model, base, frames, params or {})
        self.world.load()
        if self.world.problems:
            raise EvdslError(self.world.problems)

    def set(self, name: str) -> list[Any]:
        """The elements in order: labels, or tuples of them."""
        members = self.world.set(name)
        return _labels(Keys(members.dims, members.codes, members.size))

    def param(self, name: str) -> Any:
        """A number, or the numbers by key."""
        found = self.world.param(name)
        if not found.keys.dims:
            return float(found.values[0])
        return dict(zip(_labels(found.keys), found.values.tolist(), strict=True))

    def mapping(self, name: str) -> dict[Any, Key]:
        found = self.world.mapping(name)
        targets = [found.target.labels[code] for code in found.codes.tolist()]
        return dict(zip(_labels(found.locator.keys), targets, strict=True))


def _labels(keys: Keys) -> list[Any]:
    return [label[0] if len(label) == 1 else label for label in keys.labels()]


def problems(text: str, base: Path = Path(), **tables: Any) -> list[Diagnostic]:
    """The errors that checking and loading end with."""
    try:
        Data(text, base=base, **tables)
    except EvdslError as error:
        return errors(error.diagnostics)
    return []


def codes(text: str, base: Path = Path(), **tables: Any) -> list[str]:
    return [d.code for d in problems(text, base, **tables)]
