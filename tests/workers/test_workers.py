"""Whoever works: each task is answered once, in order where asked, and nothing is lost."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from chores import (
    asleep,
    doubled,
    hears_interrupts,
    is_imported,
    killed_once,
    killed_while_it_tells,
    refused,
    talkative,
    threads_allowed,
)
from evdsl.source.diagnostic import EvdslError
from evdsl.workers.cluster import Cluster
from evdsl.workers.hired import hired
from evdsl.workers.processes import Processes
from evdsl.workers.workers import InTurn, Workers

if TYPE_CHECKING:
    from distributed import Client


def test_answers_in_the_order_of_the_tasks(workers: Workers) -> None:
    assert list(workers.map(doubled, range(6))) == [0, 2, 4, 6, 8, 10]
    assert list(workers.map(doubled, [])) == []


def test_each_answer_once_with_its_place(workers: Workers) -> None:
    assert sorted(workers.as_finished(doubled, [5, 4, 3])) == [(0, 10), (1, 8), (2, 6)]


def test_an_error_of_a_task_is_raised(workers: Workers) -> None:
    with pytest.raises(ValueError, match="two is refused"):
        list(workers.map(refused, range(4)))
    assert list(workers.map(refused, [1, 3])) == [1, 3]


def test_a_task_is_asked_for_when_somebody_is_free(workers: Workers) -> None:
    """So a task can hold what is left of the time when it begins."""
    asked, answered = [], 0

    def tasks() -> Iterator[int]:
        for number in range(6):
            asked.append(number)
            assert number <= answered + workers.count
            yield number

    for _ in workers.as_finished(doubled, tasks()):
        answered += 1
    assert asked == list(range(6))


def test_it_ends_when_it_is_over(workers: Workers) -> None:
    answers: list[float] = []
    for _, answer in workers.as_finished(asleep, [0.0, 2.0, 2.0], lambda: bool(answers)):
        answers.append(answer)
    assert answers == [0.0]


@pytest.mark.parametrize("kind", ["processes", "cluster"])
def test_a_lost_workers_task_is_repeated(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    workers: Workers
    if kind == "processes":
        workers = request.getfixturevalue("processes")
    else:
        workers = Cluster(request.getfixturevalue("client"))
    tasks = [(number, tmp_path) for number in range(4)]
    assert list(workers.map(killed_once, tasks)) == [0, 2, 4, 6]
    assert (tmp_path / "killed").exists()


def test_what_tasks_tell_is_heard_before_they_are_done(workers: Workers) -> None:
    heard, answered = list[tuple[int, Any]](), list[int]()

    def hear(place: int, message: Any) -> None:
        heard.append((place, message))

    for place, number in workers.as_finished(talkative, [7, 8, 9], heard=hear):
        assert (place, number) in heard
        answered.append(place)
    assert sorted(answered) == [0, 1, 2]
    assert sorted(one for one in heard if one[1] in (7, 8, 9)) == [(0, 7), (1, 8), (2, 9)]


def test_what_tasks_tell_need_not_be_heard(workers: Workers) -> None:
    assert list(workers.map(talkative, [7, 8])) == [7, 8]


@pytest.mark.parametrize("kind", ["processes", "cluster"])
def test_a_worker_that_is_killed_while_it_tells_holds_up_nobody(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    elsewhere = request.getfixturevalue("processes" if kind == "processes" else "client")
    workers: Workers = elsewhere if kind == "processes" else Cluster(elsewhere)
    heard = list[Any]()
    tasks = [tmp_path, tmp_path]
    told = workers.as_finished(killed_while_it_tells, tasks, heard=lambda *said: heard.append(said))
    assert [answer for _, answer in told] == [1, 1]
    assert {place for place, said in heard if said == "again"} == {0, 1}


def test_a_task_that_kills_every_process_is_given_up(processes: Processes) -> None:
    with pytest.raises(EvdslError, match="E0656"):
        list(processes.map(os._exit, [1]))
    assert list(processes.map(abs, [-1])) == [1]


def test_processes_have_one_thread_and_leave_ctrl_c_to_their_parent(processes: Processes) -> None:
    assert list(processes.map(threads_allowed, [0])) == ["1"]
    assert list(processes.map(hears_interrupts, [0])) == [False]


def test_no_more_processes_start_at_once_than_there_are_cores() -> None:
    cores = os.cpu_count() or 1
    with closing(Processes(cores + 3)) as workers:
        assert workers._pool is not None
        assert 1 <= len(workers._pool._processes) <= cores
        assert list(workers.map(abs, range(-8, 0))) == list(range(8, 0, -1))


def test_processes_have_imported_what_their_tasks_need() -> None:
    with closing(Processes(1, ("colorsys",))) as workers:
        assert list(workers.map(is_imported, ["colorsys", "chunk"])) == [True, False]


def test_a_cluster_has_imported_what_it_is_told_to(client: Client) -> None:
    with hired(cluster=client, modules=("tabnanny",)) as workers:
        wanted = ["tabnanny", "tabnanny", "sndhdr"]
        assert list(workers.map(is_imported, wanted)) == [True, True, False]


def test_a_client_that_was_given_stays_open(client: Client) -> None:
    with hired(cluster=client) as workers:
        assert list(workers.map(abs, [-1])) == [1]
    assert client.submit(abs, -1).result() == 1


def test_by_the_address_of_the_scheduler(client: Client) -> None:
    with hired(cluster=client.scheduler.address) as workers:
        assert list(workers.map(abs, [-1, -2])) == [1, 2]


def test_nobody_else_for_one_job() -> None:
    with hired() as workers:
        assert isinstance(workers, InTurn)


@pytest.mark.parametrize("jobs", [0, -2])
def test_no_jobs_are_refused(jobs: int) -> None:
    with pytest.raises(EvdslError, match="E0652"), hired(jobs):
        pass


def test_without_dask_its_extra_is_named() -> None:
    with (
        mock.patch.dict(sys.modules, {"distributed": None}),
        pytest.raises(EvdslError, match="E0654"),
        hired(cluster="tcp://127.0.0.1:8786"),
    ):
        pass


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense", "foo://somewhere:1"])
def test_where_no_cluster_answers(address: str) -> None:
    _refused(address)


def test_a_client_that_found_nobody_does_not_hold_up_the_next_one() -> None:
    """Its remains were collected in the thread that the next client starts, and waited for it."""
    from distributed import utils

    begin = utils.asyncio_run

    def collecting(*given: Any, **named: Any) -> Any:
        gc.collect()
        return begin(*given, **named)

    gc.disable()
    try:
        with mock.patch.object(utils, "asyncio_run", collecting):
            _refused("tcp://127.0.0.1:1")
            _refused("foo://somewhere:1")
    finally:
        gc.enable()


def _refused(address: str) -> None:
    with (
        mock.patch("evdsl.workers.cluster._PATIENCE", 0.3),
        pytest.raises(EvdslError, match="E0655"),
        hired(cluster=address),
    ):
        pass
