"""Tables: tidy CSV and Parquet files, with the line of every row for messages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, Union

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evdsl.data.times import TimeError, is_stamp, known_zone, read_stamps
from evdsl.ir.model import Table
from evdsl.source.diagnostic import DataPlace, Diagnostic, EvdslError
from evdsl.source.suggest import closest

TableSource: TypeAlias = Union[str, Path, "pd.DataFrame"]

_RAGGED = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")
_WHOLE = re.compile(r"0|-?[1-9]\d*")


@dataclass(frozen=True, eq=False)
class Column:
    """The keys in one index column: `kind` and `values` as in `program.keys.Elements`."""

    kind: str
    values: NDArray[Any]
    aware: bool = False


@dataclass(frozen=True, eq=False)
class TableData:
    """A loaded table: every cell as text, in the order of the file."""

    declaration: Table
    file: str
    cells: dict[str, NDArray[Any]]
    rows: int
    from_file: bool
    _keys: dict[str, Column] = field(default_factory=dict)
    _numbers: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    def place(self, row: int | None = None) -> DataPlace:
        """Where a row stands: its line in the file (the header is line 1)."""
        return DataPlace(self.file, 0 if row is None else row + 2)

    def texts(self, column: str) -> NDArray[Any]:
        """The cells (rows,) of a column; raises E0402 where there is none of that name."""
        if column not in self.cells:
            near = closest(column, list(self.cells))
            raise EvdslError(
                [
                    Diagnostic(
                        "E0402",
                        f"table `{self.declaration.name}` has no column `{column}`",
                        self.declaration.span,
                        help=f"did you mean `{near}`?" if near else f"it has {_listed(self.cells)}",
                        data=self.place(),
                        place=f"table {self.declaration.name}",
                    )
                ]
            )
        return self.cells[column]

    def keys(self, column: str) -> Column:
        """The cells as keys: whole numbers or time stamps only if every cell is one, else text."""
        if column not in self._keys:
            self._keys[column] = self._read_keys(column)
        return self._keys[column]

    def _read_keys(self, column: str) -> Column:
        codes, distinct = pd.factorize(self.texts(column))
        texts = distinct.tolist()
        if "" in texts:
            row = int(np.flatnonzero(codes == texts.index(""))[0])
            self._fail("E0414", f"column `{column}` has an empty cell", row)
        if texts and all(_WHOLE.fullmatch(text) for text in texts):
            return Column("whole", np.array([int(text) for text in texts], np.int64)[codes])
        if texts and all(is_stamp(text) for text in texts):
            try:
                values, aware = read_stamps(texts, self.declaration.timezone)
            except TimeError as error:
                self._fail("E0421", f"column `{column}`: {error}", None)
            return Column("time", values[codes], aware)
        return Column("text", self.texts(column))

    def numbers(self, column: str) -> NDArray[np.float64]:
        """The cells as numbers, nan where a cell is empty; raises E0405 for anything else."""
        if column not in self._numbers:
            self._numbers[column] = self._read_numbers(column)
        return self._numbers[column]

    def _read_numbers(self, column: str) -> NDArray[np.float64]:
        texts = self.texts(column)
        mark = self.declaration.decimal or "."
        if mark != ".":
            turned = str.maketrans({mark: ".", ".": "?"})
            texts = np.array([text.translate(turned) for text in texts.tolist()], dtype=object)
        values = np.asarray(pd.to_numeric(texts, errors="coerce"), np.float64)
        empty = np.flatnonzero(np.isnan(values))
        bad = [row for row in empty.tolist() if texts[row].strip().lower() not in ("", "nan")]
        if bad:
            others = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
            cell = self.texts(column)[bad[0]]
            comma = "," in cell and mark == "."
            self._fail(
                "E0405",
                f"`{cell}` in column `{column}` is not a number{others}",
                bad[0],
                'write `decimal ","` on the table if the file has decimal commas'
                if comma
                else None,
            )
        return values

    def _fail(self, code: str, message: str, row: int | None, help: str | None = None) -> Any:
        raise EvdslError(
            [
                Diagnostic(
                    code,
                    f"table `{self.declaration.name}`: {message}",
                    self.declaration.span,
                    help=help,
                    data=self.place(row),
                    place=f"table {self.declaration.name}",
                )
            ]
        )


def load_table(declaration: Table, base: Path, override: TableSource | None) -> TableData:
    """Reads the table's file (relative to `base`), or takes the file or frame given instead.

    Raises EvdslError: E0401 no such file, E0414 it cannot be read, E0402 an index column is
    missing, E0421 the time zone is unknown.
    """
    frame, file = _read(declaration, base, override)
    from_file = not isinstance(override, pd.DataFrame)
    as_texts = _cells if from_file and not file.endswith(".parquet") else _as_texts
    cells = {str(name): as_texts(frame[name]) for name in frame.columns}
    table = TableData(declaration, file, cells, len(frame), from_file)
    if declaration.timezone is not None and not known_zone(declaration.timezone):
        table._fail("E0421", f"there is no time zone `{declaration.timezone}`", None)
    for column in declaration.index:
        table.texts(column)
    return table


def _read(declaration: Table, base: Path, override: TableSource | None) -> tuple[pd.DataFrame, str]:
    if isinstance(override, pd.DataFrame):
        frame = override if override.index.names == [None] else override.reset_index()
        return frame, f"<{declaration.name}>"
    file = declaration.file if override is None else str(override)
    path = (base if override is None else Path()) / file
    if not path.is_file():
        raise EvdslError(
            [
                Diagnostic(
                    "E0401",
                    f"table `{declaration.name}`: there is no file `{file}`",
                    declaration.span,
                    help=_file_help(file, path),
                    place=f"table {declaration.name}",
                )
            ]
        )
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path), file
        sep = declaration.sep or ","
        return pd.read_csv(path, sep=sep, dtype=str, na_filter=False, encoding="utf-8-sig"), file
    except ImportError as error:
        reason = "reading Parquet needs the package `pyarrow`: `pip install pyarrow`"
        raise EvdslError([_unreadable(declaration, file, reason)]) from error
    except (ValueError, OSError, EOFError) as error:
        reason = str(error).strip().splitlines()[0]
        ragged = _RAGGED.search(reason)
        if ragged is None:
            raise EvdslError([_unreadable(declaration, file, reason)]) from error
        wanted, line, found = ragged.groups()
        reason = f"line {line} has {found} columns instead of {wanted}"
        raise EvdslError([_unreadable(declaration, file, reason, int(line))]) from error


def _unreadable(declaration: Table, file: str, reason: str, line: int = 0) -> Diagnostic:
    return Diagnostic(
        "E0414",
        f"table `{declaration.name}`: `{file}` cannot be read: {reason}",
        declaration.span,
        data=DataPlace(file, line),
        place=f"table {declaration.name}",
    )


def _file_help(file: str, path: Path) -> str | None:
    near = (
        closest(path.name, [p.name for p in path.parent.iterdir()])
        if path.parent.is_dir()
        else None
    )
    return f"did you mean `{Path(file).with_name(near)}`?" if near else None


def _cells(series: pd.Series[Any]) -> NDArray[Any]:
    return series.to_numpy(dtype=object)


def _as_texts(series: pd.Series[Any]) -> NDArray[Any]:
    """The cells of a frame as texts, as a CSV would hold them."""
    if isinstance(series.dtype, pd.StringDtype):
        return series.to_numpy(dtype=object, na_value="")
    if series.dtype == object:
        return np.array(["" if _missing(c) else str(c) for c in series], dtype=object)
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        stamps = series.dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        return np.asarray(stamps.fillna(""), dtype=object)
    if np.issubdtype(series.dtype, np.datetime64):  # type: ignore[arg-type]
        return np.asarray(series.dt.strftime("%Y-%m-%dT%H:%M:%S").fillna(""), dtype=object)
    return np.array(["" if _missing(c) else repr(c) for c in series.tolist()], dtype=object)


def _missing(cell: object) -> bool:
    return cell is None or cell is pd.NA or (isinstance(cell, float) and cell != cell)


def _listed(names: dict[str, Any]) -> str:
    return ", ".join(f"`{name}`" for name in names)
