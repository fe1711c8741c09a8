"""SCIPs that take one problem after the other: to start one costs as much as a small problem.

Nothing of a problem is left when it is freed: SCIP's plugins begin anew with each, and parameters
are set back.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_LARGE = 20_000
_idle: list[Scip] = []


@dataclass(frozen=True, eq=False)
class Scip:
    """A `pyscipopt.Model`, and the handler of its events."""

    model: Any
    handler: Any

    def call_at(self, events: Sequence[int], call: Callable[[Any, Any], None]) -> None:
        """`call(model, event)` at these events of the problem that is solved next."""
        self.handler.events, self.handler.call = events, call


@contextlib.contextmanager
def quiet_scip() -> Iterator[Scip]:
    """A SCIP without a problem that writes nothing to stdout or stderr and leaves Ctrl-C to us.

    One that has raised anything is not used again, nor is one that held many columns, for each of
    which pyscipopt keeps an object.
    """
    scip = _idle.pop() if _idle else _started()
    scip.model.setParam("misc/catchctrlc", False)
    with contextlib.redirect_stderr(io.StringIO()):
        yield scip
    if scip.model.getNVars(transformed=False) > _LARGE:
        scip.model.free()
        return
    scip.model.freeProb()
    scip.model.createProbBasic()
    scip.model.resetParams()
    scip.call_at((), _ignore)
    _idle.append(scip)


def _started() -> Scip:
    import pyscipopt

    class Handler(pyscipopt.Eventhdlr):
        events: Sequence[int] = ()
        call: Callable[[Any, Any], None] = staticmethod(_ignore)

        def eventinit(self) -> None:
            for event in self.events:
                self.model.catchEvent(event, self)

        def eventexit(self) -> None:
            for event in self.events:
                self.model.dropEvent(event, self)

        def eventexec(self, event: Any) -> None:
            self.call(self.model, event)

    model, handler = pyscipopt.Model(), Handler()
    model.redirectOutput()
    model.hideOutput(True)
    model.includeEventhdlr(handler, "evdsl", "calls Python")
    return Scip(model, handler)


def _ignore(*_: Any) -> None:
    """Nothing is to be done at an event."""
