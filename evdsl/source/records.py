"""`dataclass`: the standard library's, made in a quarter of its time.

That one writes and compiles the source of four to six methods for each class, which for our two
hundred is half of the time that importing them takes. Here one is compiled, `__init__`; the others
are the same functions for all classes. Type checkers see the standard one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(
        *, frozen: bool = False, eq: bool = True, repr: bool = True
    ) -> Callable[[type[T]], type[T]]:
        """As `dataclasses.dataclass`; no `InitVar`s, no defaults of `field(init=False)`."""

        def made(cls: type[T]) -> type[T]:
            hashes = "__hash__" in vars(cls)
            cls = dataclasses.dataclass(cls, init=False, repr=False, eq=False)
            cls.__init__ = _init(cls, frozen)
            if frozen:
                cls.__setattr__, cls.__delattr__ = _refuse_to_set, _refuse_to_delete
            if repr and "__repr__" not in vars(cls):
                cls.__repr__ = _repr
            if eq:
                cls.__eq__, hash_of = _comparison(cls)
                if not hashes:
                    cls.__hash__ = hash_of if frozen else None
            return cls

        return made


def _init(cls: type, frozen: bool) -> Callable[..., None]:
    """`__init__` of a class from its fields, compiled."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_missing": MISSING}
    plain = [own for own in fields(cls) if own.init and not own.kw_only]
    named = [own for own in fields(cls) if own.init and own.kw_only]
    head = ["self", *map(_parameter, plain), *(["*"] if named else []), *map(_parameter, named)]
    lines = [f"def __init__({', '.join(head)}):"]
    for own in fields(cls):
        name, value = own.name, own.name
        if own.default is not MISSING:
            known[f"_{name}_default"] = own.default
        if own.default_factory is not MISSING:
            known[f"_{name}_made"] = own.default_factory
            value = f"_{name}_made() if {name} is _missing else {name}"
        if own.init:
            lines.append(f" _set(self, '{name}', {value})" if frozen else f" self.{name} = {value}")
    lines.append(" self.__post_init__()" if hasattr(cls, "__post_init__") else " pass")
    exec("\n".join(lines), known)
    made: Callable[..., None] = known["__init__"]
    made.__qualname__, made.__module__ = f"{cls.__qualname__}.__init__", cls.__module__
    made.__annotations__ = {own.name: own.type for own in (*plain, *named)} | {"return": None}
    return made


def _parameter(own: Field[Any]) -> str:
    if own.default_factory is not MISSING:
        return f"{own.name}=_missing"
    return own.name if own.default is MISSING else f"{own.name}=_{own.name}_default"


def _comparison(cls: type) -> tuple[Callable[[Any, Any], bool], Callable[[Any], int]]:
    """`__eq__` and `__hash__` by the values of the fields that take part."""
    names = [own.name for own in fields(cls) if own.compare]
    key: Callable[[Any], object] = attrgetter(*names) if names else lambda self: ()

    def __eq__(self: Any, other: Any) -> bool:
        return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: Any) -> int:
        return hash(key(self))

    return __eq__, __hash__


def _repr(self: Any) -> str:
    shown = (f"{own.name}={getattr(self, own.name)!r}" for own in fields(self) if own.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse_to_set(self: object, name: str, value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")
