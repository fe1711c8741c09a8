"""Whatever is wrong in a model, the check ends with messages and not with a traceback."""

from __future__ import annotations

import random
from dataclasses import replace

from evdsl.check import check
from evdsl.ir.expr import Expr, Node
from evdsl.ir.model import Model
from evdsl.ir.walk import transform, walk
from evdsl.source.text import Source
from evdsl.syntax import parse
from test_valid_models import FLEET


def expressions(model: Model) -> list[Expr]:
    return [node for node in walk(model) if isinstance(node, Expr)]


def broken(model: Model, rng: random.Random) -> Model:
    """The model with a piece put where it does not belong, or a declaration lost or doubled."""
    nodes = expressions(model)
    old, new = rng.sample(nodes, 2)

    def change(node: Node) -> Node:
        return new if node is old else node

    declarations = list(transform(model, change).declarations)
    if rng.random() < 0.2:
        declarations.pop(rng.randrange(len(declarations)))
    if rng.random() < 0.2:
        declarations.append(rng.choice(declarations))
    return replace(model, declarations=tuple(declarations))


def test_pieces_in_the_wrong_place() -> None:
    model, _ = parse(Source("fleet.evm", FLEET))
    rng = random.Random(7)
    found = [check(broken(broken(model, rng), rng)) for _ in range(150)]
    assert sum(any(d.severity == "error" for d in messages) for messages in found) > 120
