"""Every command says what it can of a trace with little in it, and prints nothing that is no number."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.causes import record, tracer
from tracer import run_folder

CODES = {"failed": 0, "killed": 137}
"""What the programs end with; 0 where not named."""
CASES = ("nothing", "idle", "one", "threads", "process", "failed", "killed", "no-slices", "no-clocks")
COMMANDS = {
    "diagnose": ("diagnose", "DIR"),
    "diagnose-json": ("diagnose", "DIR", "--json"),
    "figure": ("figure", "DIR"),
    "figures": ("figure", "DIR", "--draw", "gantt,account,phases", "--critical-path", "--format", "svg"),
    "compare": ("compare", "DIR", "DIR"),
    "whatif": ("whatif", "DIR", "--workers", "4"),
    "whatif-chunksize": ("whatif", "DIR", "--chunksize", "8"),
}
NO_NUMBER = re.compile(r"\b(nan|NaN|inf|Infinity|NaT|None)\b|<NA>|Traceback|Warning")


@pytest.fixture(scope="session", params=CASES)
def bare(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of each run in turn."""
    case = request.param
    program = case if not case.startswith("no-") else "one"
    ended = record(tmp_path_factory.mktemp(case), "bare", program)
    assert ended.code == CODES.get(program, 0), ended.stderr
    trace = ended.trace
    if case.startswith("no-"):
        trace = replace(trace, slices=trace.slices.iloc[:0], meta=trace.meta | {"core_source": "stamps"})
    if case == "no-clocks":
        tasks = trace.tasks.copy()
        tasks[["cpu_ns", "runq_ns"]] = None
        trace = replace(trace, tasks=tasks.astype(trace.tasks.dtypes.to_dict()))
    shutil.rmtree(ended.out / "trace")
    run_folder.save_trace(trace, ended.out)
    return ended.out


@pytest.mark.parametrize("command", COMMANDS)
def test_command(bare: Path, command: str, tmp_path: Path) -> None:
    """It exits with 0, or with 1 and one clear line."""
    name, *words = COMMANDS[command]
    copy = tmp_path / "run"
    shutil.copytree(bare, copy)
    ended = tracer(name, *(copy if word == "DIR" else word for word in words))
    said = ended.stdout + ended.stderr
    assert not NO_NUMBER.search(said), said
    if ended.returncode:
        assert ended.returncode == 1, said
        assert len(ended.stderr.strip().splitlines()) == 1, said
    elif command == "diagnose-json":
        json.loads(ended.stdout, parse_constant=pytest.fail)
