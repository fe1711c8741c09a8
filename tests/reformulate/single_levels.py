"""The single level of a model by two ways, from the arrays and from the text, by the same names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import numpy as np

from evdsl.ir import model as ir
from evdsl.program.linear import Linear, Products
from evdsl.program.program import Program
from evdsl.reformulate.kkt import EQUAL, LOWER, Kkt, kkt
from mpec import Mpec
from polynomials import Monomial, Poly, plus


def rows_of(linear: Linear, names: list[str], products: Products) -> Iterator[Poly]:
    """The body of each row."""
    terms: dict[int, list[tuple[Monomial, float]]] = {}
    entries = linear.A.tocoo()
    for i, j, value in zip(*entries.coords, entries.data, strict=True):
        terms.setdefault(int(i), []).append(((names[j],), float(value)))
    for i, j, k, value in zip(
        products.row, products.first, products.second, products.coef, strict=True
    ):
        both = tuple(sorted((names[j], names[k])))
        terms.setdefault(int(i), []).append((both, float(value)))
    for i in range(linear.shape[0]):
        poly: Poly = {}
        for monomial, value in terms.get(i, []):
            poly = plus(poly, {monomial: value})
        yield poly


def system(linear: Linear, names: list[str]) -> tuple[Mpec, list[Poly]]:
    """The rows and limits of one level, without pairs, and the rows' bodies."""
    bodies = [*rows_of(linear, names, linear.products.of_rows)]
    objective: Poly = {(): linear.sense * linear.constant}
    for name, value in zip(names, linear.cost.tolist(), strict=True):
        objective = plus(objective, {(name,): linear.sense * value})
    terms = linear.products.of_objective
    for j, k, value in zip(terms.first, terms.second, terms.coef, strict=True):
        both = tuple(sorted((names[j], names[k])))
        objective = plus(objective, {both: linear.sense * float(value)})
    found = Mpec(plus(objective, {}))
    rows = zip(bodies, linear.row_lower.tolist(), linear.row_upper.tolist(), strict=True)
    for body, lower, upper in rows:
        limit(found, body, lower, upper)
    for name, lower, upper in zip(names, linear.lower.tolist(), linear.upper.tolist(), strict=True):
        limit(found, {(name,): 1.0}, lower, upper)
    found.whole = {names[j] for j in np.flatnonzero(linear.integer)}
    return found, bodies


def limit(found: Mpec, body: Poly, lower: float, upper: float) -> None:
    if lower == upper:
        found.zero.append(plus(body, {(): -lower}))
        return
    if np.isfinite(lower):
        found.not_negative.append(plus(body, {(): -lower}))
    if np.isfinite(upper):
        found.not_negative.append(plus({(): upper}, body, -1.0))


def of_arrays(program: Program) -> Mpec:
    """The KKT conditions that `reformulate.kkt` makes of a two-level problem."""
    level = kkt(program)
    linear, joint = level.linear, program.joint
    names = names_of_arrays(level)
    found, bodies = system(linear, names)
    pairs = level.pairs
    for column, row, of, side in zip(
        pairs.multiplier, pairs.row, pairs.column, pairs.side, strict=True
    ):
        body = bodies[row] if row >= 0 else {(names[of],): 1.0}
        low, high = (
            (joint.row_lower[row], joint.row_upper[row])
            if row >= 0
            else (joint.lower[of], joint.upper[of])
        )
        slack = plus(body, {(): -low}) if side == LOWER else plus({(): high}, body, -1.0)
        found.pairs.append(({(names[column],): 1.0}, slack))
    assert all(f.block for f in program.followers), "a leader's own pairs are not compared"
    return found.without(meanings_of(program, linear, names, bodies))


def meanings_of(
    program: Program, linear: Linear, names: list[str], bodies: list[Poly]
) -> dict[str, Poly]:
    """What the columns mean that only stand for something, by the rows that say so.

    A follower's long sum stands with its multiplier: that is what its stationarity row says.
    """
    joint, found = program.joint, dict[str, Poly]()
    by_name = {(f.block, f.name): f for f in linear.rows}
    for family in joint.columns:
        if not family.size:
            continue
        if family.role == "dual":
            rows = by_name[family.block, f"{family.name}.reading"]
        elif family.role == "auxiliary" and family.name.startswith("sum"):
            rows = by_name[family.block, f"{family.name}.1"]
        elif family.name.endswith(".complement"):
            rows = by_name[family.block, family.name]
        else:
            continue
        for k in range(family.size):
            name, row = names[family.start + k], rows.start + k
            found[name] = solved_for(bodies[row], name, linear.row_lower[row])
            says = by_name.get((family.block, f"{family.name}.stationarity"))
            multiplier = f"{family.block}.{family.name}.1{family.keys.label(k)}|equal"
            if says is not None and (multiplier,) in bodies[says.start + k]:
                row = says.start + k
                found[multiplier] = solved_for(bodies[row], multiplier, linear.row_lower[row])
    return found


