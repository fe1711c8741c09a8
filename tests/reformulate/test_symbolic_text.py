"""What the symbolic KKT says and leaves out, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import evdsl
from evdsl.cli.main import main
from evdsl.ir.printer import to_text
from evdsl.reformulate.symbolic import symbolic_kkt
from evdsl.source.diagnostic import EvdslError
from evdsl.source.text import Source
from evdsl.syntax.format import format_source
from symbolic_text import SETS, UP, one_level, statement

MODELS = Path(__file__).parents[2] / "models"


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["show", "--stage", "kkt", *words]) == 0
    return capsys.readouterr().out


def test_bard_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        shown(capsys, str(MODELS / "bard" / "bard.evm"))
        == """\
model bard "Bard's linear example";
leader up {
  var x in [0, inf];
  minimize F = x - 4 * low_y;
  var low_y free;
  var m_a in [0, inf];
  var m_b in [0, inf];
  var m_c in [0, inf];
  var m_d in [0, inf];
  var m_y_lo in [0, inf];
  constraint low_a: -x - low_y <= -3 complements m_a >= 0;
  constraint low_b: -2 * x + low_y <= 0 complements m_b >= 0;
  constraint low_c: 2 * x + low_y <= 12 complements m_c >= 0;
  constraint low_d: 3 * x - 2 * low_y <= 4 complements m_d >= 0;
  constraint low_y_lo: low_y >= 0 complements m_y_lo >= 0;
  constraint stat_y: 1 - m_a + m_b + m_c - 2 * m_d - m_y_lo == 0;
}
"""
    )


def test_fleet_day_is_less_than_80_lines(capsys: pytest.CaptureFixture[str]) -> None:
    path = MODELS / "fleet_day" / "fleet_day.evm"
    text = shown(capsys, str(path))
    assert len(text.splitlines()) < 80
    assert max(map(len, text.splitlines())) <= 100
    assert format_source(Source("kkt.evm", text)) == text
    model = evdsl.load(path)
    assert evdsl.loads(text).ir == symbolic_kkt(model.ir, model.ground().program)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for line in (
        "var m_soc[t in T] : ct/kWh free;",
        "var m_c_up[t in T] : ct/kW in [0, inf];",
        "constraint aev_c_up[t in T]: aev_c[t] <= kc_up[f_c(t)] * C_up[t] complements m_c_up[t] >= 0;",
        "constraint stat_c[t in T]: price[t] * dt + eta_c * dt * m_soc[t] - m_c_lo[t] + m_c_up[t] == 0;",
        "constraint stat_s[t in T]: -m_soc[t] + (1 - sigma) * m_soc[next(t)] - m_s_lo[t] + m_s_up[t] == 0;",
    ):
        assert line in lines


def test_a_given_parameter_stands_in_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(MODELS / "fleet_day" / "fleet_day.evm")
    text = shown(capsys, path, "--set", "n_c=6", "--set", "sigma=0.001")
    assert 'param n_c = 6 "hours that share the factors of charging";' in text
    assert "param sigma in [0, 1] = 0.001" in text


def test_a_limit_that_is_0_in_the_data_is_0_in_the_text() -> None:
    text = (
        "param least[t in T] = 0 * t; param most[t in T] = 3 + t; param other[t in T] = t;"
        "follower low { var y[t in T] in [least[t] * x[0], most[t]];"
        " minimize G = sum{t in T}(y[t]); constraint a[t in T]: y[t] >= x[f(t)] - other[t]; }"
    )
    made = one_level(evdsl.loads(SETS + UP + text))
    assert statement(made, "low_y_lo").startswith("constraint low_y_lo[t in T]: low_y[t] >= 0 ")
    declared = {getattr(d, "name", None) for d in made.ir.declarations}
    assert {"most", "other"} <= declared
    assert "least" not in declared


def test_what_the_single_level_does_not_need_is_left_out() -> None:
    text = (
        "param p[t in T] = t; param r = 2; param only[t in T] = r * t;"
        "expr spread = max{t in T}(low.y[t]); expr half[t in T] = low.y[t] / 2;"
        "check: r > 1; baseline all_ { x = 1; } report most = spread + sum{t in T}(only[t]);"
        "follower low { var y[t in T] in [0, 5]; expr twice[t in T] = 2 * y[t];"
        " expr never = 3 * y[0]; minimize G = sum{t in T}(p[t] * twice[t]);"
        " constraint a[t in T]: half[t] >= x[f(t)] - 5; }"
    )
    made = one_level(evdsl.loads(SETS + UP + text)).ir
    kept = {getattr(d, "name", None) for d in made.declarations}
    assert kept == {"T", "C", "V", "Late", "P", "f", "g", "p", "half", "up"}
    assert made.leader is not None
    assert [d.name for d in made.leader.definitions] == []


def test_units_of_multipliers() -> None:
    made = one_level(
        evdsl.loads("""
