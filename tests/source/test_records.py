"""Our `dataclass` makes what the standard library's does."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from dataclasses import FrozenInstanceError, field
from typing import Any, ClassVar

import pytest

from evdsl.source import records


def made(dataclass: Any) -> dict[str, type]:
    """Classes with all that ours have, by one of the two decorators."""

    @dataclass(frozen=True)
    class Base:
        """A base."""

        note: str | None = field(default=None, compare=False, repr=False, kw_only=True)

    @dataclass(frozen=True)
    class Leaf(Base):
        """Fields with and without defaults behind the base's."""

        name: str
        items: tuple[int, ...] = ()
        more: list[int] = field(default_factory=list, compare=False)
        kind: ClassVar[str] = "leaf"

    @dataclass(frozen=True, eq=False)
    class Plain:
        """Compared by identity, with limits that are checked."""

        value: float
        width: float = 1.0

        def __post_init__(self) -> None:
            if self.width < 0:
                raise ValueError("a width is not negative")

    @dataclass(frozen=True, repr=False)
    class One:
        """A representation and a hash of its own."""

        value: int

        def __repr__(self) -> str:
            return f"<{self.value}>"

        def __hash__(self) -> int:
            return 7

    @dataclass(frozen=True)
    class Nothing:
        """No field at all."""

    @dataclass()
    class Open:
        """Fields that change, one of them set later."""

        value: int
        later: int = field(init=False)
        seen: list[int] = field(default_factory=list)

        def __post_init__(self) -> None:
            self.later = self.value + 1

    return {cls.__name__: cls for cls in (Base, Leaf, Plain, One, Nothing, Open)}


OURS, STANDARD = made(records.dataclass), made(dataclasses.dataclass)
ARGUMENTS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("Base", (), {}),
    ("Base", (), {"note": "seen"}),
    ("Leaf", ("a",), {}),
    ("Leaf", ("a", (1, 2)), {"note": "seen", "more": [3]}),
    ("Leaf", ("b",), {"items": (1,)}),
    ("Plain", (2.0,), {}),
    ("Plain", (2.0, 3.0), {}),
    ("One", (1,), {}),
    ("Nothing", (), {}),
    ("Open", (1,), {"seen": [2]}),
]


@pytest.mark.parametrize("name", STANDARD)
def test_signature_and_fields_are_the_standard_ones(name: str) -> None:
    ours, standard = OURS[name], STANDARD[name]
    assert [own.name for own in dataclasses.fields(ours)] == [
        own.name for own in dataclasses.fields(standard)
    ]
    assert ours.__match_args__ == standard.__match_args__
    of_ours, of_standard = inspect.signature(ours), inspect.signature(standard)
    for mine, theirs in zip(
        of_ours.parameters.values(), of_standard.parameters.values(), strict=True
    ):
        assert (mine.name, mine.kind, mine.annotation) == (
            theirs.name,
            theirs.kind,
            theirs.annotation,
        )
        assert (mine.default is mine.empty) == (theirs.default is theirs.empty)
    assert of_ours.return_annotation == of_standard.return_annotation


@pytest.mark.parametrize(("name", "plain", "named"), ARGUMENTS)
def test_instances_are_the_standard_ones(
    name: str, plain: tuple[Any, ...], named: dict[str, Any]
) -> None:
    ours, standard = OURS[name](*plain, **named), STANDARD[name](*plain, **named)
    assert vars(ours) == vars(standard)
    assert dataclasses.asdict(ours) == dataclasses.asdict(standard)
    assert repr(ours) == repr(standard)
    assert copy.copy(ours).__dict__ == ours.__dict__
    twin = OURS[name](*plain, **named)
    assert (ours == twin) == (standard == STANDARD[name](*plain, **named))
    if name == "Open":
        return
    assert (hash(ours) == hash(twin)) == (hash(standard) == hash(STANDARD[name](*plain, **named)))
    for change in ("setattr", "delattr"):
        for attribute in (*vars(ours), "unknown"):
            arguments = (attribute, 1) if change == "setattr" else (attribute,)
            with pytest.raises(FrozenInstanceError):
                getattr(ours, f"__{change}__")(*arguments)


def test_what_does_not_take_part_is_not_compared() -> None:
    for classes in (OURS, STANDARD):
        Leaf = classes["Leaf"]
        assert Leaf("a", note="x", more=[1]) == Leaf("a", note="y")
        assert hash(Leaf("a", note="x", more=[1])) == hash(Leaf("a", note="y"))
        assert Leaf("a") != Leaf("b")
        assert Leaf("a") != classes["Base"]()
        assert hash(classes["One"](1)) == 7


def test_what_changes_has_no_hash() -> None:
    for classes in (OURS, STANDARD):
        changing = classes["Open"](1)
        changing.value = 2
        assert changing != classes["Open"](1)
        with pytest.raises(TypeError):
            hash(changing)


def test_each_instance_has_a_list_of_its_own() -> None:
    first, second = OURS["Leaf"]("a"), OURS["Leaf"]("a")
    assert first.more is not second.more


def test_what_is_built_is_checked_also_by_replace() -> None:
    plain = OURS["Plain"](1.0)
    assert dataclasses.replace(plain, width=2.0).width == 2.0
    with pytest.raises(ValueError, match="not negative"):
        dataclasses.replace(plain, width=-1.0)
    with pytest.raises(TypeError):
        OURS["Plain"]()


def test_instances_travel_to_other_processes() -> None:
    from evdsl.ir.expr import Binary, Name, Number

    sum_of = Binary("+", Name("x"), Number(1))
    assert pickle.loads(pickle.dumps(sum_of)) == sum_of
    match sum_of:
        case Binary("+", Name(name), _):
            assert name == "x"
