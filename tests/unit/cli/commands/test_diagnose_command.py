"""`diagnose` on the command line: what machines read stays as it is, and Markdown shows names as they are."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from tests.support.markdown import sections
from tests.support.traces import MS, child, main_process, pool_trace, task, trace
from tracer.analysis.findings import Finding
from tracer.analysis.functions import Function
from tracer.analysis.measures import Measures
from tracer.cli.commands import diagnose
from tracer.cli.main import main
from tracer.cli.terminal.markdown import escaped
from tracer.tables import store
from tracer.tables.tables import Tables

HELP = Path(diagnose.__file__).parents[2] / "help" / "diagnosis.md"
# Version 1. Whoever takes a key away, or gives it another meaning, raises `diagnose.SCHEMA` and says so here.
KEYS = {"schema", "makespan_seconds", "findings", "not_asked", "account", "measures", "functions"}
OF_A_FINDING = {
    *("title", "what", "advice", "code", "seconds", "share", "of_wall", "confidence", "evidence", "pool"),
    *("predicted_seconds", "makespan_seconds", "replay_error", "nothing_gained", "missing", "window_ns"),
    *("ends_it", "principal_from"),
}
OF_THE_ACCOUNT = {"kind", "name", "pid", "pool", "process", "role", "spent_ns", "tid", "wall_ns"}
MEASURES = {
    *("area_bound_ns", "args_ns", "communication_efficiency", "cores", "critical_path_bound_ns"),
    *("efficiency", "load_balance", "makespan_ns", "on_core_ns", "parallelism", "result_ns", "run_ns"),
    *("serial_fraction", "serialization_ns", "serialization_overhead", "speedup", "task_args_ns"),
    *("task_overhead", "task_result_ns", "workers"),
}
OF_A_FUNCTION = {
    *("args_bytes", "args_bytes_median", "args_pickling_ns", "args_rate", "args_unpickling_ns", "finished"),
    *("items", "name", "on_core_share", "overhead_ns", "overhead_share", "result_bytes"),
    *("result_bytes_median", "result_pickling_ns", "result_rate", "result_unpickling_ns", "run_max_ns"),
    *("run_median_ns", "run_ns", "run_p95_ns", "tasks"),
}


def straggler(name: str = "work") -> Tables:
    """Two workers, of which one runs ten times as long as the other; tasks and workers have this name."""
    workers = [child(n, 0, MS, 210 * MS, name=f"{name}-{n}") for n in (1, 2)]
    rows = [task(n, 1, (20 * n - 18) * MS, 20 * n * MS, function=name) for n in range(1, 5)]
    rows.append(task(5, 2, 2 * MS, 200 * MS, function=name))
    return trace(rows, [main_process(0, 220 * MS), *workers])


def printed(tables: Tables, folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command prints about these tables."""
    store.save(tables, folder / "trace")
    assert main(["diagnose", str(folder), *words]) == 0
    return capsys.readouterr().out


def test_json_has_a_version_and_these_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The keys of each part are those of version 1."""
    found: dict[str, Any] = json.loads(printed(pool_trace(workers=2, tasks=40), tmp_path, capsys, "--json"))
    assert found["schema"] == diagnose.SCHEMA == 1
    assert set(found) == KEYS
    assert {name for row in found["account"] for name in row} == OF_THE_ACCOUNT
    assert set(found["measures"]) == MEASURES == {one.name for one in fields(Measures)}
    assert {name for row in found["functions"] for name in row} == OF_A_FUNCTION
    assert {one.name for one in fields(Function)} == OF_A_FUNCTION
    assert {name for one in found["findings"] for name in one} == OF_A_FINDING
    assert {one.name for one in fields(Finding)} == OF_A_FINDING


def test_the_help_names_every_key() -> None:
    """`python -m tracer help diagnosis` says what each key of the top, and of a finding, is."""
    text = sections(HELP.read_text(encoding="utf-8"))["JSON and Markdown"]
    assert [key for key in sorted(KEYS | OF_A_FINDING) if f"`{key}`" not in text] == []


def test_markdown_has_the_findings_and_the_timeline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The worst finding first, a table of all of them, and the lanes in a fence."""
    shown = printed(straggler(), tmp_path, capsys, "--markdown")
    head, first, table, *_ = shown.split("\n\n")
    assert head.startswith("### tracer: ")
    assert first.startswith("**")
    assert table.splitlines()[0] == "| | finding | costs | what | what to do |"
    assert all(line.count(" | ") == 4 for line in table.splitlines()[2:])
    assert "straggler" in table
    fence = shown.split("```")
    assert len(fence) == 3
    assert fence[1].startswith("text\n")
    assert "work-1" in fence[1]


def test_names_stay_names_in_markdown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Cells, tags, links and fences in a name are shown, and mean nothing."""
    shown = printed(straggler("a|b<img>```[x](y)"), tmp_path, capsys, "--markdown")
    outside = shown.split("````")
    assert len(outside) == 3  # its own fence is longer than the name's
    assert "<img>" not in outside[0] + outside[2]
    assert "](y)" not in outside[0] + outside[2]
    table = shown.split("\n\n")[2]
    assert all(line.replace("\\|", "").count("|") == 6 for line in table.splitlines())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", "a\\|b"),
        ("<b>&", "&lt;b\\>&amp;"),
        ("see `a|b<c>`", "see `a\\|b<c>`"),
        ("one ` alone", "one \\` alone"),
        ("__init__ and *x*", "\\_\\_init\\_\\_ and \\*x\\*"),
        ("two\nlines", "two lines"),
    ],
)
def test_escaped(text: str, shown: str) -> None:
    """Pairs of backticks are code; all else is shown as it is."""
    assert escaped(text) == shown


def test_nothing_found_is_said_in_markdown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run without anything parallel has a sentence, and no table."""
    shown = printed(trace((), [main_process(0, 10 * MS)]), tmp_path, capsys, "--markdown")
    assert "Nothing parallel ran" in shown
    assert "|" not in shown


def test_one_form_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON and Markdown exclude each other."""
    assert main(["diagnose", str(tmp_path), "--json", "--markdown"]) == 2
    assert "not allowed with" in capsys.readouterr().err
