"""A Dask cluster."""

from __future__ import annotations

import gc
import pickle
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.imports import import_all
from evdsl.workers.handed import GIVEN_UP, Handed, Lost, Result, Task
from evdsl.workers.tell import telling

if TYPE_CHECKING:
    from distributed import Client, Future, Queue

_PATIENCE = 5.0
_MOST_MESSAGES, _LONGEST_TELLING = 100, 0.5
_PAUSE = 0.5


class Cluster(Handed):
    """The workers of a Dask cluster, one task at a time each, which import `modules` meanwhile.

    Given by the address of its scheduler or as a `dask.distributed.Client`, which stays open. A
    worker that is lost is noticed by the scheduler, which gives its task to another one. Started
    with `--nthreads 1`, since a solver has a process for itself. What is given up still runs to its
    end there.

    Raises EvdslError: E0654 where Dask is not installed, E0655 where nobody answers at the address
    or no worker is there.
    """

    def __init__(self, given: str | Client, modules: tuple[str, ...] = ()) -> None:
        self._own = isinstance(given, str)
        self._client = _connected(given) if isinstance(given, str) else given
        from distributed import Queue

        name = f"evdsl-{uuid4().hex}"
        try:
            self._client.wait_for_workers(1, timeout=_PATIENCE)
            self._told = Queue(name, client=self._client, maxsize=_MOST_MESSAGES)
        except (OSError, TimeoutError):
            self._leave()
            raise EvdslError([_NO_WORKERS]) from None
        self._importing = [
            self._client.submit(import_all, modules, workers=[worker], pure=False)
            for worker in self._client.nthreads()
        ]

    @property
    def count(self) -> int:
        return max(1, len(self._client.nthreads()))

    def close(self) -> None:
        """Leave the cluster; a client that was given stays open."""
        try:
            self._told.close()
        finally:
            self._leave()

    def _leave(self) -> None:
        if self._own:
            self._client.close()

    def _submit(self, function: Callable[[Task], Result], task: Task, number: int) -> Future:
        given = function, task, number, self._told.name
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph")
            return self._client.submit(_work, *given, pure=False)

    def _messages(self) -> list[tuple[int, Any]]:
        return [pickle.loads(message) for message in self._told.get(batch=True)]

    def _finished(self, running: list[Future]) -> Iterable[Future]:
        from distributed import wait

        try:
            with self._client.as_current():
                waited = wait(running, timeout=_PAUSE, return_when="FIRST_COMPLETED")
        except TimeoutError:
            return set()
        finished: set[Future] = waited.done
        return finished

    def _result(self, asked: Future) -> Any:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        try:
            return asked.result()
        except KilledWorker:
            raise EvdslError([GIVEN_UP]) from None
        except FutureCancelledError:
            raise Lost from None

    def _drop(self, running: list[Future]) -> None:
        self._client.cancel(running)


def _work(function: Callable[[Task], Result], task: Task, number: int, told: str) -> Result:
    def listener(message: Any) -> None:
        """Nobody may be there any more to hear it."""
        with suppress(TimeoutError):
            _queue(told).put(pickle.dumps((number, message)), timeout=_LONGEST_TELLING)

    with telling(listener):
        return function(task)


@lru_cache(maxsize=1)
def _queue(name: str) -> Queue:
    """In a worker; to find it takes as long as to tell something."""
    from distributed import Queue

    return Queue(name)


def _connected(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError:
        message = "tasks are given to a cluster by Dask, which is not installed"
        mend = "`pip install 'evdsl[cluster]'`"
        raise EvdslError([Diagnostic("E0654", message, help=mend)]) from None
    try:
        return Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        refusal = _no_answer(address, error)
    # What is left of this client closes here. Where the thread that the next client starts finds
    # it, it waits for a lock that the starter holds until the thread has begun.
    gc.collect()
    raise EvdslError([refusal])


def _no_answer(address: str, error: Exception) -> Diagnostic:
    reason = "it is no address" if isinstance(error, ValueError) else "nobody answers there"
    return Diagnostic(
        "E0655",
        f"there is no Dask cluster at `{address}`: {reason}",
        help="write what `dask scheduler` prints when it starts, such as `tcp://10.0.0.1:8786`",
    )


_NO_WORKERS = Diagnostic(
    "E0655",
    "the Dask cluster has no workers",
    help="start some with `dask worker ADDRESS --nthreads 1`, where evdsl is installed",
)
