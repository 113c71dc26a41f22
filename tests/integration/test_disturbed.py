"""A folder of journals that somebody renames, removes or empties costs records, never time or the program."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.programs import LIMIT_S, PROGRAMS, command, place, run, started
from tracer import run_folder
from tracer.cli import own_process
from tracer.record.journal import Journal
from tracer.record.schema import JOURNAL_FOLDER, JOURNAL_SUFFIX

PRINTED = "41541750\n8995500500\n[0, 0]\n"
SOON_S = 20.0


def rename(journals: Path) -> None:
    """Give the folder another name."""
    journals.rename(journals.with_name("moved"))


def remove(journals: Path) -> None:
    """Remove the folder and all in it."""
    shutil.rmtree(journals)


def empty(journals: Path) -> None:
    """Remove all that is in the folder, which stays."""
    for path in journals.iterdir():
        path.unlink()


@pytest.mark.parametrize(
    ("disturb", "method", "kind"),
    [
        (rename, "fork", "Pool"),
        (rename, "spawn", "ProcessPoolExecutor"),
        (remove, "fork", "ProcessPoolExecutor"),
        (remove, "spawn", "Pool"),
        (remove, "fork", "Thread"),
        (empty, "fork", "Pool"),
        (empty, "spawn", "ProcessPoolExecutor"),
        (empty, "fork", "Thread"),
    ],
)
def test_a_disturbed_folder_costs_records_alone(
    tmp_path: Path, disturb: Callable[[Path], None], method: str, kind: str
) -> None:
    """The program's output and end are as they would be, soon; the trace has main, and says what was lost."""
    words = [str(PROGRAMS / "disturbed.py"), str(tmp_path), method, kind]
    with started(tmp_path, words, whole=True) as here:
        here.await_file("ready")
        disturb(here.place.out / JOURNAL_FOLDER)
        before = time.monotonic()
        (tmp_path / "go").touch()
        ended = here.end()
        assert time.monotonic() - before < SOON_S
    assert (ended.stdout, ended.stderr, ended.code) == (PRINTED, "", 0)
    main = ended.trace.processes.iloc[0]
    assert (main["role"], main["exitcode"]) == ("main", 0)
    assert main["host"]
    assert ended.trace.meta["losses"]["journals"] >= 1
    if disturb is not empty:  # then tasks are there of which one end alone is known
        assert ended.breaches == []


@pytest.mark.skipif(sys.platform != "linux", reason="the shell's ulimit -f, in kilobytes")
@pytest.mark.parametrize("blocks", [1, 10, 100])
def test_a_limit_of_file_size_ends_the_recording_alone(tmp_path: Path, blocks: int) -> None:
    """No file may be larger than the limit: SIGXFSZ kills nobody, and what does not fit is counted."""
    script = tmp_path / "limited.py"
    script.write_text(
        "import resource, runpy, sys\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({blocks * 1024}, resource.RLIM_INFINITY))\n"
        f"sys.argv = [{str(PROGRAMS / 'full.py')!r}]\n"
        f"runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    ended = run(tmp_path / "run", [str(script)])
    assert (ended.stdout, ended.stderr, ended.code) == ("2666466670000\n328350 328350\n", "", 0)
    losses = ended.trace.meta["losses"]
    assert losses.get("records", 0) + losses.get("journals", 0) > 0
    assert ended.breaches == []


@pytest.mark.skipif(sys.platform != "linux", reason="the shell's ulimit -f, in kilobytes")
@pytest.mark.parametrize("kilobytes", [3, 10])
def test_the_same_limit_for_all_of_us(tmp_path: Path, kilobytes: int) -> None:
    """With the limit on the command and the collector, too, the program ends as it would."""
    with place(tmp_path) as here:
        line = shlex.join(command(here.out, [str(PROGRAMS / "full.py")]))
        done = subprocess.run(
            ["bash", "-c", f"ulimit -f {kilobytes}; exec {line}"],
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            cwd=tmp_path,
            env=here.environment(),
            check=False,
        )
        here.assert_nothing_left()
        assert (done.stdout, done.stderr, done.returncode) == ("2666466670000\n328350 328350\n", "", 0)
        trace = run_folder.load(here.out)
    assert trace.processes["role"].tolist()[0] == "main"
    assert sum(trace.meta["losses"].values()) > 0


@pytest.mark.skipif(not hasattr(os, "setuid") or os.geteuid() != 0, reason="only root becomes another user")
def test_nobody_but_root_makes_a_journal_shorter(tmp_path: Path) -> None:
    """A journal is closed to writers by its mode: one that is made shorter would kill who has mapped it."""
    os.chown(tmp_path, 65534, 65534)
    os.chmod(tmp_path.parent, 0o711)
    pid = own_process.fork()
    if pid == 0:
        code = 1
        try:
            os.chdir(tmp_path)
            os.setuid(65534)
            journal = Journal("j", {"process": "1-a"})
            try:
                os.truncate(f"j.0{JOURNAL_SUFFIX}", 0)
            except PermissionError:
                journal.append(1, 2)
                code = 0
        finally:
            os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0
