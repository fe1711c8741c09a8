"""What SCIP says: kept from the terminal, passed on to a log and to those who watch."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from evdsl.backends.log import LogFile
from evdsl.backends.options import Event, Progress, Watch
from evdsl.backends.scip_model import Scip
from evdsl.program.linear import Floats


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


def report_to(scip: Scip, variables: list[Any], progress: Progress) -> None:
    """The progress is told what SCIP finds; its `variables` are the columns (n,)."""
    from pyscipopt.scip import PY_SCIP_EVENTTYPE as events

    def report(model: Any, event: Any) -> None:
        primal = model.getPrimalbound()
        is_better = event.getType() == events.BESTSOLFOUND
        progress(
            None if model.isInfinity(abs(primal)) else primal,
            finite_or_inf(model, model.getDualbound()),
            int(model.getNTotalNodes()),
            (lambda: values_in(model, variables)) if is_better else None,
        )

    of_nodes = (events.FIRSTLPSOLVED, events.LPSOLVED, events.NODESOLVED)
    scip.call_at((events.PRESOLVEROUND, *of_nodes, events.BESTSOLFOUND), report)


def hear_ctrl_c(scip: Scip) -> None:
    """Python hears signals only while it runs itself: so it does after every node of SCIP's."""
    from pyscipopt.scip import PY_SCIP_EVENTTYPE as events

    scip.call_at((events.NODESOLVED,))


def finite_or_inf(model: Any, value: float) -> float:
    return float(np.copysign(np.inf, value)) if model.isInfinity(abs(value)) else float(value)


def values_in(model: Any, variables: list[Any]) -> Floats:
    """(n,): the best solution so far."""
    best = model.getBestSol()
    return np.array([model.getSolVal(best, variable) for variable in variables])
