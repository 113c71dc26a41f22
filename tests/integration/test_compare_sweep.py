"""`compare` and `sweep` on real runs: small programs, bounded, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import causes
from tests.support.causes import Said
from tests.support.programs import LIMIT_S, MARK, Place, place, run, until
from tracer import run_folder

PROGRAM = """
import os, signal, sys, time
from multiprocessing import Pool, set_start_method

def rest(number):
    time.sleep(0.01)

if __name__ == "__main__":
    workers = int(os.environ.get("WORKERS", 1))
    chunk = int(sys.argv[1].partition("=")[2]) if len(sys.argv) > 1 else 1
    set_start_method("fork")
    with Pool(workers) as pool:
        pool.map(rest, range(8), chunksize=chunk)
    print("workers", workers, *sys.argv[1:])
    if workers == 3:
        sys.exit(7)
    if workers == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    if workers == 6:
        open("ready", "w").close()
        time.sleep(600)
"""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    """Give a folder with the program in it."""
    with place(tmp_path) as made:
        (tmp_path / "program.py").write_text(PROGRAM)
        yield made


@pytest.fixture
def inside(here: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Give the folder to commands that run in this process, which spares each a start with pandas."""
    monkeypatch.chdir(here.folder)
    monkeypatch.setattr(tempfile, "tempdir", str(here.sockets))
    ours = here.environment()
    for name in (MARK, "TMPDIR", "PYTHONPATH"):
        monkeypatch.setenv(name, ours[name])
    return here


def tracer_inside(here: Place, *words: str) -> Said:
    """Run a command of the tracer's in this process; assert that nothing of it is left."""
    said = causes.tracer(*words)
    here.assert_nothing_left()
    return said


def tracer(here: Place, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the tracer's to its end; assert that nothing of it is left."""
    return here.call([sys.executable, "-m", "tracer", *words])


def result(out: Path) -> Any:
    return json.loads((out / "sweep.json").read_text())


def test_a_scenario_with_other_workers(here: Place) -> None:
    """Values in turns, each run traced; points, curves and figures are there, and the program's output."""
    words = ["--workers", "1,2", "--repeat", "2", "--work-ms", "4", "--json"]
    done = tracer(here, "sweep", "pool", *words)
    assert done.returncode == 0, done.stderr
    (out,) = (here.folder / "outputs").iterdir()
    found = result(out)
    assert json.loads(done.stdout)["points"] == found["points"]
    assert [(run["value"], run["number"]) for run in found["runs"]] == [(1, 1), (2, 1), (1, 2), (2, 2)]
    assert [point["value"] for point in found["points"]] == [1, 2]
    assert all(point["low_seconds"] <= point["median_seconds"] for point in found["points"])
    for folder in (out / one["folder"] for one in found["runs"]):
        assert (folder / "trace" / "meta.json").exists()
        assert (folder / "stdout").read_text()
        assert not (folder / "gantt.png").exists()
    assert {path.name for path in out.glob("sweep.*")} == {
        f"sweep.{end}" for end in ("json", "png", "svg", "pdf")
    }


def test_an_environment_variable(inside: Place) -> None:
    """Sleeping tasks: two workers take half of one's time, and the model says so from one worker's run."""
    done = tracer_inside(
        inside, "sweep", "--env", "WORKERS", "1,2", "--repeat", "1", "--out", "o", "--", "program.py"
    )
    assert done.returncode == 0, done.stderr
    found = result(inside.folder / "o")
    times = {point["value"]: point["median_seconds"] for point in found["points"]}
    assert found["kind"] == "workers"
    assert times[1] >= 0.08
    assert times[2] >= 0.04
    predicted = {one["value"]: one["seconds"] for one in found["predictions"]}
    assert predicted[1] == pytest.approx(times[1], rel=0.01)
    assert 0.039 <= predicted[2] < 0.9 * times[1]
    assert (inside.folder / "o" / "runs" / "2-1" / "stdout").read_text() == "workers 2\n"


def test_an_option_that_is_appended(inside: Place) -> None:
    """As one word where its name ends in an equals sign; a prediction from chunks of 1."""
    done = tracer_inside(
        inside, "sweep", "--option", "--chunk=", "1,4", "--repeat", "1", "--out", "o", "program.py"
    )
    assert done.returncode == 0, done.stderr
    found = result(inside.folder / "o")
    assert found["kind"] == "chunksize"
    assert {one["value"] for one in found["predictions"]} >= {1, 2, 4}
    assert (inside.folder / "o" / "runs" / "4-1" / "stdout").read_text() == "workers 1 --chunk=4\n"


def test_start_methods(inside: Place) -> None:
    """Names in turns; the model says from fork's run what spawn takes, and nothing is called enough."""
    words = ["--start-method", "fork,spawn", "--repeat", "1", "--work-ms", "2", "--workers", "2", "--json"]
    done = tracer_inside(inside, "sweep", "pool", *words)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["kind"], found["values"], found["knee"]) == ("start-method", ["fork", "spawn"], None)
    assert [one["value"] for one in found["predictions"]] == ["fork", "spawn"]
    assert {run["folder"] for run in found["runs"]} == {"runs/fork-1", "runs/spawn-1"}
    assert found["ideal"] == []


