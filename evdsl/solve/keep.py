"""The best answer so far in a file, from which a run that was killed is gone on with."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path

from evdsl.backends.options import Event
from evdsl.solve.inputs import Inputs, mapping
from evdsl.solve.monitor import Monitor
from evdsl.solve.polish import Polished
from evdsl.solve.stored import number, read_solution
from evdsl.solve.values import Json, json_number
from evdsl.source.diagnostic import Diagnostic, EvdslError

_PAUSES = 5.0


def earlier_bound(file: Path, inputs: Inputs) -> float:
    """What no answer can beat, as a `solution.json` or what a Keeper has written says of the same
    inputs; nan where it says nothing that may be taken over.

    A bound is taken over from the same version of evdsl only, and not where it rests on what
    somebody has stated or assumed, or on what was added by `extend`. Raises EvdslError: E0616 where
    the file holds no solution, E0619 where it belongs to another model, other data or other
    parameters.
    """
    stored = read_solution(file)
    others = inputs.differ_from(stored.get("inputs"))
    if others:
        raise EvdslError([_belongs_elsewhere(file, others)])
    used = mapping(mapping(stored.get("certificate")).get("bounds"))
    on_trust = used.get("stated", 0) or used.get("assumed", 0)
    is_same = stored["inputs"].get("version") == inputs.version and not inputs.extended
    is_ours = is_same and not on_trust
    try:
        return number(stored.get("bound")) if is_ours else math.nan
    except TypeError:
        return math.nan


class Keeper:
    """Writes the best answer whenever there is a better one or a better bound: when a stage ends,
    the first of a stage, and else with pauses five times as long as it took to write: what is found
    in one is written with the next thing that is told.

    The file is whole at any moment: a new one takes the place of the old one in one step. `shown`
    makes the JSON of an answer.
    """

    def __init__(
        self, file: Path, inputs: Inputs, monitor: Monitor, shown: Callable[[Polished], Json]
    ) -> None:
        self.failure: Diagnostic | None = None
        self._file, self._inputs, self._monitor, self._shown = file, inputs, monitor, shown
        self._kept: tuple[Polished | None, str] = (None, "")
        self._last: Json = {}
        self._doing, self._next = "", 0.0

    def __call__(self, event: Event) -> None:
        begins = event.doing != self._doing
        if begins or time.monotonic() >= self._next:
            self.write()
        if begins:
            self._doing, self._next = event.doing, 0.0

    def write(self) -> None:
        """Write what is best now, where it is not written yet."""
        best, bound = self._monitor.best, self._monitor.bound
        if best is None or self._kept == (best, repr(bound)):
            return
        started = time.monotonic()
        if self._kept[0] is not best:
            self._last = self._shown(best)
        self._kept = (best, repr(bound))
        found = {
            "status": "feasible",
            "objective": json_number(best.objective),
            "bound": json_number(bound),
            **self._last,
            "inputs": self._inputs.to_json(),
        }
        try:
            _replace(self._file, json.dumps(found, ensure_ascii=False, allow_nan=False) + "\n")
        except OSError as error:
            self.failure = _not_kept(self._file, error)
        ended = time.monotonic()
        self._next = ended + _PAUSES * (ended - started)


def _replace(file: Path, text: str) -> None:
    """One draft beside the file, so that a run that is killed leaves no more than that one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.draft")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, file)


def _belongs_elsewhere(file: Path, others: list[str]) -> Diagnostic:
    return Diagnostic(
        "E0619",
        f"`{file}` is not an answer to this problem: {others[0]}",
        notes=tuple(others[1:]),
        help=f"leave `--resume` out to begin anew, or write `--start {file}` in its place to begin "
        "from that decision all the same",
    )


def _not_kept(file: Path, error: OSError) -> Diagnostic:
    reason = (error.strerror or str(error)).lower()
    message = f"the best answer so far could not be kept in `{file}`: {reason}"
    return Diagnostic("W0612", message, severity="warning")
