"""What a task says on its way, before it is done, to whoever has handed it out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_listener: ContextVar[Callable[[Any], None] | None] = ContextVar("listener", default=None)


def tell(message: Any) -> None:
    """Say something that is picklable; nothing comes of it where nobody listens."""
    listener = _listener.get()
    if listener is not None:
        listener(message)


@contextmanager
def telling(listener: Callable[[Any], None]) -> Iterator[None]:
    """What is told within it goes to the listener."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