set T = 0..2; param price[t in T] : EUR/MWh = 30 + t; param dt : h = 1;
leader up { var k : MW in [0, 9]; minimize F : EUR = sum{t in T}(price[t] * low.c[t] * dt); }
follower low {
  var c[t in T] : MW in [0, k];
  minimize cost : EUR = sum{t in T}(price[t] * c[t] * dt);
  constraint need: sum{t in T}(c[t] * dt) >= 5 [MW*h];
  constraint share: 0 <= c[0] / 9 [MW] <= 1;
}""")
    ).ir
    assert made.leader is not None
    units = {v.name: to_text(v.unit) for v in made.leader.variables if v.unit is not None}
    assert units == {
        "k": "MW",
        "low_c": "MW",
        "m_need": "EUR/(MW*h)",
        "m_share_lo": "EUR",
        "m_share_up": "EUR",
        "m_c_lo": "EUR/MW",
        "m_c_up": "EUR/MW",
    }


# ---- what is refused -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "place"),
    [
        (
            "leader up { var x in [0, 3]; minimize F = x; constraint c: x * low.y <= 3; }"
            "follower low { var y in [0, 5]; maximize G = y; constraint a: y <= 2 + x; }",
            "x * low.y",
        ),
        (
            "leader up { var x in [0, 3]; minimize F = x; constraint c: x * low.a.dual <= 3; }"
            "follower low { var y in [0, 5]; maximize G = y; constraint a: y <= 2 + x; }",
            "x * low.a.dual",
        ),
        (
            "leader up { var x in [0, 3]; var k in [1, 2]; minimize F = x + k;"
            " constraint c: low.bill <= 9 + x; }"
            "follower low { var y in [1, 5]; minimize bill = k * y; constraint a: y >= x; }",
            "k * y",
        ),
        (
            "set T = 0..1; param top[t in T] = 2 * t;"
            "leader up { var x in [0, 3]; minimize F = x + low.y[0].upper.dual; }"
            "follower low { var y[t in T] in [0, top[t]]; maximize G = sum{t in T}(y[t]);"
            " constraint a[t in T]: y[t] <= 2 + x; }",
            "low.y[0].upper.dual",
        ),
        (
            "leader up { var z binary; minimize F = z + low.y; }"
            "follower low { var y in [0, 5]; var s in [0, 2]; maximize G = y - s;"
            " constraint a: z * y + s <= 4; constraint b: y <= 1 + s; }",
            "z * y",
        ),
        (
            "set T = 0..2; param k[t in T] = t;"
            "leader up { var x in [0, 3]; minimize F = x - low.y; }"
            "follower low { var y in [0, 5]; maximize G = y;"
            " constraint a[t in T]: k[prev(t) else y] <= 4 + x; }",
            "k[prev(t) else y]",
        ),
    ],
)  # fmt: skip
def test_what_has_no_symbolic_form_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(EvdslError) as caught:
        one_level(evdsl.loads(text))
    (found,) = caught.value.diagnostics
    assert found.code == "E0520"
    assert found.span is not None
    assert found.span.text == place
    assert found.help
