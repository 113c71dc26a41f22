"""The traced program behaves as before: what it sees, what it says, how it ends, what it sends."""

from __future__ import annotations

import pickle
import re
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.integration.conftest import METHODS
from tests.support.programs import PROGRAMS, Ended, Pair, command, place, run, run_both

PROGRAM = str(PROGRAMS / "manners.py")
# What fails, and words that it says (of main alone with exit codes: which code).
FAILURES = {
    **dict.fromkeys(("pool", "pool_imap", "pool_twice", "executor"), "RemoteTraceback"),
    "process": "ValueError: no 1",
    "process_exit": "the child says why",
}
ALONE = {
    "thread_pool": ("ValueError: no 1", 1),
    "thread_executor": ("ValueError: no 1", 1),
    "thread": ("Exception in thread failing", 0),
    "exit_words": ("main says why", 1),
    "exit_code": ("", 300 & 0xFF),
    "exit_at_once": ("", 9),
    "interrupt": ("KeyboardInterrupt", -2),
    "abort": ("", -6),
    "log": ("to stderr", 0),
    "left_thread": ("", 0),
}

KNOWN_IN_TIME = re.compile(
    r"concurrent\.futures\.process\._RemoteTraceback: \n'{3}\nProcess \d+ terminated abruptly .*'{3}\n\n"
    r"The above exception was the direct cause of the following exception:\n\n"
)
"""What an executor says since 3.15 if it knows by then how its worker ended; untraced, half the time."""


def said(ended: Ended) -> tuple[str, str]:
    """Return what a run printed, without what differs from run to run."""

    def normal(text: str) -> str:
        text = text.replace(str(ended.out.parent), "FOLDER")
        text = KNOWN_IN_TIME.sub("", text)
        return re.sub(r"0x[0-9a-f]{6,}", "0xADDRESS", text)

    return normal(ended.stdout), normal(ended.stderr)


def assert_same(pair: Pair) -> None:
    """Compare output and exit code, the latter as a shell sees it."""
    assert said(pair.traced) == said(pair.plain)
    plain = pair.plain.code
    assert pair.traced.code == (plain if plain >= 0 else 128 - plain)


@pytest.mark.parametrize("method", METHODS)
def test_a_program_sees_of_itself_what_it_saw_before(tmp_path: Path, method: str) -> None:
    """argv, path, environment, `__main__`, flags, hooks, threads, signals, names are as untraced."""
    pair = run_both(tmp_path, [PROGRAM, "sights", method])
    assert pair.plain.code == 0
    assert_same(pair)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("failure", FAILURES)
def test_failures_in_children_look_as_before(tmp_path: Path, failure: str, method: str) -> None:
    """Remote and local tracebacks, messages and exit codes are those of the plain program, byte for byte."""
    pair = run_both(tmp_path, [PROGRAM, failure, method])
    assert FAILURES[failure] in pair.plain.stderr
    assert_same(pair)


@pytest.mark.parametrize("failure", ALONE)
def test_failures_of_main_look_as_before(tmp_path: Path, failure: str) -> None:
    """What main and its threads say and how they end is that of the plain program, byte for byte."""
    pair = run_both(tmp_path, [PROGRAM, failure, METHODS[0]])
    words, code = ALONE[failure]
    assert words in pair.plain.stderr
    assert pair.plain.code == code
    assert_same(pair)


def test_options_of_python_reach_the_program(tmp_path: Path) -> None:
    """Options that were given to the tracer's Python are the program's."""
    pair = run_both(tmp_path, [PROGRAM, "sights", "spawn"], flags=("-O", "-Wignore", "-X", "dev"))
    assert_same(pair)


