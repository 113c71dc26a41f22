"""`pytest --tracer`: a trace of each test that starts something, and tests that see nothing of it."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import contract
from tests.support.pytest_runs import PytestFolder, pytest_in
from tracer import run_folder

SOURCE = """
import multiprocessing, os, subprocess, sys, threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

CONTEXT = multiprocessing.get_context("fork")

def square(number):
    return number * number

def test_nothing():
    assert square(3) == 9

def test_a_lock_alone():
    with CONTEXT.Lock():
        pass

def test_a_thread_alone():
    thread = threading.Thread(target=square, args=(3,))
    thread.start()
    thread.join()

@pytest.mark.parametrize("workers", [1, 2], ids=["one/../<b>", "two"])
def test_pool(workers):
    with CONTEXT.Pool(workers) as pool:
        assert pool.map(square, range(6), 1) == [0, 1, 4, 9, 16, 25]

def test_executor():
    with ThreadPoolExecutor(2) as executor:
        assert list(executor.map(square, range(3))) == [0, 1, 4]

@pytest.fixture
def pool():
    with CONTEXT.Pool(1) as pool:
        yield pool

def test_fixture(pool):
    assert pool.apply(square, (5,)) == 25

def test_process():
    queue = CONTEXT.Queue()
    process = CONTEXT.Process(target=queue.put, args=(3,))
    process.start()
    assert queue.get() == 3
    process.join()

def test_what_is_loaded():
    with CONTEXT.Pool(1) as pool:
        assert pool.apply(square, (2,)) == 4
    assert not {"numpy", "pandas", "matplotlib", "rich"} & set(sys.modules)

def test_what_is_replaced(monkeypatch):
    monkeypatch.setattr(subprocess.Popen, "__init__", None)
    monkeypatch.setattr(os, "fork", None)
    with ThreadPoolExecutor(1) as executor:
        assert executor.submit(square, 3).result() == 9
    assert (subprocess.Popen.__init__, os.fork) == (None, None)

def test_and_is_back():
    assert subprocess.run([sys.executable, "-c", ""]).returncode == 0
    child = os.fork()
    if child == 0:
        os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3

def test_that_fails():
    with CONTEXT.Pool(1) as pool:
        assert pool.apply(square, (5,)) == 26

def test_that_raises():
    with CONTEXT.Pool(0):
        pass
"""
TRACED = {
    "test_it-test_pool-one-..-b": 6,
    "test_it-test_pool-two": 6,
    "test_it-test_executor": 3,
    "test_it-test_fixture": 1,
    "test_it-test_process": 0,
    "test_it-test_what_is_loaded": 1,
    "test_it-test_what_is_replaced": 1,
    "test_it-test_that_fails": 1,
}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PytestFolder]:
    """The tests, in a folder of their own."""
    with pytest_in(tmp_path_factory.mktemp("pytest"), SOURCE) as found:
        yield found


@pytest.fixture(scope="module")
def traced(here: PytestFolder) -> tuple[int, str]:
    """How the tests end with `--tracer`."""
    return here.run("--tracer=out/t")


def folders(here: PytestFolder) -> list[Path]:
    """The runs' folders, but for that of the test that starts no pool, executor or `Process`."""
    return sorted(path for path in (here.folder / "out" / "t").iterdir() if "and_is_back" not in path.name)


def without_times(printed: str) -> str:
    """What pytest printed, but for what differs from run to run, and our part of the summary."""
    printed = re.sub(r"\n=+ tracer =+\n(?:.*\n)*?(?===)", "\n", printed)
    return re.sub(r" in [\d.]+s|0x[0-9a-f]+", "", printed)


def test_the_tests_see_nothing_of_it(here: PytestFolder, traced: tuple[int, str]) -> None:
    """The same outcomes, the same tracebacks, nothing more loaded or replaced: also where tests replace."""
    code, printed = here.run()
    assert (code, "2 failed, 11 passed" in printed) == (1, True), printed
    assert (traced[0], without_times(traced[1])) == (code, without_times(printed))


def test_each_test_that_starts_something_has_a_run(here: PytestFolder, traced: tuple[int, str]) -> None:
    """With the tasks that it ran, a figure, and tables that keep the contract; the others leave nothing."""
    assert [path.name for path in folders(here)] == sorted(TRACED), traced[1]
    for folder in folders(here):
        assert {path.name for path in folder.iterdir()} == {"trace", "gantt.png", "summary.json"}
        assert contract.breaches(folder / "trace") == []
        trace = run_folder.load(folder)
        assert len(trace.tasks) == TRACED[folder.name], folder.name
        assert trace.meta["command"].startswith("pytest test_it.py::test_")
        assert trace.meta["losses"] == {}


