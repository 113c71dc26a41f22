"""`tracer.cli.terminal.console`: lines break between words, never between a number and its unit."""

from __future__ import annotations

import io

import pytest
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tracer.cli.terminal.console import Console

SAID = "running 41 %, waiting for 12.5 ms of 3 s, sent 7 MB"


@pytest.mark.parametrize("columns", range(12, 40))
def test_a_number_keeps_its_unit(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """In text, in padding and in a table, at every width; no character is added or lost."""
    monkeypatch.setenv("COLUMNS", str(columns))
    table = Table.grid()
    table.add_row(Text(SAID))
    for shown in (SAID, Text(SAID), Padding(Text(SAID), (0, 0, 0, 2)), table):
        out = io.StringIO()
        Console(out).print(shown)
        lines = [line.strip() for line in out.getvalue().splitlines()]
        assert " ".join(lines) == SAID
        assert not any(line.startswith(("%", "ms", "s,", "MB")) for line in lines)
