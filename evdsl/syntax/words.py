"""Which words start a statement, and what people write instead of them."""

from __future__ import annotations

BLOCKS = ("leader", "follower", "reference", "baseline")
OUTER = (
    "model",
    "table",
    "set",
    "mapping",
    "param",
    "check",
    "expr",
    *BLOCKS,
    "report",
)
INNER = ("var", "minimize", "maximize", "constraint", "expr")
STARTERS = frozenset(OUTER + INNER)
REDUCERS = ("sum", "mean", "min", "max", "count")

FOREIGN = {
    "parameter": "param",
    "parameters": "param",
    "params": "param",
    "scalar": "param",
    "scalars": "param",
    "sets": "set",
    "variable": "var",
    "variables": "var",
    "vars": "var",
    "dvar": "var",
    "equation": "constraint",
    "equations": "constraint",
    "constraints": "constraint",
    "objective": "minimize",
    "minimise": "minimize",
    "minimizing": "minimize",
    "min": "minimize",
    "maximise": "maximize",
    "maximizing": "maximize",
    "max": "maximize",
    "assert": "check",
    "upper": "leader",
    "lower": "follower",
    "let": "param",
    "defined": "expr",
}

SHAPES = {
    "param": 'param name[index] : unit in [low, high] default d = value "text";',
    "var": 'var name[index] : unit in [low, high] "text";',
    "set": 'set name = value cyclic "text";',
    "constraint": 'constraint name[index]: left <= right dual in [low, high] "text";',
    "expr": 'expr name[index] : unit = value "text";',
    "report": 'report name[index] : unit = value "text";',
    "mapping": 'mapping name[index] -> target = value "text";',
    "minimize": 'minimize name : unit = value "text";',
    "maximize": 'maximize name : unit = value "text";',
    "table": 'table name from "file" index column, column;',
}
PARTS = {
    "param": {":", "in", "default", "=", "["},
    "var": {":", "in", "free", "binary", "integer", "["},
    "set": {"cyclic", "="},
    "constraint": {"dual", "["},
    "expr": {":", "=", "["},
    "report": {":", "=", "["},
    "mapping": {"->", "["},
    "minimize": {":"},
    "maximize": {":"},
    "table": {"from", "index"},
}
