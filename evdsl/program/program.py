"""The contract between the front and everything behind it: the two-level Program as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evdsl.program.keys import Keys
from evdsl.source.text import Span

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

Role = Literal["user", "limit", "auxiliary", "multiplier", "stationarity", "encoding"]


@dataclass(frozen=True, eq=False)
class Family:
    """Rows or columns of one declaration: `size` of them from `start`, one for each key.

    `block` is the leader's or follower's name, `name` the member's; generated families have names
    with a dot (`c.upper`: a variable's limit that holds leader variables and so is a row). `role`
    says who made it: `user` is declared in the model, `limit` such a variable's limit,
    `auxiliary` the columns and rows that make `abs`, `min` and `max` linear; the rest are made by
    reformulations. `bind` holds the names that the model gives to the indices.
    """

    block: str
    name: str
    keys: Keys
    start: int
    role: Role = "user"
    bind: tuple[str, ...] = ()
    span: Span | None = None

    @property
    def path(self) -> str:
        return f"{self.block}.{self.name}" if self.block else self.name

    @property
    def size(self) -> int:
        return self.keys.size

    @property
    def stop(self) -> int:
        return self.start + self.keys.size

    @property
    def slice(self) -> slice:
        return slice(self.start, self.stop)

    def label(self, index: int) -> str:
        """The name of row or column `index` (counted in the whole problem): `aev.c[u1, 3]`."""
        return self.path + self.keys.label(index - self.start)


@dataclass(frozen=True, eq=False)
class Linear:
    """One level: optimise `cost x + constant` over `row_lower <= A x <= row_upper`,
    `lower <= x <= upper`, `x_j` whole where `integer_j`.

    Shapes: `A` is CSR (m, n); `row_*` (m,); `lower`, `upper`, `integer`, `cost` (n,). Infinite
    limits are ±np.inf. `sense` is 1 for a minimum and -1 for a maximum; `cost` is as the user
    wrote it. The families cover the columns and rows in order and without gaps.
    """

    columns: tuple[Family, ...]
    rows: tuple[Family, ...]
    A: sparse.csr_array[Any]
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    integer: Bools
    cost: Floats
    constant: float = 0.0
    sense: int = 1

    @property
    def shape(self) -> tuple[int, int]:
        m, n = self.A.shape
        return m, n

    def column_name(self, index: int) -> str:
        return _family_of(self.columns, index).label(index)

    def row_name(self, index: int) -> str:
        return _family_of(self.rows, index).label(index)

    def objective(self, x: Floats) -> float:
        return float(self.cost @ x) + self.constant


def _family_of(families: tuple[Family, ...], index: int) -> Family:
    return next(family for family in families if family.start <= index < family.stop)


@dataclass(frozen=True, eq=False)
class Follower:
    """One follower: an element of a follower block.

    Its own objective is `cost[columns it owns] y + leader_cost x + constant`; the part in the
    leader's variables changes its value but not its answer. `sense` as in `Linear`.
    """

    block: str
    label: str
    sense: int = 1
    constant: float = 0.0
    objective: str | None = None
    span: Span | None = None


@dataclass(frozen=True, eq=False)
class Program:
    """A leader and its followers.

    `joint` holds all variables and all rows of every level with the leader's objective: solved as
    it stands it is the relaxation that drops the followers' optimality. `column_owner` (n,) and
    `row_owner` (m,) say whose each is: 0 the leader's, k the follower `followers[k - 1]`'s. A
    follower's row may hold its own and the leader's columns, nobody else's; a leader's row may
    hold all. Follower columns are continuous.

    `follower_cost` (n,): the followers' objectives over the columns that they own, each in its own
    sense. `leader_cost` (K, n) CSR: the leader columns' part in each follower's objective.
    `limit_column` (m,): for a row that is a variable's limit the column it limits, else -1.
    `dual_lower`, `dual_upper` (m,): what the user states of a row's multiplier with `dual in`, in
    the sign of `.dual`; ±inf where nothing is stated. `dual_stated` (m,) says where it is.
    """

    joint: Linear
    column_owner: Ints
    row_owner: Ints
    followers: tuple[Follower, ...]
    follower_cost: Floats
    leader_cost: sparse.csr_array[Any]
    limit_column: Ints
    dual_lower: Floats
    dual_upper: Floats
    dual_stated: Bools
    name: str = "model"

    @cached_property
    def owner_sense(self) -> Ints:
        """(K + 1,): 1 for a minimum, -1 for a maximum; the leader's first."""
        return np.array([self.joint.sense, *(f.sense for f in self.followers)], np.int64)

    @cached_property
    def leader_columns(self) -> Ints:
        return np.flatnonzero(self.column_owner == 0)

    @cached_property
    def follower_columns(self) -> Ints:
        return np.flatnonzero(self.column_owner > 0)

    @cached_property
    def follower_rows(self) -> Ints:
        return np.flatnonzero(self.row_owner > 0)

    def follower_objectives(self, x: Floats) -> Floats:
        """(K,): each follower's objective at a point of all columns, in its own sense."""
        own = np.bincount(
            self.column_owner, self.follower_cost * x, minlength=len(self.followers) + 1
        )[1:]
        constants = np.array([f.constant for f in self.followers])
        values: Floats = own + self.leader_cost @ x + constants
        return values


@dataclass(frozen=True, eq=False)
class Multipliers:
    """The followers' multipliers at a point, in the sign of `.dual` (see the language reference).

    `row` (m,): 0 on the leader's rows; `lower`, `upper` (n,): of the columns' own limits.
    """

    row: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True, eq=False)
class Mip:
    """What a backend takes: one level, SOS1 sets, and a start.

    `sos1` (p, 2): columns of which at most one may be non-zero. `start` (n,): nan where unknown.
    `size` (n,): powers of two, about as large as the values of a column are where that is known to
    be far from 1; None where nothing is known. Solvers' tolerances are absolute.
    """

    linear: Linear
    sos1: Ints = field(default_factory=lambda: np.empty((0, 2), np.int64))
    start: Floats | None = None
    size: Floats | None = None


@dataclass(frozen=True, eq=False)
class Answer:
    """What a backend gives back. `x` is None where there is no point; `bound` may be ±inf."""

    status: Literal["optimal", "feasible", "infeasible", "unbounded", "no_solution", "error"]
    x: Floats | None = None
    objective: float = float("nan")
    bound: float = float("nan")
    nodes: int = 0
    seconds: float = 0.0
    message: str = ""

    def broken_by(self, x: Floats) -> list[str]:
        """What users have added to the problem after it was made, and `x` breaks: nothing here."""
        return []
