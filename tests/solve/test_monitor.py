"""What the stages of a solve tell, what the watcher hears, and what Ctrl-C does."""

from __future__ import annotations

import math
import signal
from types import SimpleNamespace
from typing import Any

import pytest

from evdsl.backends.interrupt import catch_interrupt
from evdsl.backends.options import Event, SolveOptions
from evdsl.solve.clock import Clock
from evdsl.solve.monitor import Monitor


def answer(objective: float) -> Any:
    return SimpleNamespace(objective=objective)


def watched(sense: int, **options: Any) -> tuple[Monitor, list[Event]]:
    heard: list[Event] = []
    monitor = Monitor(SolveOptions(**options), Clock(), heard.append)
    program: Any = SimpleNamespace(joint=SimpleNamespace(sense=sense))
    monitor.begins(program)
    return monitor, heard


@pytest.mark.parametrize("sense", [1, -1])
def test_only_better_answers_and_bounds_count(sense: int) -> None:
    monitor, heard = watched(sense)
    for objective in (5.0, 7.0, 4.0):
        monitor.found(answer(sense * objective))
    for bound in (1.0, 3.0, 2.0):
        monitor.proved(sense * bound)
    assert monitor.best is not None
    assert (monitor.best.objective, monitor.bound) == (sense * 4.0, sense * 3.0)
    assert [event.incumbent for event in heard] == [sense * v for v in (5.0, 4.0, 4.0, 4.0)]
    assert heard[0].bound == -sense * math.inf


def test_the_gap_ends_it() -> None:
    monitor, _ = watched(1, gap=0.1)
    assert not monitor.is_over
    monitor.found(answer(10.0))
    monitor.proved(8.0)
    assert not monitor.gap_is_met
    monitor.proved(9.0)
    assert monitor.gap_is_met
    assert monitor.is_over


def test_a_solver_is_heard_beside_what_is_known() -> None:
    monitor, heard = watched(1)
    monitor.found(answer(10.0))
    monitor.doing("solving")
    hear = monitor.of_solver()
    assert hear is not None
    hear(Event(0.0, 12.0, 3.0, 7))
    last = heard[-1]
    assert (last.incumbent, last.bound, last.nodes, last.doing) == (10.0, 3.0, 7, "solving")


def test_ctrl_c_keeps_what_is_found_and_the_second_one_does_not_wait() -> None:
    monitor, _ = watched(1)
    before = signal.getsignal(signal.SIGINT)
    with monitor.catching(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)  # nothing is found yet
    with monitor.catching():
        monitor.found(answer(1.0))
        signal.raise_signal(signal.SIGINT)
        assert monitor.interrupted
        assert monitor.is_over
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_work_that_need_not_be_is_left_at_ctrl_c() -> None:
    monitor, _ = watched(1)
    monitor.found(answer(1.0))

    def pressed() -> str:
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("it was not left")

    def pressed_within() -> str:
        with catch_interrupt():
            signal.raise_signal(signal.SIGINT)
        raise AssertionError("it was not left once the solver had ended")

    for work in (pressed, pressed_within):
        with monitor.catching():
            assert monitor.unless_interrupted(lambda: "done") == "done"
            assert monitor.unless_interrupted(work) is None
            assert monitor.unless_interrupted(lambda: "done") is None


def test_what_is_settled_is_kept_without_an_answer() -> None:
    monitor, _ = watched(1)
    with monitor.catching():
        monitor.settled()
        signal.raise_signal(signal.SIGINT)
        assert monitor.interrupted


def test_details_are_told_at_most_ten_times_a_second() -> None:
    monitor, heard = watched(1)
    for k in range(1000):
        monitor.doing("solving", f"{k + 1} of 1000")
    assert heard[0].detail == "1 of 1000"
    assert len(heard) <= 1 + 10 * monitor.clock.total


def test_ctrl_c_within_a_solver_ends_the_whole() -> None:
    monitor, _ = watched(1)
    monitor.found(answer(1.0))
    with monitor.catching():
        with catch_interrupt() as solver:
            signal.raise_signal(signal.SIGINT)
        assert solver.pressed
        assert monitor.interrupted
