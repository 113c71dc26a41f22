"""Other names for functions, processes, threads, spans, errors, hosts and commands: all of them are data."""

from __future__ import annotations

from random import Random

import pandas as pd

from tracer.tables import definitions
from tracer.tables.tables import Tables

NAMES = (
    "計算",
    "größe",
    "负载-🚀",
    "שלום עולם",
    "two\nlines\tand a tab",
    "bell\x07 $x^2$ %s {0}",
    "n" * 300,
    "",
    " ",
    "<script>alert(1)</script>",
    "a&b\"'`",
    "\u202eright to left",
    "\x1b[2J\x1b[31m",
    "[bold]rich[/bold]",
    "[/]",
    "\\",
    "$",
    "$$",
    "_",
    "^",
    "{",
    "%",
    "a" * 5000,
    "👩‍👩‍👧‍👦",
    "\ufeff",
    "\ufffe",
    "\x00",
    "é" * 100,
    "़",
    "\u200b",
    "-" * 40,
    "main",
    "worker",
    "Thread",
    "functions.<locals>.<lambda>",
    "0",
    "1e999",
)
COLUMNS = {
    "tasks": ("function", "error", "kind", "host"),
    "processes": ("name", "host", "start_method"),
    "threads": ("name",),
    "spans": ("name", "category", "data"),
}


def changed(random: Random, trace: Tables) -> Tables:
    """Return a trace in which things have other names, each everywhere."""
    frames = {table.name: getattr(trace, table.name).copy() for table in definitions.TABLES}
    new: dict[str, str] = {}
    for table, columns in COLUMNS.items():
        for column in columns:
            if random.random() < 0.4:
                continue
            for old in frames[table][column].dropna().unique():
                new.setdefault(str(old), "".join(random.choices(NAMES, k=random.choice((1, 1, 3)))))
            texts = frames[table][column].map(new, na_action="ignore")
            frames[table][column] = pd.Series(texts.tolist(), dtype=definitions.TEXT)
    meta = trace.meta | {"command": random.choice(NAMES), "hostname": random.choice(NAMES)}
    meta["argv"] = random.choices(NAMES, k=3)
    return Tables(**frames, meta=meta)
