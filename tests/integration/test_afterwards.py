"""After the program's end: its exit code is handed on whatever fails, and what can be done is done."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.test_full_disk import small_disk  # noqa: F401
from tests.support.programs import REPOSITORY, place
from tracer import run_folder

BROKEN = str(REPOSITORY / "tests" / "support" / "broken.py")
PROGRAM = """from multiprocessing import get_context
get_context("fork").Process(target=print).start()
raise SystemExit({code})
"""
FIGURES = {"gantt.png", "gantt.svg", "gantt.pdf"}
ALL = {"trace", "summary.json", "report.html", *FIGURES}
GANTT = "tracer.figures.gantt.gantt:draw"
PDF = "matplotlib.backends.backend_pdf:FigureCanvasPdf"
AGAIN = "`python -m tracer figure out` draws it again"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a program that ends with 3, and one that ends well."""
    (tmp_path / "three.py").write_text(PROGRAM.format(code=3))
    (tmp_path / "well.py").write_text(PROGRAM.format(code=0))
    return tmp_path


def shell(folder: Path, words: list[str], before: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command in a shell, after `before`; assert that nothing of it is left."""
    with place(folder) as here:
        line = f"{before}\nexec {shlex.join([sys.executable, *words])}"
        return here.call(["bash", "-c", line])


def traced(script: str, *options: str) -> list[str]:
    """Return the words of a command that traces a script."""
    return ["-m", "tracer", "run", *(options or ("--quiet",)), "--out", "out", script]


def names(folder: Path) -> set[str]:
    """Return what a run left in its folder."""
    return {path.name for path in (folder / "out").iterdir()}


CASES = [
    ("tracer.tables.assemble:assemble", "ValueError", "trace", {"journals"}),
    ("tracer.tables.assemble:assemble", "MemoryError", "trace", {"journals"}),
    ("tracer.tables.assemble:assemble", "segv", "trace", {"journals"}),
    ("tracer.tables.store:save", "ZeroDivisionError", "tables", ALL - {"trace"} | {"journals"}),
    ("tracer.analysis:summarize", "RecursionError", "summary.json", {"trace", "report.html", *FIGURES}),
    ("tracer.views:Views.write_summary", "ValueError", "summary.json", {"trace", "report.html", *FIGURES}),
    ("tracer.analysis.findings:headline", "KeyError", "finding", ALL),
    ("tracer.analysis.findings:headline", "exit", "finding", {"trace", "summary.json", "report.html"}),
    (GANTT, "IndexError", "figure", {"trace", "summary.json", "report.html"}),
    (GANTT, "SystemExit", "figure", {"trace", "summary.json", "report.html"}),
    (GANTT, "segv", "figure", {"trace", "summary.json", "report.html"}),
    ("tracer.figures.page.files:_svg", "RuntimeError", "gantt.svg", ALL - {"gantt.svg"}),
    ("tracer.figures.page.files:_svg", "segv", "gantt.svg", ALL - {"gantt.svg"}),
    (f"{PDF}.print_pdf", "RuntimeError", "gantt.pdf", ALL - {"gantt.pdf"}),
    (f"{PDF}.print_pdf", "exit", "gantt.pdf", ALL - {"gantt.pdf"}),
]  # fmt: skip


@pytest.mark.parametrize(("where", "way", "step", "left"), CASES)
def test_a_step_that_fails_costs_itself(
    folder: Path, where: str, way: str, step: str, left: set[str]
) -> None:
    """One line names it and how to do it again; all else is there, and the exit code is the program's."""
    done = shell(folder, [BROKEN, where, way, *traced("three.py")[2:]])
    assert done.returncode == 3
    assert done.stdout == "\n"
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"tracer: {step}")
    assert line.endswith(AGAIN)
    assert names(folder) == left
    assert run_folder.load(folder / "out").processes["role"].tolist().count("process") == 1


def test_a_traceback_is_shown_where_it_is_asked_for(folder: Path) -> None:
    """With --debug, and the line as well."""
    done = shell(folder, [BROKEN, GANTT, "IndexError", *traced("well.py", "--quiet", "--debug")[2:]])
    assert done.returncode == 0
    assert "in fail" in done.stderr
    assert "IndexError: on purpose" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("tracer: figure: internal error (IndexError: on purpose)")


def test_the_numbers_are_told_though_no_figure_is_drawn(folder: Path) -> None:
    """The summary comes before the figures, on the terminal, too."""
    done = shell(folder, [BROKEN, GANTT, "segv", *traced("well.py", "--force")[2:]])
    assert done.returncode == 0
    assert "wall time" in done.stderr
    assert "out/summary.json" in done.stderr
    assert ", .svg" not in done.stderr


