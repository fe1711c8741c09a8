"""Names of an MPS file as names of the language."""

from __future__ import annotations

import re
from collections.abc import Iterable

from evdsl.check.functions import FUNCTIONS, REDUCERS
from evdsl.check.symbols import RESULT_WORDS
from evdsl.ir.words import NAME, RESERVED

_FOREIGN = re.compile(r"\W+")
_TAKEN = {*RESERVED, *FUNCTIONS, *REDUCERS, *RESULT_WORDS}


def identifiers(names: Iterable[str], taken: set[str]) -> list[str]:
    """A name of the language for each, none of them in `taken`, to which they are added.

    What is a name stays as it is: `x`, `C0001`. Signs become `_`, `x(1,2)` becomes `x_1_2`; a digit
    at the beginning and words of the language get a `_`; what is taken gets `_2`.
    """
    listed = list(names)
    plain = [_plain(name) for name in listed]
    kept = {name for name, own in zip(listed, plain, strict=True) if name == own} - taken
    found = []
    for name, own in zip(listed, plain, strict=True):
        chosen = own if name == own and own in kept else _unused(own, taken | kept)
        kept.discard(chosen)
        taken.add(chosen)
        found.append(chosen)
    return found


def _plain(name: str) -> str:
    word = _FOREIGN.sub("_", name).strip("_") if _FOREIGN.search(name) else name
    if word in _TAKEN:
        return f"{word}_"
    return word if NAME.fullmatch(word) else f"_{word}"


def _unused(name: str, taken: set[str]) -> str:
    count, chosen = 1, name
    while chosen in taken:
        count += 1
        chosen = f"{name}_{count}"
    return chosen
