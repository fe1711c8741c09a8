"""`--out DIR`: a tidy CSV for each variable family, the reports, and `solution.json`."""

from __future__ import annotations

import csv
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from evdsl.ir.model import Model
from evdsl.program.values import FamilyValues
from evdsl.solve.solution import Solution
from evdsl.solve.values import set_names
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.files import writing
from evdsl.source.json_text import json_text

SOLUTION = "solution.json"
INCUMBENT = "incumbent.json"
"""The best answer so far, in the directory of a run that goes on or was killed."""


def check_writable(directory: Path) -> None:
    """Raises EvdslError (E0614) where `write_directory` would, before anything is solved."""
    with writing(directory):
        directory.parent.mkdir(parents=True, exist_ok=True)
        os.rmdir(tempfile.mkdtemp(dir=directory.parent, prefix=f".{directory.name}."))
    if directory.exists() and not directory.is_dir():
        raise EvdslError([Diagnostic("E0614", f"`{directory}` is a file, not a directory")])


def refuse_foreign(directory: Path, model: Model) -> None:
    """Raises EvdslError (E0627) where a file would be replaced that no earlier solution lists."""
    if _is_kept(directory / INCUMBENT):  # the run that was killed came past here
        return
    ours = _files_of_earlier(directory) | ({SOLUTION} if _listed(directory) is not None else set())
    foreign = [n for n in _names(model) if (directory / n).exists() and n not in ours]
    if foreign:
        raise EvdslError([_foreign(directory, foreign)])


def make_room(directory: Path, log: Path | None) -> None:
    """Make the directory before anything is solved where the log goes there as well."""
    if log is not None and directory.resolve() in log.resolve().parents:
        with writing(directory):
            log.parent.mkdir(parents=True, exist_ok=True)


def earlier_answer(directory: Path) -> Path | None:
    """What a run that was killed has kept, or the solution of one that has ended; None where there
    is neither, and where it ended without an answer."""
    incumbent, solution = directory / INCUMBENT, directory / SOLUTION
    if incumbent.exists() or not solution.exists():
        return incumbent if incumbent.exists() else None
    try:
        stored = json.loads(solution.read_text(encoding="utf-8"))
        is_empty = not (stored["leader"] or stored["followers"])
    except (OSError, ValueError, KeyError, TypeError):  # whoever reads it says what is wrong
        is_empty = False
    return None if is_empty else solution


def write_directory(directory: Path, solution: Solution) -> list[str]:
    """Write a solution's files and return their names; what was kept for the case that the run is
    killed is then removed.

    `BLOCK.VARIABLE.csv` has a column for each set and `value`; `baselines/NAME/` holds the same for
    a baseline's answer; `reports.csv` has the columns `point`, `report`, one for each set, `value`
    and `unit`. All files are complete before the first one appears, and `solution.json` appears
    last. Files of an earlier solution in the directory that this one lacks are removed. Raises
    EvdslError (E0614) where the directory cannot be written.
    """
    with writing(directory):
        directory.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=directory.parent, prefix=f".{directory.name}."))
        try:
            _write(draft, solution)
            names = _publish(draft, directory)
            if solution.point is not None:
                (directory / INCUMBENT).unlink(missing_ok=True)
            return names
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _write(directory: Path, solution: Solution) -> None:
    for name, point in {"": solution.point, **solution.baselines}.items():
        if point is not None:
            folder = directory / "baselines" / name if name else directory
            folder.mkdir(parents=True, exist_ok=True)
            for family in point.variables():
                _csv(folder / f"{family.name}.csv", _family_rows(family))
    _csv(directory / "reports.csv", _report_rows(solution))
    found = {**solution.to_json(), "files": _files_in(directory)}
    (directory / SOLUTION).write_text(json_text(found), encoding="utf-8")


def _publish(draft: Path, directory: Path) -> list[str]:
    names = _files_in(draft)
    directory.mkdir(exist_ok=True)
    stale = _files_of_earlier(directory) - set(names)
    for name in sorted(names, key=lambda name: name == SOLUTION):
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(draft / name, directory / name)
    for name in stale:
        (directory / name).unlink(missing_ok=True)
    return names


def _files_in(directory: Path) -> list[str]:
    files = (path for path in directory.rglob("*") if path.is_file())
    return sorted(path.relative_to(directory).as_posix() for path in files)


def _files_of_earlier(directory: Path) -> set[str]:
    """The CSVs that an earlier solution's `solution.json` lists as its own."""
    listed = _listed(directory) or []
    return {name for name in _files_in(directory) if name in listed and name.endswith(".csv")}


def _listed(directory: Path) -> list[object] | None:
    """What the `solution.json` of a directory lists; None where it is none of ours."""
    try:
        listed = json.loads((directory / SOLUTION).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return listed if isinstance(listed, list) else None


def _is_kept(file: Path) -> bool:
    """Whether a file holds what a run that goes on or was killed has kept."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(kept, dict) and isinstance(kept.get("inputs"), dict)


def _names(model: Model) -> Iterator[str]:
    """The files that a solution of the model has, and that of a run that goes on."""
    blocks = [block for block in (model.leader, *model.followers) if block is not None]
    families = [f"{block.name}.{v.name}.csv" for block in blocks for v in block.variables]
    yield from (*families, "reports.csv", SOLUTION, INCUMBENT)
    for baseline in model.baselines:
        yield from (f"baselines/{baseline.name}/{name}" for name in families)


def _family_rows(family: FamilyValues) -> Iterator[tuple[object, ...]]:
    yield (*set_names(family), "value")
    values = (family.values + 0.0).tolist()
    yield from ((*at, value) for at, value in zip(family.keys.labels(), values, strict=True))


def _report_rows(solution: Solution) -> Iterator[list[object]]:
    points = [*solution.baselines.items()]
    if solution.point is not None:
        points.append(("solution", solution.point))
    families = [family for _, point in points for family in point.reported.values()]
    sets = list(dict.fromkeys(name for family in families for name in set_names(family)))
    yield ["point", "report", *sets, "value", "unit"]
    for name, point in points:
        for report, family in point.reported.items():
            own = set_names(family)
            for label, value in zip(family.keys.labels(), family.values.tolist(), strict=True):
                at = dict(zip(own, label, strict=True))
                index: list[object] = [at.get(set_name, "") for set_name in sets]
                yield [name, report, *index, value + 0.0, family.unit]


def _csv(path: Path, rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _foreign(directory: Path, names: list[str]) -> Diagnostic:
    more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
    return Diagnostic(
        "E0627",
        f"`{directory / names[0]}`{more} would be replaced, and is no file of an earlier solution",
        help="name another directory for `--out`, or move the file away",
    )