def test_options_that_keep_the_tracer_out_are_refused(tmp_path: Path) -> None:
    """With -E or -I the program would run untraced: the command says so in one line, and leaves nothing."""
    own = ["-E", "-m", "tracer", "run", "--out", str(tmp_path / "out")]
    words = [sys.executable, *own, PROGRAM, "exit_code", "fork"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("tracer: Python's options -E and -I")
    assert done.stderr.count("\n") == 1
    assert not list((tmp_path / "out").iterdir())


def test_a_module_is_run_as_python_runs_it(tmp_path: Path) -> None:
    """`-m package.module` sees what it sees untraced, `__spec__` and `sys.path` included."""
    sights = []
    for name in ("plain", "traced"):
        package = tmp_path / name / "package"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(Path(PROGRAM).read_text())
        words = ["-m", "package", "sights", "fork"]
        sights.append(run(tmp_path / name, words, traced=name == "traced"))
    assert_same(Pair(*sights))


def test_descriptors_that_were_handed_on_reach_the_program(tmp_path: Path) -> None:
    """A shell's `<(…)` can be read; a program that closes all descriptors keeps what it opens then (3.13)."""
    script = tmp_path / "script.py"
    script.write_text(
        "import multiprocessing, os, sys\n"
        "print(open(sys.argv[1]).read())\n"
        "os.closerange(3, 500)\n"
        "files = [open(os.devnull) for _ in range(20 if sys.version_info >= (3, 13) else 0)]\n"
        "process = multiprocessing.get_context('fork').Process(target=lambda: [f.read() for f in files])\n"
        "process.start()\n"
        "process.join()\n"
        "import atexit\n"
        "atexit._run_exitfuncs()\n"
        "print(process.exitcode, [f.read() for f in files])\n"
    )
    found = []
    for name in ("plain", "traced"):
        with place(tmp_path / name) as here:
            words = [sys.executable, str(script)]
            if name == "traced":
                words = command(here.out, [str(script)])
            done = here.call(["bash", "-c", f"{shlex.join(words)} <(echo handed on)"])
            found.append((done.returncode, done.stdout, done.stderr))
    many = 20 if sys.version_info >= (3, 13) else 0
    assert found[0][:2] == (0, f"handed on\n\n0 {[''] * many}\n")
    assert found[1] == found[0]


def test_a_sitecustomize_of_the_users_own_is_run(tmp_path: Path) -> None:
    """The user's sitecustomize runs once, and PYTHONPATH is as it was, in the program and its children."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import sys\nprint('custom', file=sys.stderr)\n")
    sights = []
    for name in ("plain", "traced"):
        words = [PROGRAM, "sights", "spawn"]
        ended = run(tmp_path / name, words, traced=name == "traced", PYTHONPATH=str(site))
        sights.append(ended)
    assert sights[0].stderr.count("custom") > 1
    plain, traced = (said(one) for one in sights)
    assert traced[0] == plain[0]
    # The command's own interpreter is one more, and the collector takes none.
    assert traced[1].count("custom") == plain[1].count("custom") + 1


@pytest.mark.parametrize(
    "script", ["def f(:\n", "import nowhere_to_be_found\n", "raise SystemExit\n", "1/0\n"]
)
def test_a_broken_script_says_what_it_said(tmp_path: Path, script: str) -> None:
    """A script that cannot be compiled, imported or run says so as untraced."""
    path = tmp_path / "script.py"
    path.write_text(script)
    assert_same(run_both(tmp_path, [str(path)]))


@pytest.mark.parametrize("method", METHODS)
def test_bytes_on_the_wire_are_the_same(tmp_path: Path, method: str) -> None:
    """The same messages, byte for byte, are written to pipes as untraced, by every process."""
    frames = []
    for name in ("plain", "traced"):
        folder = tmp_path / name
        ended = run(folder, [str(PROGRAMS / "wire.py"), str(folder), method], traced=name == "traced")
        assert (ended.code, ended.stderr) == (0, "")
        frames.append(Counter((folder / "wire").read_text().splitlines()))
    assert sum(frames[0].values()) > 40
    different = (frames[0] - frames[1]) + (frames[1] - frames[0])
    assert not [frame for frame in different if not varies(bytes.fromhex(frame))]


def varies(frame: bytes) -> bool:
    """Tell what differs between plain runs too: wake-ups, names of semaphores, the PID of one who leaves."""
    if len(frame) == 8:  # the PID of a child of the forkserver
        return True
    if frame == bytes(4) or b"REGISTER" in frame:  # plain words before 3.15, JSON since
        return True
    if b"#CHALLENGE#" in frame or b"{sha256}" in frame:  # who may speak to the forkserver, since 3.14
        return True
    if len(frame) == 32 and frame[:4] != (28).to_bytes(4, "big"):  # its key, which has no length before it
        return True
    try:
        return isinstance(pickle.loads(frame[4:]), int)
    except Exception:
        return False
