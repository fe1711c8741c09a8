"""Leaders, objectives, domains, baselines, and what comes later."""

from __future__ import annotations

import pytest

from checked import LEADER, codes, errors, messages

LOW = "follower low { var y in [0, 10]; minimize y; constraint a: x + y >= 3; }\n"
PAIR = LEADER + LOW


def _with_pair(text: str) -> str:
    return LEADER.replace("minimize", f"constraint a: {text}; minimize")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PAIR, []),
        (LEADER, []),
        ("param p = 3;", ["E0303"]),
        ("reference r { var y in [0, 1]; minimize y; }", ["E0303"]),
        ("follower low { var y in [0, 1]; minimize y; }", ["E0302"]),
        (LEADER + "leader two { var q in [0, 1]; minimize q; }", ["E0301"]),
        (PAIR + "follower deaf { var y in [0, 1]; constraint a: y >= 1; }", ["E0304"]),
        (PAIR.replace("minimize y;", "minimize y; maximize y;"), ["E0304"]),
        (PAIR.replace("var y in", "var y integer in"), []),
        ("reference r { var y binary; minimize y; }" + LEADER, ["E0305"]),
        (LEADER.replace("in [0, 10]", "integer in [0, 10]"), []),
        (PAIR.replace(">= 3", ">= 3 dual in [0, 1]"), []),
        (PAIR.replace(">= 3", ">= 3 complements y >= 0"), ["E0311"]),
        (_with_pair("x >= 1 complements 3 - x >= 0"), []),
        (_with_pair("x >= 1 complements 0 <= 3 - x"), []),
        (_with_pair("x == 1 complements 3 - x >= 0"), ["E0311"]),
        (_with_pair("0 <= x <= 1 complements 3 - x >= 0"), ["E0311"]),
        (_with_pair("x >= 1 complements 3 == x"), ["E0311"]),
        (LEADER.replace("minimize", "constraint a: x >= 1 dual in [0, 1]; minimize"), ["E0315"]),
        (LEADER.replace("minimize", "constraint a: 1 >= 1; minimize"), ["E0316"]),
        (LEADER.replace("minimize", "constraint a: 1 <= x >= 0; minimize"), ["E0317"]),
        (LEADER.replace("minimize", "constraint a: 1 == x == 1; minimize"), ["E0317"]),
        (LEADER.replace("minimize", "constraint a: 3 >= x >= 0; minimize"), []),
    ],
)
def test_the_form_of_a_model(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


GROUPS = """
set P = {"low", "mid", "high"};
leader seller {
  var tariff[p in P] in [0, 50];
  var top in [0, 50];
  maximize income = sum{p in P}(tariff[p]) + top;
}
"""


@pytest.mark.parametrize(
    ("assigns", "expected"),
    [
        ("tariff = 1; top = 2;", []),
        ("tariff[p in P] = pos(p); top = 2;", []),
        ('tariff["low"] = 1; tariff["mid"] = 1; tariff["high"] = 1; top = 2;', []),
        ('tariff[p in P : p == "low"] = 1; tariff[p in P : p != "low"] = 2; top = 2;', []),
        ("tariff = 1;", ["E0313"]),
        ('tariff["low"] = 1; tariff["mid"] = 1; top = 2;', ["E0313"]),
        ("tariff = 1; top = 2; top = 3;", ["E0314"]),
        ('tariff = 1; tariff["low"] = 2; top = 2;', ["E0314"]),
        ('tariff["low"] = 1; tariff["low"] = 2; tariff["mid"] = 1; top = 3;', ["E0313", "E0314"]),
        ("tarif = 1; top = 2;", ["E0314"]),
        ("tariff = 1; top = 2; income = 3;", ["E0314"]),
        ('tariff = 1; top["low"] = 2;', ["E0206"]),
        ('tariff["lo"] = 1; tariff["mid"] = 1; tariff["high"] = 1; top = 2;', ["E0313", "E0225"]),
        ("tariff = 1; top = tariff;", ["E0206"]),
        ('tariff = 1; top = tariff["low"];', ["E0217"]),
    ],
)
def test_baselines(assigns: str, expected: list[str]) -> None:
    assert codes(f"{GROUPS} baseline flat {{ {assigns} }}") == expected


def test_a_misspelt_variable_of_a_baseline_is_not_missing_too() -> None:
    (found,) = errors(GROUPS + "baseline flat { tarif = 1; top = 2; }")
    assert found.help == "did you mean `tariff`?"


def warnings(text: str) -> list[str]:
    return [d.code for d in messages(text) if d.severity == "warning"]


def test_warnings() -> None:
    assert warnings(PAIR) == []
    assert warnings(PAIR.replace("x + y >= 3", "y >= 3")) == ["W0302"]
    assert warnings(LEADER.replace("minimize", "var idle free; minimize")) == ["W0301"]
    assert warnings("param unused = 3; set T = 0..3;" + LEADER) == ["W0303", "W0303"]
    assert warnings("set T = 0..3; check[t in T]: t >= 0;" + LEADER) == []


def test_warnings_wait_until_the_errors_are_mended() -> None:
    assert warnings("param unused = 3; param p = 1 > 2;" + LEADER) == []
