"""The cells of one column of a table: read once as texts and as numbers, when first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Cells:
    """A column in the order of the file: texts from a CSV file, or whatever a frame holds.

    `mark` is the decimal mark of texts.
    """

    series: pd.Series[Any]
    mark: str = "."

    @cached_property
    def texts(self) -> NDArray[Any]:
        """(rows,): every cell as a text, as a CSV file with this decimal mark would hold it."""
        codes, texts = self.distinct
        return texts[codes]

    @cached_property
    def distinct(self) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """The code of each row's text (rows,) among the different texts, which are in their order
        of appearance."""
        if self.series.dtype == object:
            codes, texts = pd.factorize(_plain(self.series))
            return codes.astype(np.int64, copy=False), np.asarray(texts, object)
        first, values = pd.factorize(self.series, use_na_sentinel=False)
        codes, texts = pd.factorize(_as_texts(pd.Series(values), self.mark))
        return codes[first].astype(np.int64, copy=False), np.asarray(texts, object)

    @cached_property
    def numbers(self) -> NDArray[np.float64]:
        """(rows,): nan where a cell is no number."""
        if _is_numeric(self.series):
            return self.series.to_numpy(np.float64, na_value=np.nan)
        codes, texts = self.distinct
        if self.mark != ".":
            turned = str.maketrans({self.mark: ".", ".": "?"})
            texts = np.array([text.translate(turned) for text in texts.tolist()], dtype=object)
        values = np.asarray(pd.to_numeric(texts, errors="coerce"), np.float64)
        return values[codes]

    @property
    def wrong(self) -> NDArray[np.int64]:
        """The rows of cells that are neither numbers nor empty."""
        without = np.flatnonzero(np.isnan(self.numbers))
        if not len(without) or _is_numeric(self.series):
            return np.empty(0, np.int64)
        codes, texts = self.distinct
        bad = np.array([text.strip().lower() not in ("", "nan") for text in texts.tolist()])
        return np.asarray(without[bad[codes[without]]], np.int64)


def _is_numeric(series: pd.Series[Any]) -> bool:
    dtype = series.dtype
    return pd.api.types.is_float_dtype(dtype) or pd.api.types.is_integer_dtype(dtype)


def _plain(series: pd.Series[Any]) -> NDArray[Any]:
    cells = series.tolist()
    if set(map(type, cells)) <= {str}:
        return series.to_numpy(dtype=object)
    return np.array(["" if _missing(c) else str(c) for c in cells], dtype=object)


def _as_texts(series: pd.Series[Any], mark: str) -> NDArray[Any]:
    if mark != "." and pd.api.types.is_float_dtype(series.dtype):
        plain = _as_texts(series, ".")
        return np.array([cell.replace(".", mark) for cell in plain.tolist()], dtype=object)
    if isinstance(series.dtype, pd.StringDtype):
        return series.to_numpy(dtype=object, na_value="")
    if isinstance(series.dtype, pd.CategoricalDtype):
        of_category = _as_texts(series.dtype.categories.to_series(), mark)
        return np.append(of_category, "")[series.cat.codes]
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        stamps = series.dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        return np.asarray(stamps.fillna(""), dtype=object)
    if pd.api.types.is_datetime64_dtype(series.dtype):
        return np.asarray(series.dt.strftime("%Y-%m-%dT%H:%M:%S").fillna(""), dtype=object)
    return _plain(series)


def _missing(cell: object) -> bool:
    return cell is None or cell is pd.NA or (isinstance(cell, float) and cell != cell)