def solved_for(body: Poly, name: str, right: float) -> Poly:
    """What the column is if the row's body is to be `right`."""
    rest = {m: -v / body[(name,)] for m, v in body.items() if m != (name,)}
    return plus(rest, {(): right / body[(name,)]})


def of_one_level(program: Program, names: list[str]) -> Mpec:
    """A model with pairs that are written in it."""
    linear = program.joint
    found, bodies = system(linear, names)
    keeper = len(program.followers)
    assert [f.block for f in program.followers] in ([], [""]), "this has two levels"
    slack = {
        int(j): {(): float(program.follower_cost[j])}
        for j in np.flatnonzero(program.column_owner == keeper)
        if keeper
    }
    terms = program.follower_products
    for one, other, value in zip(terms.first, terms.second, terms.coef, strict=True):
        column, factor = (one, other) if int(one) in slack else (other, one)
        slack[int(column)] = plus(slack[int(column)], {(names[factor],): float(value)})
    found.pairs = [({(names[j],): 1.0}, plus(poly, {})) for j, poly in slack.items()]
    return found.without(meanings_of(program, linear, names, bodies))


# ---- one set of names ----------------------------------------------------------------------------
# A multiplier is called after what it belongs to: `aev.soc[3]|equal`, `aev.c[3]|upper`.
_WORDS = {LOWER: "lower", EQUAL: "equal"}


def names_of_arrays(level: Kkt) -> list[str]:
    joint, duals = level.program.joint, level.duals
    found = [joint.column_name(j) for j in range(joint.shape[1])]
    for family in joint.columns:
        if family.role == "dual":
            found[family.slice] = [f"{name}|read" for name in found[family.slice]]
    for k in range(len(duals)):
        row, column, side = int(duals.row[k]), int(duals.column[k]), int(duals.side[k])
        families, at = (joint.rows, row) if row >= 0 else (joint.columns, column)
        family = next(f for f in families if f.start <= at < f.stop)
        name = re.sub(r"\.(first|second|lower|upper)$", "", family.name)
        label = family.keys.label(at - family.start)
        found.append(f"{family.block}.{name}{label}|{_WORDS.get(side, 'upper')}")
    return found


def names_of_text(model: ir.Model, text: Program) -> list[str]:
    """Back from the columns of the single level to those of the model that it is made of."""
    assert model.leader is not None
    heads, own = heads_of_text(model), {item.name for item in model.leader.items}
    found: list[str] = []
    for family in text.joint.columns:
        head, ending = heads.get(family.name.rstrip("_"), (family.path, ""))
        if family.name in own:
            head, ending = family.path, ""
        found += [f"{head}{family.keys.label(k)}{ending}" for k in range(family.size)]
    return found


def heads_of_text(model: ir.Model) -> dict[str, tuple[str, str]]:
    """What a name of the single level stands for: the member, and the side of a multiplier."""
    alone = len(model.followers) == 1
    heads: dict[str, tuple[str, str]] = {}
    for block in model.followers:
        prefix = "" if alone else f"{block.name}_"
        for item in block.variables:
            path = f"{block.name}.{item.name}"
            heads[f"{block.name}_{item.name}"] = path, ""
            for ending, side in (("lo", "lower"), ("up", "upper"), ("fixed", "equal")):
                heads[f"m_{prefix}{item.name}_{ending}"] = path, f"|{side}"
        for row in block.constraints:
            path = f"{block.name}.{row.name}"
            if len(row.ops) == 1:
                side = {"<=": "upper", ">=": "lower", "==": "equal"}[row.ops[0]]
                heads[f"m_{prefix}{row.name}"] = path, f"|{side}"
            for ending, side in (("lo", "lower"), ("up", "upper")):
                heads.setdefault(f"m_{prefix}{row.name}_{ending}", (path, f"|{side}"))
    return heads


def differences(model: ir.Model, program: Program, text: Program) -> list[str]:
    """In what the single level of a text differs from that of the arrays; nothing where it does not."""
    whole = of_arrays(program).canonical()
    other = of_one_level(text, names_of_text(model, text)).canonical()
    return [
        f"{part}: only in the arrays {_only(mine, theirs)}, only in the text {_only(theirs, mine)}"
        for part, mine in whole.items()
        if (theirs := other[part]) != mine
    ]


def _only(one: object, other: object) -> object:
    if isinstance(one, Counter | set) and isinstance(other, Counter | set):
        return sorted((one - other), key=str)[:6]
    return one
