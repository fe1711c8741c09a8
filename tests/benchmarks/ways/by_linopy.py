"""linopy: the same rows as `storage.evm` on labelled arrays, handed to highspy directly."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from highspy import Highs
from linopy import Model

from measure import ETA, SIGMA, Measured, profile


def linear(units: int, hours: int) -> dict[str, float]:
    index = [pd.RangeIndex(units, name="unit"), pd.RangeIndex(hours, name="hour")]
    data = {
        name: xr.DataArray(values, coords=index) for name, values in profile(units, hours).items()
    }
    Highs()
    measured = Measured()
    with measured.here():
        model = Model()
        c, d, s = (
            model.add_variables(lower=-np.inf, upper=np.inf, coords=index, name=name)
            for name in "cds"
        )
        before = s.roll(hour=1)
        balance = s - (1 - SIGMA) * before - ETA * c + (1 / ETA) * d
        model.add_constraints(balance == -data["drive"], name="soc")
        model.add_constraints(c >= 0, name="c_low")
        model.add_constraints(c <= data["c_max"], name="c_high")
        model.add_constraints(d >= 0, name="d_low")
        model.add_constraints(d <= data["d_max"], name="d_high")
        model.add_constraints(s >= data["s_min"], name="s_low")
        model.add_constraints(s <= data["s_max"], name="s_high")
        model.add_objective((data["price"] * (c - d)).sum())
        highs = model.to_highspy()
    return measured.of(highs)
