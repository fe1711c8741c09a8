"""What SCIP says: kept from the terminal, passed on to a log and to those who watch."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from evdsl.backends.log import LogFile
from evdsl.backends.options import Event, Progress, Watch
from evdsl.program.linear import Floats


@contextlib.contextmanager
def quiet_model() -> Iterator[Any]:
    """A SCIP that writes nothing to stdout or stderr and leaves Ctrl-C to us."""
    import pyscipopt

    model = pyscipopt.Model()
    model.redirectOutput()
    model.hideOutput(True)
    model.setParam("misc/catchctrlc", False)
    with contextlib.redirect_stderr(io.StringIO()):
        yield model


@contextlib.contextmanager
def saying_into(model: Any, log: LogFile | None) -> Iterator[None]:
    """What SCIP says reaches Python's standard output, and from there the log."""
    if log is None:
        yield
        return
    model.hideOutput(False)
    with contextlib.redirect_stdout(log):
        yield
    model.hideOutput(True)


def on_own_streams(watch: Watch | None) -> Watch | None:
    """What SCIP says is kept from stdout and stderr, what `watch` writes is not."""
    stdout, stderr = sys.stdout, sys.stderr

    def watched(event: Event) -> None:
        if watch is not None:
            with contextlib.redirect_stderr(stderr), contextlib.redirect_stdout(stdout):
                watch(event)

    return watched if watch is not None else None


def report_to(model: Any, variables: list[Any], progress: Progress) -> None:
    """The progress is told what SCIP finds; its `variables` are the columns (n,)."""
    import pyscipopt
    from pyscipopt.scip import PY_SCIP_EVENTTYPE as events

    watched = (
        events.PRESOLVEROUND,
        events.FIRSTLPSOLVED,
        events.LPSOLVED,
        events.NODESOLVED,
        events.BESTSOLFOUND,
    )

    class Reporter(pyscipopt.Eventhdlr):
        def eventinit(self) -> None:
            for event in watched:
                self.model.catchEvent(event, self)

        def eventexit(self) -> None:
            for event in watched:
                self.model.dropEvent(event, self)

        def eventexec(self, event: Any) -> None:
            primal = self.model.getPrimalbound()
            is_better = event.getType() == events.BESTSOLFOUND
            progress(
                None if self.model.isInfinity(abs(primal)) else primal,
                finite_or_inf(self.model, self.model.getDualbound()),
                int(self.model.getNTotalNodes()),
                (lambda: values_in(self.model, variables)) if is_better else None,
            )

    model.includeEventhdlr(Reporter(), "progress", "tells how the search goes")


def finite_or_inf(model: Any, value: float) -> float:
    return float(np.copysign(np.inf, value)) if model.isInfinity(abs(value)) else float(value)


def values_in(model: Any, variables: list[Any]) -> Floats:
    """(n,): the best solution so far."""
    best = model.getBestSol()
    return np.array([model.getSolVal(best, variable) for variable in variables])
