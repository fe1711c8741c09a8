"""Imports that come all at once, as those of a command or of a process that waits for tasks."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Any


def imported(name: str) -> Any:
    """A module. What is imported stays, so the collector of garbage need not walk over it, neither
    meanwhile nor later."""
    if name in sys.modules:
        return sys.modules[name]
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.enable()
        gc.freeze()


def import_all(names: Iterable[str]) -> None:
    for name in names:
        imported(name)
