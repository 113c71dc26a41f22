"""`whatif` on the command line: changes that a run has something to change for, and bad input."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from tests.support.traces import MS, child, main_process, pool_trace, trace
from tracer.analysis.model import Change, Prediction
from tracer.cli.commands import whatif
from tracer.cli.main import main
from tracer.tables import store
from tracer.tables.tables import Tables


def alone() -> Tables:
    """Make a trace of two processes without a pool."""
    children = [child(n, 0, MS, 9 * MS, role="process") for n in (1, 2)]
    return trace((), [main_process(0, 10 * MS), *children])


def of_kind(kind: str) -> Tables:
    """Make the trace of 40 tasks of a pool of this kind."""
    plain = pool_trace(workers=2, tasks=40)
    return replace(plain, tasks=plain.tasks.assign(kind=pd.array([kind] * 40, dtype="string")))


@pytest.fixture(autouse=True)
def _no_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is measured on this machine."""
    monkeypatch.setattr(whatif, "wakeups", lambda: None)


@pytest.mark.parametrize(
    ("kind", "words", "said"),
    [
        ("joblib", "--batch-size 4", "(batch_size 4)"),
        ("joblib", "--n-jobs 4", "(n_jobs 4)"),
        ("DataLoader", "--num-workers 4 --prefetch-factor 3", "(num_workers 4, prefetch_factor 3)"),
        ("DataLoader", "--chunksize 4", "(batch_size 4)"),
        ("Queue", "--workers 4 --chunksize 2", "(chunksize 2, workers 4)"),
        ("Pool", "--num-workers 4", "(workers 4)"),
    ],
)
def test_settings_go_by_their_own_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, words: str, said: str
) -> None:
    """joblib's, a data loader's, and what any pool has."""
    store.save(of_kind(kind), tmp_path / "trace")
    assert main(["whatif", str(tmp_path), *words.split()]) == 0
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("predicted", "said"),
    [
        (50 * MS, "50 ms in place of 100 ms (workers 4): 2.00 times as fast"),
        (150 * MS, "150 ms in place of 100 ms (workers 4): 1.50 times as long"),
        (99.9 * MS, "99.9 ms in place of 100 ms (workers 4): about as fast"),
        (100.1 * MS, "100 ms in place of 100 ms (workers 4): about as fast"),
    ],
)
def test_a_factor_is_said_where_there_is_one(predicted: float, said: str) -> None:
    """Faster, longer, or neither."""
    found = Prediction(Change(workers=4), 100 * MS, 100 * MS, predicted)
    assert whatif._in_place_of(found, "workers 4") == said


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("pool --chunksize 0", 2, "'0' is not a whole number from 1 to 999,999"),
        ("pool --workers many", 2, "'many' is not a whole number"),
        ("pool --workers 99999999999", 2, "from 1 to 999,999"),
        ("pool", 2, "say what to change"),
        ("pool --threads --processes", 2, "leave --processes and --start-method away"),
        ("pool --processes", 1, "--processes changes nothing: its tasks ran in processes"),
        ("pool --serial --workers 2", 2, "--serial: leave --workers away"),
        ("alone --serial", 1, "alone: --serial changes nothing: the run has no pool"),
        ("pool --prefetch-factor 4", 1, "--prefetch-factor changes nothing: the run has no data loader"),
        ("joblib --start-method spawn", 1, "joblib starts its workers in its own way"),
        ("loader --longest-first", 1, "a data loader makes its batches in the order of their numbers"),
        ("alone --chunksize 4", 1, "alone: --chunksize changes nothing: the run has no pool"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: str,
    code: int,
    said: str,
) -> None:
    """A change that cannot be made is no prediction of 1.00 times as fast."""
    monkeypatch.chdir(tmp_path)
    store.save(pool_trace(), tmp_path / "pool" / "trace")
    store.save(alone(), tmp_path / "alone" / "trace")
    for kind in ("joblib", "DataLoader"):
        store.save(of_kind(kind), tmp_path / kind.removeprefix("Data").lower() / "trace")
    assert main(["whatif", *words.split()]) == code
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert said in shown.err


def test_a_start_method_is_measured_with_few_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """However many are asked for; the model lets the others come at the same pace."""
    asked = []

    def probe(method: str, workers: int, kind: str) -> list[float]:
        asked.append((method, workers, kind))
        return [float(MS)] * workers

    monkeypatch.setattr(whatif, "probe", probe)
    store.save(pool_trace(), tmp_path / "trace")
    assert main(["whatif", str(tmp_path), "--start-method", "spawn", "--workers", "50000"]) == 0
    assert asked == [("spawn", 32, "Pool")]
    assert "workers 50000" in capsys.readouterr().out


def test_the_runs_own_start_method_is_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run itself says when its workers come: nothing changes."""
    monkeypatch.setattr(whatif, "probe", lambda *_: pytest.fail("measured"))
    store.save(pool_trace(), tmp_path / "trace")
    assert main(["whatif", str(tmp_path), "--start-method", "fork", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["predicted_seconds"] == pytest.approx(found["measured_seconds"], rel=1e-9)


@pytest.mark.parametrize("command", [["diagnose"], ["whatif", "--workers", "2"]])
def test_a_run_that_was_cut_short_is_called_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """What there is of it is told all the same."""
    made = pool_trace()
    made.processes.loc[made.processes["role"] == "main", "exitcode"] = -9
    made.tasks.loc[made.tasks.index[-1], "status"] = "unfinished"
    store.save(made, tmp_path / "trace")
    assert main([command[0], str(tmp_path), *command[1:]]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Its main process ended by SIGKILL: what is here is what it did until then; 1 task had not" in said


def test_serial_is_the_tasks_one_after_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Five tasks of 10 ms in one process; with the pool, from the first worker's start on."""
    store.save(pool_trace(workers=2, tasks=5, task_ns=10 * MS), tmp_path / "trace")
    assert main(["whatif", str(tmp_path), "--serial", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["predicted_seconds"] == pytest.approx(0.05, rel=0.05)
    assert found["change"] == "serial"
    assert main(["whatif", str(tmp_path), "--serial"]) == 0
    assert "(one process, no pool)" in capsys.readouterr().out


def test_a_prediction_is_drawn(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Above the run, or above the one that made the change; the lines are printed as without."""
    store.save(pool_trace(workers=2, tasks=40), tmp_path / "before" / "trace")
    store.save(pool_trace(workers=4, tasks=40), tmp_path / "after" / "trace")
    words = ["whatif", str(tmp_path / "before"), "--workers", "4", "--draw", "--theme", "dark"]
    assert main(words) == 0
    printed = capfd.readouterr()
    assert "(workers 4)" in printed.out
    names = [f"{tmp_path}/before/whatif.{form}" for form in ("png", "svg", "pdf")]
    assert printed.err.splitlines() == names
    assert "measured, as it was, before" in Path(names[1]).read_text()
    assert main([*words, "--against", str(tmp_path / "after"), "--out", str(tmp_path)]) == 0
    assert "measured, after" in (tmp_path / "whatif.svg").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--serial", "--draw"], "--draw: leave --serial away"),
        (["--workers", "4", "--against", "x"], "--against: is for --draw"),
        (["--workers", "4", "--draw", "--theme", "pink"], "no theme 'pink'"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    """Wrong usage."""
    store.save(pool_trace(workers=2, tasks=40), tmp_path / "trace")
    assert main(["whatif", str(tmp_path), *words]) == 2
    assert said in capfd.readouterr().err.splitlines()[-1]
