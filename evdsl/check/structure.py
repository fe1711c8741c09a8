"""Which blocks a model has and what stands in them: one leader, one objective each, domains."""

from __future__ import annotations

from evdsl.check.findings import Findings, listed, place_of
from evdsl.ir.expr import Compare, Expr
from evdsl.ir.model import Block, Constraint, Follower, Leader, Model, Reference


def check_structure(model: Model, findings: Findings) -> None:
    """The levels of a model and the form of its blocks."""
    _leaders(model, findings)
    for block in model.declarations:
        if isinstance(block, Block):
            findings.place = place_of(block)
            _objective(block, findings)
            if isinstance(block, Reference):
                _continuous(block, findings)
            for constraint in block.constraints:
                findings.place = place_of(constraint, block)
                _constraint(constraint, block, findings)


def _leaders(model: Model, findings: Findings) -> None:
    leaders = [d for d in model.declarations if isinstance(d, Leader)]
    findings.place = "model"
    for second in leaders[1:]:
        findings.add(
            "E0301",
            f"a model has one leader, and `{second.name}` is another",
            second,
            related=((leaders[0], "the first one"),),
            help="several deciders above each other are not part of the language; "
            "deciders beside each other are followers",
        )
    if leaders and leaders[0].binders is not None:
        findings.place = place_of(leaders[0])
        findings.add(
            "E0301",
            f"a model has one leader, and the index of `{leaders[0].name}` would make several",
            leaders[0],
            help="give the index to the leader's variables",
        )
    if leaders:
        return
    if model.followers:
        names = listed([follower.name for follower in model.followers])
        findings.add(
            "E0302",
            f"there is no leader for {names} to follow",
            model.followers[0],
            label="follows nobody",
            help="a model of one level is written with a `leader` alone",
        )
    else:
        findings.add(
            "E0303",
            "the model has no leader: there is nothing to solve",
            model,
            help="write `leader NAME { ... }` with variables and an objective",
        )


def _objective(block: Block, findings: Findings) -> None:
    if not block.objectives:
        findings.add(
            "E0304",
            f"`{block.name}` has no objective",
            block,
            help="write `minimize NAME = ...;` or `maximize NAME = ...;` in it",
        )
    for other in block.objectives[1:]:
        findings.add(
            "E0304",
            f"`{block.name}` has more than one objective",
            other,
            label="a second one",
            help="add them up, each with its weight",
            related=((block.objectives[0], "the first one"),),
        )


def _continuous(block: Reference, findings: Findings) -> None:
    for variable in block.variables:
        if variable.domain.kind in ("integer", "binary"):
            findings.place = place_of(variable, block)
            findings.add(
                "E0305",
                f"`{variable.name}` is {variable.domain.kind} in a reference",
                variable.domain if variable.domain.span is not None else variable,
                label="a reference is a linear or convex quadratic program",
                help="integer and binary variables may stand in the leader and in followers",
            )


def _constraint(constraint: Constraint, block: Block, findings: Findings) -> None:
    for op in constraint.ops:
        if op not in ("<=", ">=", "=="):
            mended = {"<": "<=", ">": ">="}.get(op)
            findings.add(
                "E0131",
                f"`{op}` cannot stand in a constraint",
                constraint,
                help=f"write `{mended}`" if mended else "a constraint holds `<=`, `>=` or `==`",
            )
    if len(constraint.ops) > 1 and constraint.ops not in (("<=", "<="), (">=", ">=")):
        findings.add(
            "E0317",
            f"the chain of `{constraint.name}` does not go one way",
            constraint,
            label=f"`{'` and `'.join(constraint.ops)}`",
            help="write `A <= B <= C`, or two constraints",
        )
    if constraint.dual is not None and not isinstance(block, Follower):
        owner = "the leader" if isinstance(block, Leader) else "a reference"
        findings.add(
            "E0315",
            f"`dual in` bounds a follower's multiplier, and `{constraint.name}` belongs to {owner}",
            constraint.dual if constraint.dual.span is not None else constraint,
            help="take `dual in [...]` away",
        )
    if constraint.complements is not None:
        _complements(constraint, constraint.complements, block, findings)


def _complements(constraint: Constraint, other: Expr, block: Block, findings: Findings) -> None:
    """A pair is made of two inequalities of the leader's, of which one is tight."""
    one_sided = isinstance(other, Compare) and len(other.ops) == 1 and other.ops[0] in _ONE_SIDED
    if not isinstance(block, Leader):
        message = f"`complements` stands behind `{constraint.name}` of `{block.name}`"
        mend = "a follower's complementarity is made from its objective; pairs belong to the leader"
    elif len(constraint.ops) > 1 or constraint.ops[0] not in _ONE_SIDED or not one_sided:
        message = f"a pair of `{constraint.name}` is made of two inequalities"
        mend = "write `constraint NAME: A <= B complements C >= 0;`"
    else:
        return
    findings.add("E0311", message, other, label="no pair", help=mend)


_ONE_SIDED = ("<=", ">=")