def test_the_summary_has_a_line_for_each(here: PytestFolder, traced: tuple[int, str]) -> None:
    """The test, its tasks and workers, and where its run is."""
    lines = [line for line in here.summary(traced[1]) if "and_is_back" not in line]
    assert len(lines) == len(TRACED), lines
    assert lines[1].startswith("test_it.py::test_pool[two]  6 tasks, 2 workers  ")
    assert lines[1].endswith("  out/t/test_it-test_pool-two")


def test_a_word_that_names_tests_is_no_folder(here: PytestFolder) -> None:
    """`pytest --tracer test_it.py` would write there, and run everything."""
    code, printed = here.run("--tracer", "test_it.py")
    assert (code, "test_it.py would be the folder of the traces: write --tracer=DIR" in printed) == (4, True)


@pytest.mark.thorough
def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    """What cannot be recorded is a line, and the tests pass."""
    with pytest_in(tmp_path, SOURCE) as here:
        kept = here.folder / "out" / "test_it-test_pool-two" / "mine.txt"
        kept.parent.mkdir(parents=True)
        kept.write_text("mine")
        code, printed = here.run("--tracer=out", "-k", "test_pool")
        assert (code, kept.read_text()) == (0, "mine")
        said = here.summary(printed)
        assert said[0].startswith("test_it.py::test_pool[one/../<b>]  6 tasks, 1 worker  ")
        assert "test_it-test_pool-two exists and holds files that tracer did not write" in said[1]


@pytest.mark.thorough
def test_a_folder_that_cannot_be_written_costs_nobody_a_test(tmp_path: Path) -> None:
    """A file stands where DIR should be."""
    with pytest_in(tmp_path, SOURCE) as here:
        (here.folder / "out").write_text("")
        code, printed = here.run("--tracer=out/t", "-k", "test_pool")
        assert (code, "2 passed" in printed) == (0, True)
        assert [line[:8] for line in here.summary(printed)] == ["tracer: "]


@pytest.mark.thorough
def test_tests_that_start_nothing_leave_nothing(tmp_path: Path) -> None:
    """Neither a folder nor a line; a lock or a thread is no start."""
    with pytest_in(tmp_path, SOURCE) as here:
        code, printed = here.run("--tracer=out", "-k", "nothing or lock or thread")
        assert (code, here.summary(printed)) == (0, [])
        assert "3 passed" in printed
        assert not (here.folder / "out").exists()


@pytest.mark.thorough
def test_the_second_run_takes_the_place_of_the_first(tmp_path: Path) -> None:
    """The folder of a test is its own from session to session."""
    with pytest_in(tmp_path, SOURCE) as here:
        for _ in range(2):
            code, _ = here.run("--tracer", "-k", "test_executor")
            assert code == 0
        found = list((here.folder / "outputs" / "pytest").iterdir())
        assert [path.name for path in found] == ["test_it-test_executor"]


STOPS = """
import multiprocessing, os, signal
def test_first():
    with multiprocessing.get_context("fork").Pool(1) as pool:
        pool.map(abs, range(3), 1)
        {how}
def test_second():
    raise SystemExit("never")
"""


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("how", "options", "code"),
    [
        ("os.kill(os.getpid(), signal.SIGINT)", (), 2),
        ("__import__('pytest').exit('enough', returncode=7)", (), 7),
        ("assert 0", ("-x",), 1),
    ],
)
def test_a_session_that_stops_early_has_what_it_recorded(
    tmp_path: Path, how: str, options: tuple[str, ...], code: int
) -> None:
    """Control-C, `pytest.exit` and -x end it as untraced; the test that they came in is there."""
    with pytest_in(tmp_path, STOPS.format(how=how)) as here:
        plain, _ = here.run(*options)
        found, printed = here.run("--tracer=out", *options)
        assert (plain, found) == (code, code), printed
        assert len(run_folder.load(here.folder / "out" / "test_it-test_first").tasks) == 3


@pytest.mark.thorough
def test_a_killed_session_leaves_the_journals_of_its_test(tmp_path: Path) -> None:
    """Which `tracer figure` draws, as of any run."""
    with pytest_in(tmp_path, STOPS.format(how="os.kill(os.getpid(), signal.SIGKILL)")) as here:
        code, _ = here.run("--tracer=out")
        assert code == -signal.SIGKILL
        (left,) = (here.folder / "out").iterdir()
        assert len(run_folder.load(left).tasks) == 3


@pytest.mark.thorough
def test_pytest_under_tracer_run_is_told_that_it_is_traced(tmp_path: Path) -> None:
    """One trace at a time, and no warning of a plugin that was loaded before pytest."""
    with pytest_in(tmp_path, SOURCE) as here:
        before = ("-m", "tracer", "run", "--quiet", "--out", "run", "-m")
        code, printed = here.run("--tracer=out", "-k", "test_pool", "-W", "error", before=before)
        assert (code, "2 passed" in printed) == (0, True), printed
        assert here.summary(printed) == [
            "tracer: --tracer is left aside: this process is being traced already"
        ]
        assert len(run_folder.load(here.folder / "run").tasks) == 12
