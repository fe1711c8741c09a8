"""SCIPs that take one problem after the other: to start one costs as much as a small problem.

Nothing of a problem is left when it is freed: SCIP's plugins begin anew with each, and parameters
are set back.
"""

from __future__ import annotations

import atexit
import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Call: TypeAlias = Callable[[Any, Any], None]

_LARGE = 20_000
_idle: list[Scip] = []


@dataclass(frozen=True, eq=False)
class Scip:
    """A `pyscipopt.Model`, and the handler of its events."""

    model: Any
    handler: Any

    def call_at(self, events: Sequence[int], call: Call = lambda *_: None) -> None:
        """`call(model, event)` at these events, and no others, of the problem that comes next."""
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
    scip.call_at(())
    _idle.append(scip)


@atexit.register
def _free_idle() -> None:
    """While Python is whole: a SCIP that is freed calls its handler, which would be gone later."""
    while _idle:
        _idle.pop().model.free()


def _started() -> Scip:
    import pyscipopt

    class Handler(pyscipopt.Eventhdlr):
        events: Sequence[int]
        call: Call

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
    scip = Scip(model, handler)
    scip.call_at(())
    return scip
