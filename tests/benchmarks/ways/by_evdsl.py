"""evdsl: from a parsed model and loaded data to HiGHS."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from highspy import Highs

from evdsl.program.ground import ground_world
from evdsl.program.lp import to_highs
from evdsl.program.world import World
from evdsl.solve.route import Route
from evdsl.source.text import Source
from evdsl.syntax import parse
from measure import Measured, profile

HERE = Path(__file__).parent


def linear(units: int, hours: int) -> dict[str, float]:
    world, measured = _world("storage.evm", units, hours), Measured()
    with measured.here():
        highs = to_highs(ground_world(world).program.joint)
    return measured.of(highs)


def single_level(units: int, hours: int) -> dict[str, float]:
    """Ground, conditions, proved bounds, binaries and cuts."""
    world, measured = _world("followers.evm", units, hours), Measured()
    with measured.here():
        single = Route("highs", "bigm").encode(ground_world(world).program)
        highs = to_highs(single.encoded.mip.linear)
    return measured.of(highs)


def _world(file: str, units: int, hours: int) -> World:
    """A model with its data, which no way counts."""
    unit, hour = np.divmod(np.arange(units * hours), hours)
    data = {name: values.ravel() for name, values in profile(units, hours).items()}
    model, problems = parse(Source(file, (HERE / file).read_text(encoding="utf-8")))
    assert not problems
    frame = pd.DataFrame({"unit": unit, "hour": hour, **data})
    world = World(model, HERE, {"profile": frame}, {})
    world.load()
    Highs()
    return world
