"""A real notebook: `%load_ext tracer`, `%%tracer`, values that show themselves, functions out of reach."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import contract
from tests.support.programs import place

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

DEFINE = """
import concurrent.futures, multiprocessing, time
def square(number):
    return number * number
"""
BEFORE = "import sys; ('matplotlib.pyplot' in sys.modules, 'tracer.notebook' in sys.modules)"
CELLS = [
    BEFORE,
    "%load_ext tracer",
    DEFINE,
    """%%tracer out/cell --as t
with multiprocessing.get_context("fork").Pool(2) as pool:
    found = pool.map(square, range(8))
sum(found)""",
    "t",
    "t.gantt()",
    "(len(t.tasks), set(t.tasks['function']))",
    "%%tracer out/wrong\nprint('before')\n1/0",
    "%%tracer out/wrong\nprint('again')\nimport tracer\ntracer.no_such_name",
    "%%tracer out/wrong\nawait something",
    "%%tracer --nonsense\n1",
    "import tracer; tracer.load('out/cell')",
    BEFORE,
]
EXECUTE = """
import json, os, sys
import nbclient, nbformat
cells = [nbformat.v4.new_code_cell(cell) for cell in json.load(sys.stdin)]
notebook = nbformat.v4.new_notebook(cells=cells)
nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", allow_errors=True).execute()
json.dump([cell.outputs for cell in notebook.cells], sys.stdout)
"""

Outputs = list[dict[str, Any]]


def execute(folder: Path, cells: list[str]) -> list[Outputs]:
    """Execute cells in a kernel of their own; return the outputs of each."""
    with place(folder) as here:
        here.limit = 400.0
        ipython = str(folder / "ipython")
        done = here.call(
            [sys.executable, "-c", EXECUTE],
            stdin=json.dumps(cells),
            IPYTHONDIR=ipython,
            JUPYTER_RUNTIME_DIR=str(folder / "runtime"),
        )
        assert done.returncode == 0, done.stderr[-3000:]
        outputs: list[Outputs] = json.loads(done.stdout)
        return outputs


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Outputs]]:
    """The folder of the notebook, and the outputs of its cells."""
    folder = tmp_path_factory.mktemp("notebook")
    return folder, dict(zip(CELLS, execute(folder, CELLS), strict=True))


def of(shown: tuple[Path, dict[str, Outputs]], beginning: str) -> Outputs:
    """The outputs of the cell that begins so."""
    return next(outputs for cell, outputs in shown[1].items() if cell.startswith(beginning))


def test_a_cell_shows_its_result_and_then_its_run(shown: Any) -> None:
    """The value of the last line as untraced, then the picture; the tables are in DIR, and whole."""
    value, run = of(shown, "%%tracer out/cell")
    assert value["data"]["text/plain"] == "140"
    assert set(run["data"]) == {"text/plain", "text/html", "image/png"}
    assert "2 workers ran" in run["data"]["text/plain"]
    assert contract.breaches(shown[0] / "out" / "cell" / "trace") == []


@pytest.mark.parametrize("cell", ["t", "import tracer; tracer.load"])
def test_a_trace_shows_itself(shown: Any, cell: str) -> None:
    """The block of a cell, and a trace that was loaded."""
    (out,) = shown[1][cell] if cell in shown[1] else of(shown, cell)
    assert out["output_type"] == "execute_result"
    assert set(out["data"]) == {"text/plain", "text/html", "image/png"}


def test_a_figure_shows_itself_without_pyplot(shown: Any) -> None:
    """Nothing but `t.gantt()`: neither pyplot nor %matplotlib inline."""
    (out,) = shown[1]["t.gantt()"]
    assert "image/png" in out["data"]


def test_the_variable_holds_the_trace(shown: Any) -> None:
    """`--as t`: its tables, where every task is of the notebook's function."""
    (out,) = of(shown, "(len(t.tasks)")
    assert out["data"]["text/plain"] == "(8, {'square'})"


def test_a_cell_that_fails_fails_as_it_does_alone(shown: Any) -> None:
    """One error, with the traceback of the cell alone; the run is shown all the same."""
    printed, error, run = of(shown, "%%tracer out/wrong\nprint('before')")
    assert printed["text"] == "before\n"
    assert (error["ename"], error["evalue"]) == ("ZeroDivisionError", "division by zero")
    assert not any("tracer" in line for line in error["traceback"])
    assert "image/png" in run["data"]
    again = of(shown, "%%tracer out/wrong\nprint('again')")
    assert [out.get("ename") for out in again] == [None, "AttributeError", None]


def test_what_the_magic_cannot_do_is_one_line(shown: Any) -> None:
    """A cell that awaits, and an option that there is not."""
    (out,) = of(shown, "%%tracer out/wrong\nawait")
    assert out["text"].startswith("UsageError: %%tracer: not for a cell that awaits")
    (out,) = of(shown, "%%tracer --nonsense")
    assert out["text"] == "UsageError: %%tracer: unrecognized arguments: --nonsense\n"


def test_nothing_is_loaded_that_is_not_asked_for(shown: Any) -> None:
    """pyplot stays out of the kernel, before and after."""
    assert shown[1][BEFORE][0]["data"]["text/plain"] == "(False, True)"  # of the last of the two cells


SPAWN = """%%tracer out/spawn
pool = multiprocessing.get_context("spawn").Pool(1)
waits = pool.map_async(square, range(3))
pool.terminate()
pool.join()
"""
FORKSERVER = """%%tracer out/forkserver
context = multiprocessing.get_context("forkserver")
with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as executor:
    try:
        list(executor.map(square, range(3)))
    except concurrent.futures.process.BrokenProcessPool:
        print("broken")
"""
LOKY = """%%tracer out/loky
import joblib
joblib.Parallel(n_jobs=2, backend="loky")(joblib.delayed(square)(number) for number in range(6))"""
THREADS = """%%tracer out/threads
multiprocessing.set_start_method("spawn", force=True)
with multiprocessing.pool.ThreadPool(2) as pool:
    pool.map(square, range(3))
multiprocessing.get_context("fork").Process(target=square, args=(3,)).start()
"""


@pytest.mark.thorough
def test_a_function_of_the_notebook_reaches_loky_s_workers(tmp_path: Path) -> None:
    """They are no forks either, and are handed the function itself: nothing is said."""
    pytest.importorskip("joblib")
    *_, outputs = execute(tmp_path, ["%load_ext tracer", DEFINE, LOKY])
    assert outputs[0]["data"]["text/plain"] == "[0, 1, 4, 9, 16, 25]"
    assert [out["output_type"] for out in outputs] == ["execute_result", "display_data"]


@pytest.mark.thorough
def test_a_function_that_is_out_of_reach_is_named_before_anything_hangs(tmp_path: Path) -> None:
    """Under spawn and forkserver, in one sentence, once a trace; not of threads, nor of a fork."""
    cells = ["%load_ext tracer", DEFINE, SPAWN, FORKSERVER, THREADS]
    *_, spawn, forkserver, threads = execute(tmp_path, cells)
    for outputs, method in ((spawn, "spawn"), (forkserver, "forkserver")):
        said = "".join(out["text"] for out in outputs if out["output_type"] == "stream")
        sentence = (
            f"tracer: square is defined in this session (__main__), where a process started by {method}"
        )
        assert said.count("tracer: ") == said.count(sentence) == 1
        assert said.startswith(sentence)
    assert any(out.get("text") == "broken\n" for out in forkserver)
    assert [out["output_type"] for out in threads] == ["display_data"]
