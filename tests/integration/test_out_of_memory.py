"""A worker that the kernel kills for want of memory, really: in a control group of its own with a limit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.causes import FOLDER, tracer
from tests.support.programs import REPOSITORY

LIMIT_MIB = 200
"""Enough for the program and what records it, and half of what the task takes."""


@pytest.fixture
def group() -> Iterator[Path]:
    """Make a control group inside our own, so that what limits us holds in it too; remove it afterwards."""
    made = None
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "memory":
            made = Path(f"/sys/fs/cgroup/memory{path}", f"tracer-test-{os.getpid()}")
        elif controllers == "" and made is None:
            made = Path(f"/sys/fs/cgroup{path}", f"tracer-test-{os.getpid()}")
    if made is None:
        pytest.skip("there are no control groups")
    try:
        made.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made: {error.strerror}")
    try:
        limits = [made / name for name in ("memory.max", "memory.limit_in_bytes") if (made / name).exists()]
        if not limits:
            pytest.skip("memory is not limited in groups of this one")
        limits[0].write_text(f"{LIMIT_MIB << 20}")
        yield made
    finally:
        made.rmdir()


def test_the_finding_names_the_limit(group: Path, tmp_path: Path) -> None:
    """One task takes twice what there is: its worker is killed; who, in which task, and why, is said."""
    out, program = tmp_path / "out", FOLDER / "worker_died.py"
    words = [sys.executable, REPOSITORY / "tests" / "support" / "recorder.py", out, program, "--memory"]
    done = subprocess.run(
        ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', *map(str, (group, *words))],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stdout) == (0, "gave up\n"), done.stderr
    finding = json.loads(tracer("diagnose", out, "--json").stdout)["findings"][0]
    assert finding["code"] == "worker-died"
    assert "was ended by SIGKILL" in finding["what"]
    assert "task 3 (part)" in finding["what"]
    assert "the kernel killed 1 process of this control group, whose limit is 200 MiB." in finding["what"]
    assert finding["advice"].startswith("Give each worker less to hold in memory")
