"""`evdsl fleet new`: what it writes and what it refuses."""

import argparse
from pathlib import Path

import pytest

from evdsl.fleet.command import add_arguments, run
from evdsl.source.diagnostic import EvdslError


def new(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(["new", *words]))


def codes(*words: str) -> list[str]:
    with pytest.raises(EvdslError) as caught:
        new(*words)
    return [diagnostic.code for diagnostic in caught.value.diagnostics]


def test_writes_three_tables_and_names_them(tmp_path: Path, capsys) -> None:
    out = tmp_path / "fleet"
    assert new("--cars", "3", "--hours", "24", "--seed", "1", "--v2g", "--out", str(out)) == 0
    written = capsys.readouterr().out.split()
    assert [Path(name).name for name in written] == ["fleet.csv", "cars.csv", "prices.csv"]
    header, *rows = (out / "fleet.csv").read_text().splitlines()
    assert header == (
        "vehicle,time,charge_max_kw,discharge_max_kw,soc_min_kwh,soc_max_kwh,drive_kwh,thermal_kwh,"
        "charge_min_kw,discharge_min_kw"
    )
    assert len(rows) == 3 * 24
    header, *cars = (out / "cars.csv").read_text().splitlines()
    assert header == "vehicle,unit,kind,battery_kwh,home_kw,work_kw,v2g,reserve,at_once"
    assert all(car.split(",")[6] == "1" for car in cars)
    assert len((out / "prices.csv").read_text().splitlines()) == 25


def test_all_wrong_options_are_said_at_once(tmp_path: Path) -> None:
    out = tmp_path / "none"
    wrong = ("--cars", "0", "--v2g", "50", "--start", "monday", "--out", str(out))
    assert codes(*wrong) == ["E0640", "E0640", "E0640"]
    assert not out.exists()


def test_half_hours_and_zones_are_refused(tmp_path: Path) -> None:
    out = str(tmp_path / "none")
    assert codes("--start", "2025-01-13T00:30", "--out", out) == ["E0640"]
    assert codes("--start", "2025-01-13T00:00+01:00", "--out", out) == ["E0640"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("mine")
    assert codes("--out", str(tmp_path)) == ["E0641"]
    assert (tmp_path / "prices.csv").read_text() == "mine"
