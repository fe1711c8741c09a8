"""Each form of index in a follower's rows: the text's single level is that of the arrays."""

from __future__ import annotations

import pytest

import evdsl
from evdsl.ir.printer import to_text
from single_levels import differences
from symbolic_text import SETS, UP, assert_same, one_level, stationarity

FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "the row's own index": (
        "follower low { var y[t in T] in [0, 5]; minimize G = sum{t in T}(w[t] * y[t]);"
        " constraint ra[t in T]: w[t] * y[t] >= x[f(t)]; }",
        {"y": "w[t] - w[t] * m_ra[t] - m_y_lo[t] + m_y_up[t]"},
    ),
    "a step on an open set": (
        "follower low { var y[t in T] in [0, 5]; minimize G = sum{t in T}(w[t] * y[t]);"
        " constraint ra[t in T]: y[t] - 2 * y[prev(t) else 0] >= x[f(t)]; }",
        {"y": "w[t] - m_ra[t] + 2 * m_ra[next(t) else 0] - m_y_lo[t] + m_y_up[t]"},
    ),
    "a step on an open set with a coefficient of the row": (
        "follower low { var y[t in T] in [0, 5]; minimize G = sum{t in T}(w[t] * y[t]);"
        " constraint ra[t in T]: w[t] * y[prev(t) else 0] >= x[f(t)] - 4; }",
        {
            "y": "w[t] - (if t != last(T) then w[next(t)] * m_ra[next(t)] else 0) - m_y_lo[t]"
            " + m_y_up[t]"
        },
    ),
    "a step on an open set with a condition": (
        "follower low { var y[t in T] in [0, 5]; minimize G = sum{t in T}(w[t] * y[t]);"
        " constraint ra[t in T : t != first(T)]: y[t] - y[prev(t)] <= x[f(t)]; }",
        {"y": "w[t] + m_ra[t else 0] - m_ra[next(t) else 0] - m_y_lo[t] + m_y_up[t]"},
    ),
    "a step on a closed set": (
        "follower low { var y[t in T] in [0, 5]; var s[c in C] in [0, 9];"
        " minimize G = sum{t in T}(w[t] * y[t]) + sum{c in C}(cw[c] * s[c]);"
        " constraint ra[c in C]: s[c] == cw[c] * s[prev(c)] - 1 + x[0]; }",
        {"s": "cw[c] - m_ra[c] + cw[next(c)] * m_ra[next(c)] - m_s_lo[c] + m_s_up[c]"},
    ),
    "a step on a closed set with a condition": (
        "follower low { var y[t in T] in [0, 5]; var s[c in C] in [0, 9];"
        " minimize G = sum{t in T}(w[t] * y[t]) + sum{c in C}(cw[c] * s[c]);"
        " constraint ra[c in C : c != 2]: s[c] == 2 * s[prev(c)] - 1 + x[0]; }",
        {"s": "cw[c] - m_ra[c else 0] + 2 * m_ra[next(c) else 0] - m_s_lo[c] + m_s_up[c]"},
    ),
    "a step on a closed set with a condition and a coefficient": (
        "follower low { var y[t in T] in [0, 5]; var s[c in C] in [0, 9];"
        " minimize G = sum{t in T}(w[t] * y[t]) + sum{c in C}(cw[c] * s[c]);"
        " constraint ra[c in C : c != first(C)]: s[c] == cw[c] * s[prev(c)] - 1 + x[0]; }",
        {
            "s": "cw[c] - m_ra[c else 0] + (if c != last(C) then cw[next(c)] * m_ra[next(c)] else 0)"
            " - m_s_lo[c] + m_s_up[c]"
        },
    ),
    "both sides of a step": (
        "follower low { var y[t in T] in [0, 5]; minimize G = sum{t in T}(w[t] * y[t]);"
        " constraint ra[t in T]: y[prev(t) else 0] + y[next(t) else 1] - y[t] <= x[f(t)]; }",
        {},
    ),
    "steps of several": (
        "param n = 2;"
        "follower low { var y[t in T] in [0, 5]; minimize G = sum{t in T}(w[t] * y[t]);"
        " constraint ra[t in T : pos(t) >= 3]: sum{i in 0..3}(y[prev(t, i)]) >= x[f(t)];"
        " constraint rb[t in T]: w[t] * y[next(t, 2) else 0] <= 3 + y[prev(t, n) else 0];"
        " constraint rc[t in Late]: w[t] * y[prev(t, 3)] <= 7; }",
        {},
    ),
    "a step of a mapping": (
        "follower low { var y[t in T] in [0, 5]; var z[b in B] in [0, 9];"
        " minimize G = sum{t in T}(w[t] * y[t]) + sum{b in B}(z[b]);"
        " constraint ra[t in T]: z[next(f(t)) else 0] + y[t] >= x[f(t)] - w[t]; }",
        {"z": "1 - sum{t in T : next(f(t)) == b}(m_ra[t]) - m_z_lo[b] + m_z_up[b]"},
    ),
    "what holds off the end is a variable": (
        "follower low { var y[t in T] in [0, 5]; var s in [0, 3];"
        " minimize G = sum{t in T}(w[t] * y[t]) + s;"
        " constraint ra[t in T]: y[t] - y[prev(t) else s] >= x[f(t)] - 2;"
        " constraint rb[t in T]: y[prev(t) else y[last(T)]] <= 4; }",
        {},
    ),
    "a mapping": (
        "follower low { var y[t in T] in [0, 5]; var z[b in B] in [0, 9];"
        " minimize G = sum{t in T}(w[t] * y[t]) + sum{b in B}(z[b]);"
        " constraint ra[t in T]: w[t] * z[f(t)] + y[t] >= x[f(t)];"
        " constraint rc[v in V, t in T : t > 1]: z[g(v, t)] <= 8; }",
        {
            "z": "1 - sum{t in T : f(t) == b}(w[t] * m_ra[t])"
            " + sum{v in V, t in T : t > 1 and g(v, t) == b}(m_rc[v, t]) - m_z_lo[b] + m_z_up[b]"
        },
    ),
    "an inverse image": (
        "follower low { var y[t in T] in [0, 5]; minimize G = sum{t in T}(w[t] * y[t]);"
        " constraint ra[b in B]: sum{t in T : f(t) == b}(w[t] * y[t]) >= x[b]; }",
        {"y": "w[t] - w[t] * m_ra[f(t)] - m_y_lo[t] + m_y_up[t]"},
    ),
    "elements by name": (
        "param e[v in V] = pos(v);"
        "follower low { var y[t in T] in [0, 5]; var z[v in V] in [0, 9];"
        " minimize G = sum{t in T}(w[t] * y[t]) + sum{v in V}(z[v]);"
        ' constraint ra[t in T]: z["b"] + y[t] >= x[f(t)];'
        " constraint rc: y[3] + 2 * y[first(T)] - y[last(T)] + z[last(V)] >= 1; }",
        {
            "y": "w[t] - m_ra[t] - (if t == 3 then m_rc else 0) - (if t == first(T) then 2 * m_rc else 0)"
            " + (if t == last(T) then m_rc else 0) - m_y_lo[t] + m_y_up[t]"
        },
    ),
    "a subset of rows": (
        "follower low { var y[t in T] in [0, 5]; minimize G = sum{t in T}(w[t] * y[t]);"
        " constraint ra[t in Late]: y[t] >= x[f(t)]; constraint rb[t in Late]: w[t] * y[t] <= 5;"
        " constraint rc[t in {1, 4}]: y[t] >= 1; constraint rd[t in T minus Late]: y[t] <= 3; }",
        {
            "y": "w[t] - m_ra[t else 0] + (if t in Late then w[t] * m_rb[t] else 0)"
            " - (if t in {1, 4} then m_rc[t] else 0) + m_rd[t else 0] - m_y_lo[t] + m_y_up[t]"
        },
    ),
    "a subset of variables": (
        "follower low { var y[t in T] in [0, 5]; var s[t in Late] in [0, 3];"
        " var z[t in T : t > 1] in [0, 4];"
        " minimize G = sum{t in T}(w[t] * y[t]) + sum{t in Late}(s[t]) + sum{t in Late}(z[t]);"
        " constraint ra[t in T]: y[t] + s[t else 0] >= x[f(t)];"
        " constraint rb[t in T]: (if t in Late and t < 5 then s[t] + z[t] else y[t]) <= 4; }",
        {"s": "1 - m_ra[t] + (if t < 5 then m_rb[t] else 0) - m_s_lo[t] + m_s_up[t]"},
    ),
    "a conditional over data": (
        "follower low { var y[t in T] in [0, 5]; minimize G = sum{t in T}(w[t] * y[t]);"
        " constraint ra[t in T]: y[t] >= (if t == first(T) then x[0] else y[prev(t)] - 1);"
        " constraint rb[t in T]:"
        " if t mod 2 == 0 or t == 5 then w[t] * y[t] <= 4 + x[f(t)] else y[t] <= 5; }".replace(
            "if t mod 2 == 0 or t == 5 then w[t] * y[t] <= 4 + x[f(t)] else y[t] <= 5",
            "(if t mod 2 == 0 or t == 5 then w[t] * y[t] else 2 * y[t]) <= 4 + x[f(t)]",
        ),
        {},
    ),
    "a sum inside a row": (
        "follower low { var y[t in T] in [0, 5]; var z[v in V, t in T] in [0, 2];"
        " minimize G = sum{t in T}(w[t] * y[t]) - sum{v in V, t in T : t > 0}(q[v, t] * z[v, t]);"
        " constraint ra: sum{v in V, t in T : pos(v) < t}(q[v, t] * z[v, t]) <= sum{b in B}(x[b]);"
        " constraint rb[t in T]: sum{v in V}(z[v, t]) <= y[t] / 2;"
        " constraint rc[v in V]: sum{t in T : t > pos(v)}(z[v, t] - z[v, prev(t)]) >= -2; }",
        {"y": "w[t] - m_rb[t] / 2 - m_y_lo[t] + m_y_up[t]"},
    ),
    "sums in each other": (
        "follower low { var y[t in T] in [0, 5]; var z[v in V, t in T] in [0, 2];"
        " minimize G = sum{t in T}(w[t] * (y[t] - sum{v in V}(q[v, t] * (z[v, t] + z[v, 0]))));"
        " constraint ra: sum{v in V}(2 * sum{t in T : t > pos(v)}(q[v, t] * z[v, t])) <= x[0] + 20; }",
        {},
    ),
    "sets of tuples": (
        "follower low { var y[t in T] in [0, 5]; var z[(v, t) in P] in [0, 2];"
        " minimize G = sum{t in T}(w[t] * y[t]) - sum{(v, t) in P}(q[v, t] * z[v, t]);"
        " constraint ra[t in T]: sum{v in V : (v, t) in P}(z[v, t]) <= x[f(t)];"
        " constraint rb[v in V]: sum{(v, t) in P}(q[v, t] * z[v, t]) <= 9;"
        " constraint rc[(v, t) in P : t > 2]: z[v, t] >= 0.5 * z[v, prev(t) else 0];"
        " constraint rd[(v, t) in P]: y[t] + z[v, t] >= 0.3;"
        ' constraint re: sum{(v, t) in P : v == "a"}(z[v, t]) <= 3; }',
        {"y": "w[t] - sum{(v, t) in P}(m_rd[v, t]) - m_y_lo[t] + m_y_up[t]"},
    ),
    "a mean": (
        "follower low { var y[t in T] in [0, 5]; var z[v in V, t in T] in [0, 2];"
        " minimize G = sum{t in T}(w[t] * y[t]) - mean{v in V, t in T : t > 1}(q[v, t] * z[v, t]);"
        " constraint ra: mean{t in T}(y[t]) >= x[0];"
        " constraint rb[v in V]: mean{t in T : t > pos(v)}(z[v, t]) <= 1; }",
        {"y": "w[t] - m_ra / card(T) - m_y_lo[t] + m_y_up[t]"},
    ),
    "several places in a row": (
        "follower low { var y[t in T] in [0, 5]; minimize G = sum{t in T}(w[t] * y[t] - y[t] / 4);"
        " constraint ra[t in T]: y[t] + 2 * (y[t] - w[t] * y[t]) - -y[t] + 7 >= 3 * y[t] + x[f(t)]; }",
        {
            "y": "w[t] - 1 / 4 - m_ra[t] - 2 * m_ra[t] + 2 * w[t] * m_ra[t] - m_ra[t] + 3 * m_ra[t]"
            " - m_y_lo[t] + m_y_up[t]"
        },
    ),
    "squares and products": (
        "param h[t in T] = 1 + t;"
        "follower low { var y[t in T] in [0, 5]; var z in [0, 9];"
        " minimize G = sum{t in T}(h[t] * (y[t] - x[f(t)])^2 + 0.5 * z^2 + y[t] * 2 - x[0] * y[t])"
        " + (sum{t in T}(y[t]) - 3 * z)^2 / 4;"
        " constraint ra: sum{t in T}(y[t]) + z >= 4; }",
        {},
    ),
    "a quadratic form": (
        "param h[t in T, s in T] = if t == s then 4 else 1 / (1 + t + s);"
        "follower low { var y[t in T] in [0, 5];"
        " minimize G = sum{t in T, s in T}(h[t, s] * y[t] * y[s]) / 2 - sum{t in T}(x[f(t)] * y[t]);"
        " constraint ra: sum{t in T}(y[t]) >= 4; }",
        {},
    ),
    "long sums in a square": (
        "set L = 0..40; param u[l in L] = 1 + l / 100;"
        "follower low { var y[t in T] in [0, 5]; var z[l in L] in [0, 2];"
        " minimize G = (sum{l in L}(u[l] * z[l]) - 20)^2 + sum{t in T}(w[t] * y[t])"
        " + x[0] * sum{l in L}(z[l]);"
        " constraint ra: sum{l in L}(z[l]) + y[0] >= 4; }",
        {},
    ),
    "chains": (
        "param hi[t in T] = if t == 2 then 1 else 3; param lo[t in T] = 1;"
        "follower low { var y[t in T] in [0, 5]; minimize G = sum{t in T}(w[t] * y[t]);"
        " constraint ra[t in T]: lo[t] <= y[t] + 0.1 * x[0] <= hi[t];"
        " constraint rb[t in T]: 6 >= y[t] + y[prev(t) else 0] >= -1;"
        " constraint rc[t in T]: x[f(t)] - 4 <= 2 * y[t] <= x[0] + 8;"
        " constraint rd[t in T]: x[f(t)] + 9 >= 2 * y[t] >= x[0] - y[t] - 8; }",
        {},
    ),
    "limits that are infinite for some": (
        "param cap[t in T] = if t < 3 then 4 else inf;"
        "param low_[t in T] = if t < 2 then -inf else 0;"
        "follower low { var y[t in T] in [low_[t], cap[t]]; var z[t in T] in [0, x[f(t)] * w[t]];"
        " minimize G = sum{t in T}(w[t] * y[t] - z[t]);"
        ""
        " constraint rb[t in T]: low_[t] <= y[t] + z[t] <= cap[t];"
        " constraint rc[t in T]: z[t] <= 8; constraint rd[t in T]: y[t] >= -3;"
        " constraint re[t in T]: -inf <= y[t] <= inf; }",
        {
            "y": "w[t] - m_rb_lo[t else 0] + m_rb_up[t else 0] - m_rd[t]"
            " - m_y_lo[t else 0] + m_y_up[t else 0]"
        },
    ),
    "limits that meet": (
        "param cap[t in T] = if t < 3 then 4 else 0;"
        "follower low { var y[t in T] in [0, cap[t]]; var z in [2, 2]; var u[t in T] in [w[t], w[t]];"
        " minimize G = sum{t in T}(w[t] * y[t] + u[t]) - z;"
        " constraint ra[t in T]: y[t] + z + u[t] >= 1 + 0.1 * x[0]; }",
        {"z": "-1 - sum{t in T}(m_ra[t]) - m_z_fixed"},
    ),
    "limits with the leader's and the follower's own variables": (
        "follower low { var y[t in T] in [x[f(t)] - 3, 2 * x[0] + w[t]];"
        " var z[t in T] in [0, y[t] + y[prev(t) else 0]]; var u free;"
        " minimize G = sum{t in T}(w[t] * y[t] - z[t]) + u; constraint ra: u >= y[0] - 3; }",
        {},
    ),
    "a maximum": (
        "follower low { var y[t in T] in [0, 5]; var z free;"
        " maximize G = sum{t in T}(w[t] * y[t] - y[t]^2) - z;"
        " constraint ra[t in T]: y[t] <= x[f(t)]; constraint rb: sum{t in T}(y[t]) >= 1;"
        " constraint rc: z == y[0] + 2; constraint rd[t in T]: 0 <= y[t] <= 4; }",
        {"z": "-1 - m_rc"},
    ),
    "what stands nowhere": (
        "follower low { var y[t in T] in [0, 5]; var z[t in T] free; var u in [0, 3];"
        " minimize G = sum{t in T}(w[t] * y[t]) + 0 * z[0]; constraint ra[t in T]: y[t] >= x[f(t)]; }",
        {},
    ),
    "expressions of the follower": (
        "expr both[t in T] = low.y[t] + low.z[t] / 2;"
        "follower low { var y[t in T] in [0, 5]; var z[t in T] in [0, 5];"
        " expr net[t in T] = w[t] * y[t] - z[t];"
        " expr part[b in B] = sum{t in T : f(t) == b}(net[t] + both[t]);"
        " minimize G = sum{b in B}(part[b]) + 2 * net[0];"
        " constraint ra[t in T : t > 0]: net[t] - net[prev(t)] >= x[f(t)] - 8;"
        " constraint rb[t in T]: both[next(t) else 1] + y[t] <= 9; }",
        {},
    ),
    "whole numbers written in place": (
        "follower low { var y[t in T] in [0, 5]; var z[k in 0..3] in [0, 2];"
        " minimize G = sum{t in T}(w[t] * y[t]) - sum{k in 1..3}(k * z[k]);"
        " constraint ra[k in 0..3]: z[k] <= x[0] + y[k];"
        " constraint rb[t in T : t >= 2]: z[t div 2] + y[t] >= 0.1; }",
        {},
    ),
    "sets of sets": (
        "set Early = {t in T : t < 4}; set Both = Late union Early; set Only = T minus Late;"
        "set Q = {v in V, b in B : pos(v) <= b};"
        "mapping h[(v, b) in Q] -> T = pos(v) + b;"
        "follower low { var y[t in T] in [0, 5]; var z[t in Both] in [0, 4]; var u[(v, b) in Q] in [0, 1];"
        " minimize G = sum{t in T}(w[t] * y[t]) - sum{t in Only}(z[t]) - sum{(v, b) in Q}(u[v, b]);"
        " constraint ra[t in Early]: z[t] <= y[t] + 1; constraint rb[t in Only]: z[t] + y[t] <= x[f(t)];"
        " constraint rc[(v, b) in Q]: y[h(v, b)] >= u[v, b];"
        " constraint rd[v in V]: sum{b in B : (v, b) in Q}(u[v, b]) <= 2;"
        " constraint re[b in B]: sum{(v, b) in Q}(w[h(v, b)] * y[h(v, b)]) <= 9;"
        " constraint rf: sum{t in {t in T : t in Late and t != 4}}(y[t]) <= 7; }",
        {},
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_of_index_says_the_same_as_the_arrays(name: str) -> None:
    text, conditions = FORMS[name]
    back = assert_same(evdsl.loads(SETS + UP + text))
    assert {member: stationarity(back, member) for member in conditions} == conditions


# ---- the comparison can fail ---------------------------------------------------------------------
SOME = (
    "follower low { var y[t in T] in [0, 5]; minimize G = sum{t in T}(w[t] * y[t]);"
    " constraint a[t in T : t != first(T)]: y[t] - y[prev(t)] <= x[f(t)];"
    " constraint b: sum{t in Late}(y[t]) == 4; }"
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("m_a[next(t) else 0]", "m_a[prev(t) else 0]"),
        ("m_a[next(t) else 0]", "2 * m_a[next(t) else 0]"),
        ("w[t] + m_a[t else 0]", "w[t] - m_a[t else 0]"),
        ("(if t in Late then m_b else 0)", "m_b"),
        ("- m_y_lo[t] + m_y_up[t]", "+ m_y_lo[t] - m_y_up[t]"),
        ("low_y[t] <= 5 complements m_y_up[t] >= 0", "low_y[t] <= 5"),
        ("low_y[t] <= 5 complements m_y_up[t] >= 0", "low_y[t] <= 5 complements m_y_lo[t] >= 0"),
        ("low_y[t] <= 5 complements", "low_y[t] <= 4 complements"),
        ("var m_b free", "var m_b in [0, inf]"),
        ("var m_y_up[t in T] in [0, inf]", "var m_y_up[t in T] in [0, 9]"),
        ("minimize F = sum{b in B}(x[b])", "minimize F = 2 * sum{b in B}(x[b])"),
        ("low_y[t] - low_y[prev(t)] <= x[f(t)]", "low_y[t] - low_y[prev(t)] <= x[f(prev(t))]"),
    ],
)
def test_a_wrong_text_is_told_from_the_right_one(old: str, new: str) -> None:
    model = evdsl.loads(SETS + UP + SOME)
    right = " ".join(to_text(one_level(model).ir).split())
    assert old in right
    wrong = evdsl.loads(right.replace(old, new))
    program = model.ground().program
    assert differences(model.ir, program, evdsl.loads(right).ground().program) == []
    assert differences(model.ir, program, wrong.ground().program) != []
