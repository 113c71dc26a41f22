"""A program's own modules that bear names of the standard library: no business of ours, in any process."""

from __future__ import annotations

import collections
import os
import sys
from pathlib import Path

import pytest

from tests.support.programs import Ended, Pair, run, run_both

# Notes that it is imported, and is then what it stands for.
NOTING = """\
import os
with open(os.environ["SEEN"], "a") as file:
    file.write(__name__ + "\\n")
home = os.path.dirname(os.__file__)
for real in (f"{home}/{__name__}/__init__.py", f"{home}/{__name__}.py"):
    if os.path.exists(real):
        if real.endswith("/__init__.py"):
            __path__, __package__ = [os.path.dirname(real)], __name__
        with open(real) as file:
            text = file.read()
        exec(compile(text, real, "exec"))
        break
else:
    import sys
    from importlib._bootstrap import _load
    from importlib.machinery import PathFinder
    real = _load(PathFinder.find_spec(__name__, [home, home + "/lib-dynload"]))
    real.__file__ = __file__
    sys.modules[__name__] = real
"""
RAISING = """\
print(__name__, "is imported")
raise RuntimeError(__name__)
"""
PROGRAM = """\
import multiprocessing, os, sys
from concurrent.futures import ProcessPoolExecutor

def square(number):
    return number * number

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(1) as pool:  # one: of several, some may be ended in their start-up
        print(sum(pool.map(square, range(20), chunksize=1)))
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        print(sum(executor.map(square, range(20))))
    for name in sys.argv[2:]:
        module = __import__(name)
        print(name, os.path.basename(os.path.dirname(module.__file__)))
    known = "ctypes json mmap struct threading".split()
    print(sorted(name for name in known if name in sys.modules))
"""
NEEDED = [
    *("struct", "signal", "select", "socket", "tempfile", "selectors", "threading", "queue", "pickle"),
    *("weakref", "types"),
]
"""What the stock pools import, some of it."""
OTHERS = [
    *("json", "mmap", "ctypes", "hmac", "hashlib", "random", "platform", "logging", "dataclasses"),
    *("typing", "contextlib"),
]
UNUSED = ["mmap", "ctypes", "hmac", "platform", "uuid"]
if sys.version_info < (3, 14):  # since, multiprocessing itself needs them
    UNUSED += ["json", "dataclasses"]


def run_beside(folder: Path, names: list[str], text: str, *arguments: str) -> Pair:
    """Run the program in a folder with such modules, plain and traced."""
    here = folder / "program"
    here.mkdir()
    for name in names:
        (here / f"{name}.py").write_text(text)
    (here / "program.py").write_text(PROGRAM)
    words = [str(here / "program.py"), *arguments]
    return run_both(folder, words)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_what_a_module_does_is_done_no_more_often(tmp_path: Path, method: str) -> None:
    """Each is imported by the program where it is untraced, never more often, and never in its place ours."""
    here = tmp_path / "program"
    here.mkdir()
    for name in [*NEEDED, *OTHERS]:
        (here / f"{name}.py").write_text(NOTING)
    (here / "program.py").write_text(PROGRAM)
    counts, ends = [], []
    for traced in (False, True):
        seen = tmp_path / f"seen-{traced}"
        seen.touch()
        words = [str(here / "program.py"), method, "json", "mmap", "struct", "hmac"]
        ends.append(run(tmp_path / str(traced), words, traced=traced, SEEN=str(seen)))
        counts.append(collections.Counter(seen.read_text().split()))
    plain, traced_end = ends
    assert (traced_end.code, traced_end.stdout, traced_end.stderr) == (plain.code, plain.stdout, plain.stderr)
    assert plain.code == 0
    assert counts[0]["json"] == counts[0]["mmap"] == 1  # the test sees what it is about
    assert counts[0]["struct"] >= 1
    assert counts[1] == counts[0]
    assert_whole(traced_end)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_modules_that_nobody_needs_may_raise(tmp_path: Path, method: str) -> None:
    """What the program does not import, nobody does: it could print and raise in every process."""
    pair = run_beside(tmp_path, UNUSED, RAISING, method)
    assert (pair.plain.code, pair.plain.stderr) == (0, "")
    assert (pair.traced.code, pair.traced.stdout, pair.traced.stderr) == (0, pair.plain.stdout, "")
    assert_whole(pair.traced)


@pytest.mark.parametrize("name", ["struct", "threading", "signal"])
def test_a_module_that_breaks_the_program_breaks_it_as_untraced(tmp_path: Path, name: str) -> None:
    """A program that fails because of such a module fails with the same output and traceback."""
    pair = run_beside(tmp_path, [name], RAISING, "fork")
    assert pair.plain.code == 1
    assert f"RuntimeError: {name}" in pair.plain.stderr
    assert (pair.traced.code, pair.traced.stdout) == (1, pair.plain.stdout)
    assert pair.traced.stderr == pair.plain.stderr


def test_an_empty_pythonpath_stays_one(tmp_path: Path) -> None:
    """`PYTHONPATH=` puts no folder on the program's path, and the program finds the variable as it was."""
    script = tmp_path / "program.py"
    script.write_text(
        "import os, sys\nprint(sys.path, os.environ.get('PYTHONPATH'))\n"
        "import subprocess\n"
        "print(subprocess.check_output([sys.executable, '-c', 'import sys; print(sys.path)']).decode())\n"
    )
    for value in ("", f"{os.pathsep}/nowhere", f"/nowhere{os.pathsep}"):
        folder = tmp_path / f"p{len(value)}"
        pair = run_both(folder, [str(script)], PYTHONPATH=value)
        plain, traced = (
            one.stdout.replace(f"{folder}/{name}", "HERE")
            for one, name in ((pair.plain, "plain"), (pair.traced, "traced"))
        )
        assert traced == plain
        assert pair.traced.stderr == ""


def assert_whole(ended: Ended) -> None:
    """All that the program did is in the trace, and nothing was lost."""
    tasks = ended.tasks("square")
    assert tasks["status"].tolist() == ["ok"] * 40
    assert ended.trace.meta["losses"] == {}
    assert ended.breaches == []
