"""Declarations, blocks and the model, as frozen dataclasses.

A `Model` is what the parser builds from text and what users build and change in Python
(`dataclasses.replace`, `evdsl.ir.walk.substitute`, `Model.with_declaration`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from evdsl.ir.expr import Binders, Expr, Node, Unit

Sense = Literal["minimize", "maximize"]
DomainKind = Literal["real", "integer", "binary", "free"]


@dataclass(frozen=True)
class Interval(Node):
    """`[lower, upper]`, with `inf` allowed."""

    lower: Expr
    upper: Expr


@dataclass(frozen=True)
class Table(Node):
    """`table NAME from "FILE" index COL, ... sep ";" decimal "," timezone "Europe/Berlin";`"""

    name: str
    file: str
    index: tuple[str, ...]
    sep: str | None = None
    decimal: str | None = None
    timezone: str | None = None


@dataclass(frozen=True)
class Set(Node):
    """`set NAME = VALUE cyclic "text";`"""

    name: str
    value: Expr
    cyclic: bool = False
    text: str = ""


@dataclass(frozen=True)
class Mapping(Node):
    """`mapping NAME[t in T] -> TARGET = VALUE;`: a total function from one set to another."""

    name: str
    binders: Binders
    target: str
    value: Expr
    text: str = ""


@dataclass(frozen=True)
class Param(Node):
    """`param NAME[...] : UNIT in [LO, HI] default D = VALUE "text";`

    Without a value it must be given from outside (`--set NAME=...`).
    """

    name: str
    binders: Binders | None = None
    unit: Unit | None = None
    range: Interval | None = None
    default: Expr | None = None
    value: Expr | None = None
    text: str = ""


@dataclass(frozen=True)
class Check(Node):
    """`check[...]: CONDITION "message";`, verified once the data is loaded."""

    condition: Expr
    binders: Binders | None = None
    text: str = ""


@dataclass(frozen=True)
class Definition(Node):
    """`expr NAME[...] : UNIT = VALUE;`: a name for an expression, in or outside a block."""

    name: str
    value: Expr
    binders: Binders | None = None
    unit: Unit | None = None
    text: str = ""


@dataclass(frozen=True)
class Domain(Node):
    """What values a variable may take; `bounds` is None for `free` and `binary`."""

    kind: DomainKind
    bounds: Interval | None = None


@dataclass(frozen=True)
class Var(Node):
    """`var NAME[...] : UNIT DOMAIN "text";`"""

    name: str
    domain: Domain
    binders: Binders | None = None
    unit: Unit | None = None
    text: str = ""


@dataclass(frozen=True)
class Objective(Node):
    """`minimize NAME : UNIT = VALUE;`; the name may be left out (then it is no member)."""

    sense: Sense
    value: Expr
    name: str | None = None
    unit: Unit | None = None
    text: str = ""


@dataclass(frozen=True)
class Constraint(Node):
    """`constraint NAME[...]: A <= B;`, `>=`, `==`, `A <= B <= C`, with `dual in [L, U]`.

    `operands` holds two or three expressions, `ops` one or two of `<= >= ==`.
    `complements` holds what stands behind that word.
    """

    name: str
    operands: tuple[Expr, ...]
    ops: tuple[str, ...]
    binders: Binders | None = None
    dual: Interval | None = None
    complements: Expr | None = None
    text: str = ""


Item: TypeAlias = Var | Objective | Constraint | Definition


@dataclass(frozen=True)
class Block(Node):
    """What leader, follower and reference share; `binders` make one problem per element."""

    name: str
    items: tuple[Item, ...]
    binders: Binders | None = None
    text: str = ""

    @property
    def variables(self) -> tuple[Var, ...]:
        return tuple(item for item in self.items if isinstance(item, Var))

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        return tuple(item for item in self.items if isinstance(item, Constraint))

    @property
    def objectives(self) -> tuple[Objective, ...]:
        return tuple(item for item in self.items if isinstance(item, Objective))

    @property
    def definitions(self) -> tuple[Definition, ...]:
        return tuple(item for item in self.items if isinstance(item, Definition))


@dataclass(frozen=True)
class Leader(Block):
    """`leader NAME { ... }`: decides first, knowing how the followers answer."""


@dataclass(frozen=True)
class Follower(Block):
    """`follower NAME[...] { ... }`: answers the leader's decision with its own optimum."""


@dataclass(frozen=True)
class Reference(Block):
    """`reference NAME[...] { ... }`: solved first; its optimum is data for the rest."""


@dataclass(frozen=True)
class Assign(Node):
    """`x = EXPR;`, `y[b in B] = EXPR;` (binders) or `z["peak"] = 3;` (key) in a baseline."""

    name: str
    value: Expr
    binders: Binders | None = None
    key: tuple[int | str, ...] | None = None


@dataclass(frozen=True)
class Baseline(Node):
    """`baseline NAME { ... }`: a complete leader decision to compare with."""

    name: str
    assigns: tuple[Assign, ...]
    text: str = ""


@dataclass(frozen=True)
class Report(Node):
    """`report NAME[...] : UNIT = VALUE;`, evaluated on each solution."""

    name: str
    value: Expr
    binders: Binders | None = None
    unit: Unit | None = None
    text: str = ""


Declaration: TypeAlias = (
    Table
    | Set
    | Mapping
    | Param
    | Check
    | Definition
    | Leader
    | Follower
    | Reference
    | Baseline
    | Report
)


@dataclass(frozen=True)
class Model(Node):
    """A whole model: its declarations in the order written."""

    declarations: tuple[Declaration, ...]
    name: str | None = None
    title: str = ""

    def declaration(self, name: str) -> Declaration:
        """The declaration of that name; raises KeyError where there is none."""
        for declaration in self.declarations:
            if getattr(declaration, "name", None) == name:
                return declaration
        raise KeyError(name)

    def with_declaration(self, new: Declaration) -> Model:
        """This model with `new` in the place of the declaration of its name, or at the end."""
        name = getattr(new, "name", None)
        kept = [getattr(d, "name", None) == name and name is not None for d in self.declarations]
        if not any(kept):
            return replace(self, declarations=(*self.declarations, new))
        changed = (new if same else old for old, same in zip(self.declarations, kept, strict=True))
        return replace(self, declarations=tuple(changed))

    @property
    def leader(self) -> Leader | None:
        return next((d for d in self.declarations if isinstance(d, Leader)), None)

    @property
    def followers(self) -> tuple[Follower, ...]:
        return tuple(d for d in self.declarations if isinstance(d, Follower))

    @property
    def references(self) -> tuple[Reference, ...]:
        return tuple(d for d in self.declarations if isinstance(d, Reference))

    @property
    def baselines(self) -> tuple[Baseline, ...]:
        return tuple(d for d in self.declarations if isinstance(d, Baseline))

    @property
    def reports(self) -> tuple[Report, ...]:
        return tuple(d for d in self.declarations if isinstance(d, Report))
