"""A neutral problem as a model in our language, so that we too are handed what all are handed."""

from __future__ import annotations

from typing import Any


def as_evm(problem: dict[str, Any]) -> str:
    owners = range(len(problem["objectives"]))
    blocks = [_block(problem, owner) for owner in owners]
    return "\n".join([f"model {problem['name']};", *blocks])


def _block(problem: dict[str, Any], owner: int) -> str:
    columns, objective = problem["columns"], problem["objectives"][owner]
    head = f"follower f{owner}" if owner else "leader up"
    word = "minimize" if objective["sense"] > 0 else "maximize"
    goal = _sum(problem, owner, objective["cost"], objective["constant"])
    lines = [
        f"var x{j} {_domain(column)};"
        for j, column in enumerate(columns)
        if column["owner"] == owner
    ]
    lines.append(f"{word} goal{owner} = {goal};")
    for i, row in enumerate(problem["rows"]):
        limits = (row["lower"], row["upper"])
        if row["owner"] == owner and limits != (None, None):
            lines.append(f"constraint r{i}: {_row(_sum(problem, owner, row['entries']), *limits)};")
    return "\n  ".join([f"{head} {{", *lines]) + "\n}"


def _domain(column: dict[str, Any]) -> str:
    lower, upper = column["lower"], column["upper"]
    if lower is None and upper is None:
        return "free"
    low = "-inf" if lower is None else repr(lower)
    return f"in [{low}, {'inf' if upper is None else repr(upper)}]"


def _row(body: str, lower: float | None, upper: float | None) -> str:
    if lower == upper:
        return f"{body} == {upper!r}"
    if lower is None:
        return f"{body} <= {upper!r}"
    if upper is None:
        return f"{body} >= {lower!r}"
    return f"{lower!r} <= {body} <= {upper!r}"


def _sum(
    problem: dict[str, Any], reader: int, entries: list[list[float]], constant: float = 0.0
) -> str:
    """The terms as `reader` writes them: a follower's columns are `f1.x3` to all others."""
    terms = [f"({value!r}) * {_name(problem, reader, int(j))}" for j, value in entries]
    return " + ".join([*terms, f"({constant!r})"] if constant or not terms else terms)


def _name(problem: dict[str, Any], reader: int, column: int) -> str:
    owner = problem["columns"][column]["owner"]
    return f"x{column}" if owner in (0, reader) else f"f{owner}.x{column}"
