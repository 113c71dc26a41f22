"""A library with hooks of its own: a copy of multiprocessing, made known by one line of the list."""

from __future__ import annotations

import multiprocessing
import re
import shutil
from pathlib import Path

import pytest

from tests.support.programs import REPOSITORY, Ended, run

RECORD = 'like_multiprocessing("fakeprocessing", "fake pool", "fake threads", tried=("1", "1"))'
PROGRAM = """
import sys
import threading
from fakeprocessing import get_context
from fakeprocessing.pool import ThreadPool

def square(n):
    return n * n

def fail(n):
    raise ValueError(n)

def main(method):
    context = get_context(method)
    with context.Pool(2) as pool:
        print(pool.map(square, range(6), chunksize=2))
        try:
            pool.apply(fail, (1,))
        except ValueError as error:
            print(repr(error), error.__cause__.__class__.__name__)
        print(pool.apply_async(square, (3,)).get())
        pool.close()
        pool.join()
    with ThreadPool(2) as threads:
        print(threads.map(square, range(4), chunksize=2))
    child = context.Process(target=square, args=(1,))
    child.start()
    child.join()
    queue = context.Queue()
    queue.put(1)
    print(queue.get(), child.exitcode)
    queue.close()
    queue.join_thread()

if __name__ == "__main__":
    main(sys.argv[1])
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with `fakeprocessing`, and with a `tracer` that knows it."""
    folder = tmp_path_factory.mktemp("library")
    fake = folder / "fakeprocessing"
    shutil.copytree(Path(multiprocessing.__file__).parent, fake, ignore=shutil.ignore_patterns("__pycache__"))
    for path in fake.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path == fake / "__init__.py":
            text = "__version__ = '1.0'\n" + text  # before its modules are loaded, which asks for it
        path.write_text(re.sub(r"(?<!\w)multiprocessing\b", "fakeprocessing", text), encoding="utf-8")
    shutil.copytree(REPOSITORY / "tracer", folder / "tracer", ignore=shutil.ignore_patterns("__pycache__"))
    libraries = folder / "tracer" / "instrument" / "libraries" / "__init__.py"
    text = libraries.read_text(encoding="utf-8")
    first = "ADAPTERS: list[Adapter] = ["
    changed = text.replace(first, f"{first}\n    {RECORD},")
    assert changed != text
    libraries.write_text(changed + "\n", encoding="utf-8")
    known = "from tracer.instrument.stdlib import like_multiprocessing\n"
    libraries.write_text(changed.replace("from tracer.", known + "from tracer.", 1), encoding="utf-8")
    (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
    return folder


def recorded(library: Path, folder: Path, method: str, traced: bool = True) -> Ended:
    """Run the program with the copied packages."""
    return run(
        folder, [str(library / "program.py"), method], traced=traced, whole=traced, PYTHONPATH=str(library)
    )


def test_a_copy_of_multiprocessing_is_recorded_by_the_same_hooks(
    library: Path, tmp_path: Path, method: str
) -> None:
    """Its pools' tasks have kinds of their own and every stamp, its processes and threads their roles."""
    plain = recorded(library, tmp_path / "plain", method, traced=False)
    ended = recorded(library, tmp_path / "traced", method)
    assert (ended.code, ended.stdout) == (plain.code, plain.stdout), ended.stderr
    assert plain.code == 0
    trace = ended.trace
    tasks = trace.tasks
    assert sorted(zip(tasks["kind"], tasks["function"], tasks["items"], tasks["status"], strict=True)) == [
        ("fake pool", "fail", 1, "error"),
        *[("fake pool", "square", 1, "ok")],
        *[("fake pool", "square", 2, "ok")] * 3,
        *[("fake threads", "square", 2, "ok")] * 2,
    ]
    piped = tasks[tasks["kind"] == "fake pool"]
    stamps = ["pickle_start", "sent", "lock_acquired", "received", "run_start", "result_sent", "delivered"]
    assert piped[stamps].notna().all(axis=None)
    roles = trace.processes["role"].value_counts().to_dict()
    assert (roles["main"], roles["worker"], roles["process"]) == (1, 2, 1)
    assert ("forkserver" in roles) == (method == "forkserver")
    assert trace.processes["exitcode"].dropna().eq(0).all()
    threads = set(trace.threads["role"])
    assert {"task_handler", "result_handler", "worker_handler", "worker", "queue_feeder"} <= threads
    assert "user" not in threads
    assert trace.meta["losses"] == {}
