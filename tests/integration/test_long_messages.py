"""A message that is longer than its length fits into four bytes."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from tests.integration.programs.long_message import BYTES
from tests.integration.test_manners import assert_same
from tests.support.programs import PROGRAMS, run_both

ROOM = 5 * BYTES


@pytest.mark.skipif(psutil.virtual_memory().available < ROOM, reason="needs 16 GB of memory")
def test_three_gigabytes_are_told_to_the_byte(tmp_path: Path) -> None:
    """The program does as it does untraced; the task and the span know how long its message was."""
    pair = run_both(tmp_path, [str(PROGRAMS / "long_message.py")])
    assert pair.plain.stdout == f"0 {BYTES}\n{BYTES}\n"
    assert_same(pair)
    assert pair.traced.breaches == []
    tasks = pair.traced.trace.tasks
    assert tasks["status"].tolist() == ["ok", "ok"]
    assert BYTES < tasks["args_bytes"].max() < BYTES + 100
