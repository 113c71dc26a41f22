"""`compare` on the command line: names of runs, what is printed, and bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.traces import main_process, pool_trace, trace
from tracer.cli.compared_runs import short_names
from tracer.cli.main import main
from tracer.tables import store
from tracer.tables.tables import Tables


def saved(folder: Path, made: Tables) -> str:
    """Save a trace as a run's folder has it."""
    store.save(made, folder / "trace")
    return str(folder)


@pytest.fixture
def runs(tmp_path: Path) -> list[str]:
    """Return the folders of the same eight tasks on one worker and on four."""
    return [saved(tmp_path / "before", pool_trace(1, 8)), saved(tmp_path / "after", pool_trace(4, 8))]


def test_it_prints_the_sentence_and_the_accounts(runs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence first, then a line for the makespan with its change, then the categories in columns."""
    assert main(["compare", *runs]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert out.startswith(
        "after took 24.6 ms in place of 83.2 ms, 3.4 times as fast: 4 workers in place of 1,"
    )
    assert "makespan 83.2 ms 24.6 ms −58.6 ms, −70 %" in out
    assert "in the function 80 ms 96 % 80 ms 81 % +0 ns −15 pts" in out


def test_it_draws_into_the_last_folder_or_where_it_is_told(runs: list[str], tmp_path: Path) -> None:
    """One file a format, beside the last run's trace or in `--out`."""
    assert main(["compare", *runs]) == 0
    names = {"compare.png", "compare.svg", "compare.pdf"}
    assert {path.name for path in Path(runs[1]).glob("compare.*")} == names
    assert main(["compare", *runs, "--out", str(tmp_path / "new" / "place")]) == 0
    assert {path.name for path in (tmp_path / "new" / "place").iterdir()} == names
    assert not list(Path(runs[0]).glob("compare.*"))


def test_json_has_every_number(runs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Runs with their accounts, and what became of the first one in the others."""
    assert main(["compare", *runs, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["baseline"] == "before"
    assert [run["makespan_ns"] for run in found["runs"]] == [83_250_000, 24_600_000]
    assert found["runs"][1]["spent_ns"]["workers"]["running"] == 80_000_000
    assert found["changes"][0]["speedup"] == pytest.approx(83.25 / 24.6)


def test_a_trace_folder_stands_for_its_run(runs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """`DIR/trace` is DIR: by its name, and as the place of the figure."""
    assert main(["compare", f"{runs[0]}/trace", f"{runs[1]}/trace/"]) == 0
    assert "after took" in capsys.readouterr().out
    assert (Path(runs[1]) / "compare.png").exists()


def test_more_than_two_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence for each but the first, and no column of changes where there is no room for it."""
    made = [saved(tmp_path / f"w{n}", pool_trace(n, 8)) for n in (1, 2, 3, 4)]
    assert main(["compare", *made]) == 0
    out = capsys.readouterr().out
    assert [f"w{n} took" in out for n in (2, 3, 4)] == [True] * 3
    assert "change" not in out


def test_runs_without_anything_can_be_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says so, and draws."""
    made = [saved(tmp_path / name, trace(processes=[main_process()])) for name in "ab"]
    assert main(["compare", *made]) == 0
    out = capsys.readouterr().out
    assert "ran nothing that could be compared" in out
    assert "a: nothing ran" in out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["a"], 2, "give two runs or more"),
        (["a", "nowhere"], 1, "nowhere: no such folder"),
        (["a", "empty"], 1, "not a trace"),
        (["a", "a", "--out", "a/trace/meta.json"], 1, "cannot write into"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    said: str,
) -> None:
    """With the right exit code, and nothing on standard output."""
    monkeypatch.chdir(tmp_path)
    saved(tmp_path / "a", pool_trace(1, 1))
    (tmp_path / "empty").mkdir()
    assert main(["compare", *words]) == code
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert said in shown.err


@pytest.mark.parametrize(
    ("folders", "names"),
    [
        (["out/a", "out/b"], ["a", "b"]),
        (["x/run", "y/run"], ["x/run", "y/run"]),
        (["x/run", "x/run", "y/other"], ["run (1)", "run (2)", "other"]),
    ],
)
def test_names_are_as_long_as_they_must_be(folders: list[str], names: list[str]) -> None:
    """The last part of the path, or as many as tell the runs apart."""
    assert short_names([Path(folder) for folder in folders]) == names