@pytest.mark.parametrize("command", ["figure", "diagnose", "compare", "whatif"])
def test_a_bug_in_another_command_is_one_line(folder: Path, command: str) -> None:
    """It says that it is one, and --debug shows where."""
    assert shell(folder, traced("well.py")).returncode == 0
    more = {"compare": ["out"], "whatif": ["--workers", "2"]}.get(command, [])
    words = [BROKEN, "tracer.run_folder:load", "ValueError", command, "out", *more]
    done = shell(folder, words)
    said = f"tracer: {command}: internal error (ValueError: on purpose); --debug shows where"
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1
    debugged = shell(folder, [*words, "--debug"])
    assert debugged.returncode == 1
    assert "Traceback" in debugged.stderr
    assert said in debugged.stderr


def test_a_full_disk_at_the_end_is_one_line(small_disk: Path, folder: Path) -> None:  # noqa: F811
    """The journals are kept and can be drawn elsewhere; the program's exit code is handed on."""
    (small_disk / "out").mkdir()
    (folder / "out").symlink_to(small_disk / "out")
    script = folder / "fills.py"
    script.write_text(
        "import os\n"
        f"{PROGRAM.format(code=3).partition('raise')[0]}"
        f"file = open({str(small_disk / 'filler')!r}, 'wb', buffering=0)\n"
        "try:\n    while True: file.write(bytes(4096))\nexcept OSError: pass\n"
        "os._exit(3)\n"
    )
    done = shell(folder, traced("fills.py"))
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        "tracer: tables, summary.json, gantt.png, gantt.svg, gantt.pdf, report.html: No space left"
    )
    assert line.endswith(f"the journals are kept, {AGAIN}")
    drawn = shell(folder, ["-m", "tracer", "figure", "out", "--out", "elsewhere", "--format", "png"])
    assert drawn.returncode == 0
    assert (folder / "elsewhere" / "gantt.png").stat().st_size > 5000


@pytest.mark.parametrize("kilobytes", [10, 60])  # tables take 8 each, a PNG about 100
def test_a_limit_on_files_is_one_line_each(folder: Path, kilobytes: int) -> None:
    """`ulimit -f`: what fits is written."""
    done = shell(folder, traced("three.py"), f"ulimit -f {kilobytes}")
    assert done.returncode == 3
    lines = done.stderr.splitlines()
    assert lines
    assert all(line.startswith("tracer: ") and "File too large" in line for line in lines)
    assert (kilobytes == 10) == ("trace" not in names(folder))


def test_a_limit_that_can_be_raised_is_the_programs_alone(folder: Path) -> None:
    """A soft limit holds for the program; ours is as high as it may be."""
    (folder / "limit.py").write_text("import resource\nprint(resource.getrlimit(resource.RLIMIT_FSIZE)[0])\n")
    done = shell(folder, traced("limit.py"), "ulimit -S -f 10")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{10 * 1024}\n", "")
    assert names(folder) == ALL


@pytest.mark.parametrize("megabytes", [200, 230, 300, 350, 400, 450])
@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited like this on Linux")
def test_a_limit_on_memory_costs_steps(folder: Path, megabytes: int) -> None:
    """Whatever libraries do without memory (raise, segfault, exit, wait), the exit code comes through."""
    done = shell(folder, traced("three.py"), f"ulimit -v {megabytes * 1000}")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert all(line.startswith("tracer: ") for line in done.stderr.splitlines())


def test_a_parent_that_ignores_its_children_gets_the_exit_code(folder: Path) -> None:
    """With SIGCHLD ignored no exit code is told, unless one asks for it; the program has it as it was."""
    (folder / "child.py").write_text(
        "import signal, sys\nsys.exit(5 if signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN else 1)\n"
    )
    assert shell(folder, traced("child.py"), "trap '' CHLD").returncode == 5


def test_control_c_while_drawing_is_the_users(folder: Path) -> None:
    """The command dies of it and says how to go on; no process of ours is left."""
    code = (
        "import os, signal, time\n"
        "from tracer.figures.gantt import gantt\n"
        "def wait(*_, **__):\n"
        "    os.kill(os.getppid(), signal.SIGINT)\n"
        "    time.sleep(60)\n"
        "gantt.draw = wait\n"
        "import sys\n"
        "sys.argv[1:] = ['run', '--quiet', '--out', 'out', 'well.py']\n"
        "from tracer.__main__ import main\n"
        "main()\n"
    )
    (folder / "command.py").write_text(code)
    done = shell(folder, ["command.py"])
    assert done.returncode == -signal.SIGINT
    assert done.stderr == f"tracer: interrupted while drawing: {AGAIN}\n"
    assert names(folder) == {"trace", "summary.json"}
