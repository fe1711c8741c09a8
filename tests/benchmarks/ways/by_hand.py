"""Arrays written by hand: the matrices block by block with scipy, handed over with `passModel`."""

from __future__ import annotations

from typing import Any

import numpy as np
from highspy import Highs
from scipy import sparse

from measure import ETA, SIGMA, WEEK, Floats, Measured, profile

INF = np.inf
SIDES = ("c_lo", "c_up", "d_lo", "d_up", "s_lo", "s_up")


def linear(units: int, hours: int) -> dict[str, float]:
    """`storage.evm`: one level, every limit a row."""
    data = {name: values.ravel() for name, values in profile(units, hours).items()}
    highs, measured = Highs(), Measured()
    with measured.here():
        n = units * hours
        eye, nil = sparse.eye_array(n, format="csr"), np.zeros(n)
        level = Level({"c": (n, -INF, INF), "d": (n, -INF, INF), "s": (n, -INF, INF)})
        level.cost["c"], level.cost["d"] = data["price"], -data["price"]
        balance = {"c": -ETA * eye, "d": eye / ETA, "s": chain(units, hours)}
        level.add(balance, -data["drive"], -data["drive"])
        lower = {"c": nil, "d": nil, "s": data["s_min"]}
        for name in "cds":
            level.add({name: eye}, lower=lower[name])
            level.add({name: eye}, upper=data[f"{name}_max"])
        level.hand_over(highs)
    return measured.of(highs)


def single_level(units: int, hours: int) -> dict[str, float]:
    """`followers.evm` as one level: conditions with multipliers, a binary for each pair.

    Columns: factors `k`; `c`, `d`, `s`; deviations; the balance's multiplier; `m` and `z`, the
    multiplier and the binary of each lower and upper limit.
    """
    data = {name: values.ravel() for name, values in profile(units, hours).items()}
    highs, measured = Highs(), Measured()
    with measured.here():
        n, week = units * hours, min(WEEK, hours)
        eye, nil, one = sparse.eye_array(n, format="csr"), np.zeros(n), np.ones(n)
        group = (np.arange(units)[:, None] * week + np.arange(hours) % WEEK).ravel()
        columns: dict[str, tuple[int, float, float]] = {
            name: (units * week, 0.0, 1.5 if name == "k_s_lo" else 1.0)
            for name in ("k_c_up", "k_d_up", "k_s_up", "k_s_lo")
        }
        columns |= {"c": (n, 0.0, INF), "d": (n, 0.0, INF), "s": (n, -INF, INF)}
        columns |= {"dev_c": (n, 0.0, INF), "dev_d": (n, 0.0, INF), "price": (n, -INF, INF)}
        columns |= {f"m_{side}": (n, 0.0, INF) for side in SIDES}
        columns |= {f"z_{side}": (n, 0.0, 1.0) for side in SIDES}
        level = Level(columns, integer=tuple(f"z_{side}" for side in SIDES))
        level.cost["dev_c"] = level.cost["dev_d"] = one
        limit = {"c_lo": {}, "d_lo": {}} | {
            f"{side}": {
                f"k_{side}": sparse.csr_array(
                    (values, (np.arange(n), group)), shape=(n, units * week)
                )
            }
            for side, values in (
                ("c_up", data["c_max"]),
                ("d_up", data["d_max"]),
                ("s_lo", data["s_min"]),
                ("s_up", data["s_max"]),
            )
        }
        back = chain(units, hours)
        balance = {"c": -ETA * eye, "d": eye / ETA, "s": back}
        level.add(balance, -data["drive"], -data["drive"])
        for side in ("c_up", "d_up", "s_lo", "s_up"):
            slack = _slack(side, eye, limit[side])
            level.add(slack, lower=nil)
        for name in "cd":
            level.add({name: -eye, f"dev_{name}": eye}, lower=-data[f"{name}_ref"])
            level.add({name: eye, f"dev_{name}": eye}, lower=data[f"{name}_ref"])
        gradient = {"c": data["price"], "d": -data["price"], "s": nil}
        for name in "cds":
            turned = balance[name].T.tocsr()
            sides = {f"m_{name}_lo": eye, f"m_{name}_up": -eye}
            level.add({"price": turned, **sides}, gradient[name], gradient[name])
        largest = sparse.diags_array(np.full(n, 3 * np.abs(data["price"]).max() / ETA))
        for side in SIDES:
            widest = data[f"{side[0]}_max"]
            level.add({f"m_{side}": eye, f"z_{side}": -largest}, upper=nil)
            slack = _slack(side, eye, limit[side])
            level.add({**slack, f"z_{side}": sparse.diags_array(widest)}, upper=widest)
        for name in "cds":
            level.add({f"z_{name}_lo": eye, f"z_{name}_up": eye}, upper=one)
        level.add({"z_c_lo": eye, "z_d_lo": eye}, lower=one)
        level.hand_over(highs)
    return measured.of(highs)


def _slack(side: str, eye: Any, limit: dict[str, Any]) -> dict[str, Any]:
    """What lies between a quantity and its limit, which is 0 or holds a factor."""
    if side.endswith("lo"):
        return {side[0]: eye, **{name: -block for name, block in limit.items()}}
    return {side[0]: -eye, **limit}


def chain(units: int, hours: int) -> Any:
    """(n, n): a level less what is left of the level an hour before."""
    n = units * hours
    index = np.arange(n).reshape(units, hours)
    previous = np.roll(index, 1, axis=1).ravel()
    back = sparse.csr_array((np.full(n, 1 - SIGMA), (index.ravel(), previous)), shape=(n, n))
    return sparse.eye_array(n, format="csr") - back


class Level:
    """Blocks of columns by their names, and rows of blocks over them."""

    def __init__(
        self, columns: dict[str, tuple[int, float, float]], integer: tuple[str, ...] = ()
    ) -> None:
        self.columns, self.integer = columns, integer
        self.cost: dict[str, Floats] = {}
        self._rows: list[list[Any]] = []
        self._lower: list[Floats] = []
        self._upper: list[Floats] = []

    def add(
        self, blocks: dict[str, Any], lower: Floats | None = None, upper: Floats | None = None
    ) -> None:
        height = next(iter(blocks.values())).shape[0]
        self._rows.append([blocks.get(name) for name in self.columns])
        self._lower.append(np.full(height, -INF) if lower is None else lower)
        self._upper.append(np.full(height, INF) if upper is None else upper)

    def hand_over(self, highs: Any) -> None:
        matrix = sparse.block_array(self._rows, format="csr")
        widths = [width for width, _, _ in self.columns.values()]
        nothing = {name: np.zeros(width) for name, (width, _, _) in self.columns.items()}
        integer = [float(name in self.integer) for name in self.columns]
        highs.setOptionValue("output_flag", False)
        m, n = matrix.shape
        highs.passModel(
            n, m, matrix.nnz, 2, 1, 0.0,
            np.concatenate(list((nothing | self.cost).values())),
            np.repeat([low for _, low, _ in self.columns.values()], widths),
            np.repeat([high for _, _, high in self.columns.values()], widths),
            np.concatenate(self._lower), np.concatenate(self._upper),
            matrix.indptr, matrix.indices, matrix.data, np.repeat(integer, widths).astype(np.int32),
        )  # fmt: skip
