"""The tables as CSV, a file each: UTF-8, a line of names first, missing values empty, lists as JSON.

A text that a spreadsheet would take for a formula gets an apostrophe in front, and so does one that begins
with an apostrophe: whoever reads the files as data takes one away, and has each text as it was.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from tracer.tables.definitions import NUMBERS, TABLES, TEXT
from tracer.tables.tables import Tables

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell begins with that spreadsheets take for a formula, or for blanks before one."""


def write(trace: Tables, folder: Path) -> None:
    """Write all tables into a folder that is there and empty. Raises OSError."""
    for table in TABLES:
        frame: pd.DataFrame = getattr(trace, table.name)
        columns = {name: _column(frame[name], dtype) for name, dtype in table.columns.items()}
        with (folder / f"{table.name}.csv").open("xb") as file:
            csv.write_csv(pa.table(columns), file, csv.WriteOptions(quoting_style="needed"))


def _column(column: pd.Series, dtype: str) -> pa.Array:
    if dtype == NUMBERS:
        texts = [None if value is None else json.dumps(np.asarray(value).tolist()) for value in column]
        return pa.array(texts, pa.string())
    if dtype == TEXT:
        return pa.array(harmless(column), pa.string(), from_pandas=True)
    return pa.array(column, pa.int64(), from_pandas=True)


def harmless(texts: pd.Series) -> pd.Series:
    """Return texts of which none is a formula."""
    risky = texts.str.startswith((*FORMULA, "'")).fillna(False).astype(bool)
    return texts.where(~risky, "'" + texts) if risky.any() else texts
