"""Processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.queues import Queue
from typing import Any, TypeAlias

from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.imports import import_all
from evdsl.workers.handed import Handed, Lost, Result, Task
from evdsl.workers.tell import telling

Messages: TypeAlias = "Queue[tuple[int, Any] | None]"

_PAUSE = 0.1
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Processes(Handed):
    """`count` fresh processes with one thread each, which import `modules` before their first task.

    They are new interpreters, not forks: solvers' threads do not survive a fork. As many as there
    are cores are started at once, and are ready when their parent is; the others when tasks come.
    They ignore Ctrl-C, which their parent hears, and end with their parent, however that ends.
    Raises EvdslError (E0652) where `count` is less than 1.
    """

    def __init__(self, count: int, modules: tuple[str, ...] = ()) -> None:
        if count < 1:
            message = f"the number of jobs is {count}, but it must be 1 or more"
            raise EvdslError([Diagnostic("E0652", message)])
        self._count, self._modules = count, modules
        self._pool: ProcessPoolExecutor | None = None
        self._told: Messages | None = None
        self._heard: deque[tuple[int, Any]] = deque()
        for _ in range(min(count, os.cpu_count() or 1)):
            self._running_pool().submit(_nothing)

    @property
    def count(self) -> int:
        return self._count

    def close(self) -> None:
        """End all processes, busy or not."""
        if self._pool is None:
            return
        for process in list((self._pool._processes or {}).values()):
            process.terminate()
        self._pool.shutdown(cancel_futures=True)
        if self._told is not None:
            self._told.put(None)
        self._pool = self._told = None

    def _submit(
        self, function: Callable[[Task], Result], task: Task, number: int
    ) -> Future[Result]:
        try:
            return self._running_pool().submit(_work, function, task, number)
        except BrokenProcessPool:
            self.close()
            return self._running_pool().submit(_work, function, task, number)

    def _finished(self, running: list[Future[Any]]) -> Iterable[Future[Any]]:
        return wait(running, _PAUSE, FIRST_COMPLETED).done

    def _messages(self) -> list[tuple[int, Any]]:
        return [self._heard.popleft() for _ in range(len(self._heard))]

    def _result(self, asked: Future[Result]) -> Result:
        try:
            return asked.result()
        except BrokenProcessPool:
            raise Lost from None

    def _drop(self, running: list[Future[Any]]) -> None:
        self.close()

    def _running_pool(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._told = context.Queue()
            self._told.cancel_join_thread()
            given = (self._modules, self._told)
            self._pool = ProcessPoolExecutor(self._count, context, _begin, given)
            # A process that is killed while it tells something may leave half of it.
            threading.Thread(target=_listen, args=(self._told, self._heard), daemon=True).start()
        return self._pool


def _listen(told: Messages, heard: deque[tuple[int, Any]]) -> None:
    with suppress(EOFError, OSError):
        for message in iter(told.get, None):
            heard.append(message)


def _nothing() -> None:
    """The pool starts a process when it is given a task and nobody is idle."""


_mine: Messages | None = None


def _begin(modules: tuple[str, ...], told: Messages) -> None:
    global _mine
    _mine = told
    told.cancel_join_thread()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import_all(modules)


def _work(function: Callable[[Task], Result], task: Task, number: int) -> Result:
    def listener(message: Any) -> None:
        if _mine is not None:
            _mine.put((number, message))

    with telling(listener):
        return function(task)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
