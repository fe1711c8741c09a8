"""Tables: tidy CSV and Parquet files, with the line of every row for messages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, Union

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evdsl.data.cells import Cells
from evdsl.data.times import TimeError, are_stamps, known_zone, read_stamps
from evdsl.ir.model import Table
from evdsl.source.diagnostic import DataPlace, Diagnostic, EvdslError
from evdsl.source.suggest import closest

TableSource: TypeAlias = Union[str, Path, "pd.DataFrame"]

_RAGGED = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")
_WHOLE = re.compile(r"0|-?[1-9]\d{0,17}")


@dataclass(frozen=True, eq=False)
class Column:
    """The keys in one index column: `kind` and `values` as in `program.keys.Elements`."""

    kind: str
    values: NDArray[Any]
    aware: bool = False


@dataclass(frozen=True, eq=False)
class TableData:
    """A loaded table in the order of the file.

    `lines` (rows,) are the rows' lines in the file, counted from 1 with the header.
    """

    declaration: Table
    file: str
    cells: dict[str, Cells]
    lines: NDArray[np.int64]
    _keys: dict[str, Column] = field(default_factory=dict)

    def place(self, row: int | None = None) -> DataPlace:
        """Where a row stands: its line in the file."""
        return DataPlace(self.file, 0 if row is None else int(self.lines[row]))

    @property
    def rows(self) -> int:
        return len(self.lines)

    def column(self, column: str) -> Cells:
        """The cells of a column; raises E0402 where there is none of that name."""
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

    def texts(self, column: str) -> NDArray[Any]:
        """The cells (rows,) of a column as texts."""
        return self.column(column).texts

    def keys(self, column: str) -> Column:
        """The cells as keys: whole numbers or time stamps only if every cell is one, else text."""
        if column not in self._keys:
            self._keys[column] = self._read_keys(column)
        return self._keys[column]

    def _read_keys(self, column: str) -> Column:
        codes, distinct = self.column(column).distinct
        texts = distinct.tolist()
        if "" in texts:
            row = int(np.flatnonzero(codes == texts.index(""))[0])
            self._fail("E0414", f"column `{column}` has an empty cell", row)
        if texts and all(map(_WHOLE.fullmatch, texts)):
            return Column("whole", np.array([int(text) for text in texts], np.int64)[codes])
        if texts and are_stamps(texts):
            try:
                values, aware = read_stamps(texts, self.declaration.timezone)
            except TimeError as error:
                self._fail("E0421", f"column `{column}`: {error}", None)
            return Column("time", values[codes], aware)
        return Column("text", distinct[codes])

    def numbers(self, column: str) -> NDArray[np.float64]:
        """The cells as numbers, nan where a cell is empty; raises E0405 for anything else."""
        cells = self.column(column)
        bad = cells.wrong
        if len(bad):
            others = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
            cell = cells.texts[bad[0]]
            comma = "," in cell and cells.mark == "."
            self._fail(
                "E0405",
                f"`{cell}` in column `{column}` is not a number{others}",
                int(bad[0]),
                'write `decimal ","` on the table if the file has decimal commas'
                if comma
                else None,
            )
        return cells.numbers

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
    _refuse_twins(declaration, file, [str(name) for name in frame.columns])
    typed = isinstance(override, pd.DataFrame) or file.endswith(".parquet")
    mark = declaration.decimal or "."
    cells = {str(name): Cells(frame[name], mark) for name in frame.columns}
    lines = np.arange(1, len(frame) + 1) if typed else frame.index.to_numpy(np.int64)
    table = TableData(declaration, file, cells, lines + 1)
    if declaration.timezone is not None and not known_zone(declaration.timezone):
        table._fail("E0421", f"there is no time zone `{declaration.timezone}`", None)
    for column in declaration.index:
        table.column(column)
    return table


def _read(declaration: Table, base: Path, override: TableSource | None) -> tuple[pd.DataFrame, str]:
    if isinstance(override, pd.DataFrame):
        file = f"<{declaration.name}>"
        if override.index.names == [None]:
            return override, file
        _refuse_twins(declaration, file, [str(n) for n in (*override.index.names, *override)])
        return override.reset_index(), file
    if override is not None and not isinstance(override, str | Path):
        what = f"a `{type(override).__name__}` is neither a DataFrame nor a file"
        raise EvdslError([_unreadable(declaration, f"<{declaration.name}>", what)])
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
        lines = _csv(path, declaration.sep or ",")
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
    names = lines.iloc[0].tolist()
    _refuse_twins(declaration, file, names)
    frame = lines.iloc[1:].set_axis(
        [name or f"Unnamed: {k}" for k, name in enumerate(names)], axis=1
    )
    return _without_blank_rows(frame), file


def _without_blank_rows(frame: pd.DataFrame) -> pd.DataFrame:
    blank = frame.iloc[:, 0] == ""
    if not blank.any():
        return frame
    return frame[~(blank & (frame == "").all(axis=1))]


def _csv(path: Path, sep: str) -> pd.DataFrame:
    """All lines of a file as texts, that of the names too: pandas would tell twins apart."""
    return pd.read_csv(
        path,
        sep=sep,
        header=None,
        dtype=object,
        na_filter=False,
        skip_blank_lines=False,
        encoding="utf-8-sig",
    )


def _refuse_twins(declaration: Table, file: str, names: list[str]) -> None:
    twins = [name for name in dict.fromkeys(names) if name and names.count(name) > 1]
    if twins:
        reason = f"it has the column `{twins[0]}` {names.count(twins[0])} times"
        raise EvdslError([_unreadable(declaration, file, reason)])


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


def _listed(names: dict[str, Any]) -> str:
    return ", ".join(f"`{name}`" for name in names)
