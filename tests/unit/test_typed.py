"""What a user's type checker makes of `tracer`: every public name is typed, as an installed package is."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

import tracer
from tests.support.programs import REPOSITORY

PROGRAM = """
import os
from concurrent.futures import Future
from pathlib import Path

import tracer


def square(x: int) -> int:
    with tracer.span("square"):
        return x * x


def main() -> None:
    with tracer.trace("outputs/typed", named_only=True, force=True) as t:
        with tracer.Pool(2) as pool:
            numbers: list[int] = pool.map(square, range(9))
        with tracer.ThreadPool(2) as threads:
            numbers += threads.map(square, range(9))
        with tracer.ProcessPoolExecutor(2) as executor, tracer.ThreadPoolExecutor(2) as others:
            one: Future[int] = executor.submit(square, 1)
            two: Future[int] = others.submit(square, 2)
            print(numbers, one.result() + two.result())
        process = tracer.Process(target=square, args=(1,))
        process.start()
        process.join()
        thread = tracer.Thread(target=square, args=(1,))
        thread.start()
        thread.join()
    files: list[Path] = t.save()
    print(files, t.out, t.gantt().get_size_inches())


def again(folder: "os.PathLike[str]") -> None:
    try:
        loaded: tracer.Trace = tracer.load(Path(folder))
    except tracer.TraceError as error:
        problem: tracer.TracerError = error
        print(problem, problem.exit_code)
        return
    wall: int | None = loaded.summary().wall_ns
    sentences: list[str] = [finding.what for finding in loaded.findings()]
    faster: float = loaded.what_if(workers=8).speedup
    print(len(loaded.tasks), wall, sentences, faster, loaded.core_use(), loaded.task_cores())
    print(loaded.critical_path(), loaded.functions(), loaded.measures(), loaded.account())
    print(loaded.meta["command"], loaded.gantt().get_size_inches())


if __name__ == "__main__":
    print(tracer.__version__.upper())
    main()
    again(Path("outputs/typed"))
"""


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_a_program_that_uses_every_public_name_is_typed(tmp_path: Path) -> None:
    """Under `mypy --strict`, with tracer as a package that is installed; a name that is none is an error."""
    unused = {name for name in tracer.__all__ if f"tracer.{name}" not in PROGRAM}
    assert unused == set()
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "wrong.py").write_text("import tracer\n\ntracer.no_such_name\ntracer.load(3)\n")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", "cache", "program.py", "wrong.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    lines = done.stdout.splitlines()
    assert [line for line in lines if not line.startswith("wrong.py:")][:-1] == [], done.stderr
    assert ['"no_such_name"' in line for line in lines[:1]] == [True]
    assert 'Argument 1 to "load" has incompatible type "int"' in lines[1]