def test_runs_that_fail_are_named_and_left_out(inside: Place) -> None:
    """By exit code and by signal; the others make the result, and a second sweep replaces the first."""
    words = ["sweep", "--env", "WORKERS", "1,3,5", "--repeat", "1", "--out", "o", "--", "program.py"]
    for _ in range(2):
        done = tracer_inside(inside, *words)
        assert done.returncode == 0, done.stderr
        found = result(inside.folder / "o")
        assert [run["exitcode"] for run in found["runs"]] == [0, 7, -9]
        assert [point["value"] for point in found["points"]] == [1]
        assert "WORKERS 3, run 1 of 1: ended by exit code 7, left out" in done.stderr
        assert "left out: 3, run 1 (exit code 7), 5, run 1 (SIGKILL)" in " ".join(done.stdout.split())
    only = tracer_inside(
        inside, "sweep", "--env", "WORKERS", "3,5", "--repeat", "9", "--out", "p", "--", "program.py"
    )
    assert only.returncode == 1
    assert only.stderr.splitlines()[-1].startswith("tracer: no run of")
    assert len(result(inside.folder / "p")["runs"]) == 2


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 1)])
def test_a_sweep_that_is_stopped_goes_no_further(here: Place, how: signal.Signals, code: int) -> None:
    """Control-C, or SIGTERM to the command: the run ends, no other begins, what was measured is on disk."""
    words = ["sweep", "--env", "WORKERS", "1,6", "--out", "o", "--", "program.py"]
    with open(here.folder / "stderr", "w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "tracer", *words],
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            stdin=subprocess.DEVNULL,
            cwd=here.folder,
            env=here.environment(),
            start_new_session=True,
        )
        try:
            until(lambda: (here.folder / "ready").exists(), what="the second run")
            if how == signal.SIGINT:
                os.killpg(process.pid, how)
            else:
                process.send_signal(how)
            assert process.wait(LIMIT_S) == code
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    here.assert_nothing_left()
    assert [run["exitcode"] for run in result(here.folder / "o")["runs"]] == [0, -how]
    assert (here.folder / "stderr").read_text().splitlines()[-1].startswith("tracer: ")


def test_two_runs_compared(inside: Place) -> None:
    """One worker and four: the sentence, the table, and a figure in the last folder."""
    for workers in ("1", "4"):
        ended = run(inside.folder / workers, [str(inside.folder / "program.py")], WORKERS=workers)
        assert ended.code == 0, ended.stderr
        run_folder.save_trace(ended.trace, ended.out)
        ended.out.rename(inside.folder / f"w{workers}")
    done = tracer_inside(inside, "compare", "w1", "w4")
    assert done.returncode == 0, done.stderr
    text = " ".join(done.stdout.split())
    assert text.startswith("w4 took ")
    assert "4 workers in place of 1" in text
    assert (inside.folder / "w4" / "compare.svg").exists()
    found = json.loads(tracer_inside(inside, "compare", "w1", "w4", "--json").stdout)
    assert found["changes"][0]["speedup"] > 1.5
    assert found["runs"][0]["workers"] == 1
