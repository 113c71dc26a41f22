"""Programs that a traced one starts, or becomes: a Python among them joins the trace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import METHODS
from tests.support.programs import PROGRAMS, Ended, place, run, run_both, started, until

PROGRAM = str(PROGRAMS / "joins.py")
TASKS = 10
"""Of each pool."""


def processes(ended: Ended, role: str) -> Any:
    """Return the rows of the processes with a role."""
    frame = ended.trace.processes
    return frame[frame["role"] == role]


def tasks_of_pools(ended: Ended) -> list[int]:
    """Return how many tasks each pool has."""
    return sorted(ended.trace.tasks.groupby("pool").size().tolist())


@pytest.mark.parametrize("method", METHODS)
def test_a_python_in_a_subprocess_joins(tmp_path: Path, method: str) -> None:
    """Two Pythons with a pool each are processes of the trace, with all their tasks, under each method."""
    pair = run_both(tmp_path, [PROGRAM, "popen", method])
    assert sorted(pair.traced.stdout.splitlines()) == sorted(pair.plain.stdout.splitlines())
    assert pair.traced.stderr == pair.plain.stderr
    joined = processes(pair.traced, "subprocess")
    assert joined["name"].tolist() == ["joins.py", "joins.py"]
    assert joined["exitcode"].tolist() == [0, 0]
    for column in ("start_called", "forked", "started", "exited"):
        assert joined[column].notna().all(), column
    main = int(processes(pair.traced, "main")["pid"].iloc[0])
    assert joined["ppid"].tolist() == [main, main]
    assert tasks_of_pools(pair.traced) == [TASKS, TASKS]
    owners = {int(pid) for pid in processes(pair.traced, "worker")["ppid"]}
    if method == "fork":
        assert owners == set(joined["pid"])
    assert pair.traced.trace.meta["losses"] == {}
    assert pair.traced.breaches == []


def test_every_way_to_start_a_program_is_followed(tmp_path: Path) -> None:
    """By `subprocess` in its forms, through a shell, by `os.system`, spawn* and posix_spawn: 8 pools."""
    pair = run_both(tmp_path, [PROGRAM, "ways"])
    assert pair.traced.stdout == pair.plain.stdout
    assert pair.traced.stderr == pair.plain.stderr
    assert tasks_of_pools(pair.traced) == [TASKS] * 8
    joined = processes(pair.traced, "subprocess")
    assert (joined["name"] == "joins.py").sum() == 8
    assert not joined["pid"].duplicated().any()
    assert pair.traced.trace.meta["losses"] == {}
    assert pair.traced.breaches == []


def test_a_python_without_our_environment_is_seen_from_outside(tmp_path: Path) -> None:
    """One whose environment was cleared, and one that reads none (-I), are processes without tasks."""
    pair = run_both(tmp_path, [PROGRAM, "cleared"])
    assert pair.traced.stdout == pair.plain.stdout
    assert pair.traced.stderr == pair.plain.stderr
    assert len(pair.traced.trace.tasks) == 0
    apart = processes(pair.traced, "subprocess")
    known = apart[apart["start_called"].notna()]
    assert known["exitcode"].tolist() == [0, 0]
    assert pair.traced.trace.meta["losses"] == {}
    assert pair.traced.breaches == []


def test_what_is_started_sees_the_environment_that_it_would(tmp_path: Path) -> None:
    """No variable and no entry of a path of ours, whatever PYTHONPATH the program gives, and in itself."""
    pair = run_both(tmp_path, [PROGRAM, "sighted"])
    assert pair.traced.stdout == pair.plain.stdout
    assert pair.traced.stderr == pair.plain.stderr


def test_what_cannot_be_started_says_so_as_before(tmp_path: Path) -> None:
    """The same exceptions and tracebacks, and the trace goes on."""
    pair = run_both(tmp_path, [PROGRAM, "failing"])
    assert pair.traced.stdout == pair.plain.stdout
    assert pair.traced.stderr == pair.plain.stderr
    assert pair.traced.stderr.count("Traceback") >= 6
    assert tasks_of_pools(pair.traced) == [TASKS]
    assert pair.traced.breaches == []


def test_a_main_that_execs_itself_goes_on_as_itself(tmp_path: Path) -> None:
    """Both programs' pools belong to one main process, which ends with the second's exit code."""
    pair = run_both(tmp_path, [PROGRAM, "become"])
    assert (pair.traced.stdout, pair.traced.code) == (pair.plain.stdout, pair.plain.code)
    assert tasks_of_pools(pair.traced) == [TASKS, TASKS]
    mains = processes(pair.traced, "main")
    assert len(mains) == 1
    assert (processes(pair.traced, "worker")["ppid"] == mains["pid"].iloc[0]).all()
    threads = pair.traced.trace.threads
    assert (threads["process"] == mains["process"].iloc[0]).sum() >= 1
    assert len(threads[(threads["role"] == "main") & (threads["process"] == 0)]) == 1
    assert pair.traced.trace.meta["losses"] == {}
    assert pair.traced.breaches == []


def test_a_main_that_becomes_another_program_ends_with_it(tmp_path: Path) -> None:
    """The trace lasts until the other program's end; main's time on cores is its own, not all of it."""
    ended = run(tmp_path, [PROGRAM, "become_other"], stdin="go\n")
    assert ended.code == 7
    assert tasks_of_pools(ended) == [TASKS]
    main = processes(ended, "main").iloc[0]
    assert main["exitcode"] == 7
    slices = ended.trace.slices
    if ended.trace.meta["core_source"] == "kernel":
        own = slices[slices["process"] == main["process"]]
        assert (own["end"] - own["start"]).sum() < main["exited"] - main["started"]
        assert not (own["reason"] == "running").any()
    assert ended.trace.meta["losses"] == {}
    assert ended.breaches == []


@pytest.mark.parametrize("cores", ["auto", "stamps"])
def test_children_that_the_program_forks_are_processes(tmp_path: Path, cores: str) -> None:
    """Each has a name and a life from its fork to its end, by `sys.exit` as by `os._exit`."""
    pair = run_both(tmp_path, [PROGRAM, "prefork"])
    assert pair.traced.stdout == pair.plain.stdout == "[0, 1, 2]\n"
    ended = run(tmp_path / "again", [PROGRAM, "prefork"], options=(f"--cores={cores}",))
    forked = processes(ended, "process").sort_values("name")
    assert forked["name"].tolist() == ["fork-1", "fork-2", "fork-3"]
    assert forked["start_method"].tolist() == ["fork"] * 3
    for column in ("started", "target_start", "target_end", "exited"):
        assert forked[column].notna().all(), column
    assert forked["exitcode"].tolist() == [0, 1, 2]
    assert ended.breaches == []


OUTLIVES = """
import os, subprocess, sys
code = '''
import os, sys, threading
while os.path.exists(sys.argv[1] + ".wait"):
    threading.Event().wait(0.01)
thread = threading.Thread(target=int)
thread.start()
thread.join()
from multiprocessing import get_context
with get_context("fork").Pool(1) as pool:
    pool.map(abs, range(3))
open(sys.argv[1] + ".done", "w").write("fine")
'''
me = os.path.abspath(sys.argv[1])
open(me + ".wait", "w").close()
with open(me + ".err", "wb") as errors:
    subprocess.Popen([sys.executable, "-c", code, me], stdout=errors, stderr=errors, start_new_session=True)
"""


def test_a_child_that_outlives_the_trace_is_as_untraced(tmp_path: Path) -> None:
    """The command does not wait for it; it says nothing, fails at nothing and leaves no file in the run."""
    script = tmp_path / "script.py"
    script.write_text(OUTLIVES)
    mark = tmp_path / "mark"
    with started(tmp_path / "run", [str(script), str(mark)], whole=True) as running:
        ended = running.wait()
        assert ended.code == 0, ended.stderr
        before = sorted(path.name for path in ended.out.rglob("*"))
        assert "journals" not in before
        mark.with_suffix(".wait").unlink()
        until(lambda: mark.with_suffix(".done").exists(), what="the child's end")
        running.place.assert_nothing_left()
    assert mark.with_suffix(".err").read_text() == ""
    assert sorted(path.name for path in ended.out.rglob("*")) == before


@pytest.mark.thorough
def test_a_tracer_in_a_subprocess_has_its_own_trace(tmp_path: Path) -> None:
    """`python -m tracer run` within a traced program: its pool is in its own trace, and not in both."""
    inner = tmp_path / "inner"
    script = tmp_path / "script.py"
    command = ["-m", "tracer", "run", "--quiet", "--out", str(inner), PROGRAM, "pool", "fork"]
    script.write_text(f"import subprocess, sys\nprint(subprocess.call([sys.executable, *{command!r}]))\n")
    ended = run(tmp_path / "outer", [str(script)], limit=120)
    assert ended.stdout == "90\n0\n"
    assert len(ended.trace.tasks) == 0
    assert ended.breaches == []
    own = Ended(inner, 0, "", "")
    assert tasks_of_pools(own) == [TASKS]
    assert own.breaches == []


OLD = sorted(Path("/root/.pyenv/versions").glob("*/bin/python"))


@pytest.mark.thorough
@pytest.mark.parametrize("python", OLD, ids=lambda path: path.parts[-3])
def test_a_python_of_any_age_runs_as_before(tmp_path: Path, python: Path) -> None:
    """One that cannot load tracer takes our variables away and says nothing; a newer one joins."""
    code = (
        "import os, sys; print([e for e in [*sys.path, *os.environ] if 'tracer' in e or e[:7] == '_TRACER'])"
    )
    script = tmp_path / "script.py"
    script.write_text(f"import subprocess\nprint(subprocess.call([{str(python)!r}, '-c', {code!r}]))\n")
    pair = run_both(tmp_path, [str(script)])
    assert (pair.traced.stdout, pair.traced.stderr) == (pair.plain.stdout, pair.plain.stderr)
    new = tuple(map(int, python.parts[-3].split(".")[:2])) >= (3, 11)
    assert processes(pair.traced, "subprocess")["started"].notna().tolist() == [new]


BLOCK = """
import subprocess, sys, tracer
with tracer.trace(sys.argv[1]) as t:
    subprocess.call([sys.executable, sys.argv[2], "pool", "fork"])
print(len(t.tasks), sorted(t.processes["role"]), flush=True)
subprocess.call([sys.executable, sys.argv[2], "pool", "fork"])
"""


def test_a_block_is_joined_too(tmp_path: Path) -> None:
    """What is started in a `tracer.trace()` block joins its trace; what is started after it joins none."""
    script = tmp_path / "script.py"
    script.write_text(BLOCK)
    out = tmp_path / "out"
    ended = run(tmp_path / "run", [str(script), str(out), PROGRAM], traced=False)
    assert ended.stderr == ""
    roles = ["main", "subprocess", "tracer", "worker", "worker"]
    assert ended.stdout == f"90\n{TASKS} {roles}\n90\n"
    assert Ended(out, 0, "", "").breaches == []


NESTED = """
import sys, tracer
from multiprocessing import get_context
def work(count):
    with get_context("fork").Pool(2) as pool:
        pool.map(abs, range(count), chunksize=1)
if __name__ == "__main__":
    work(3)
    with tracer.trace(sys.argv[1]) as t:
        assert not hasattr(t, "tasks")
        work(5)
    work(7)
    print(len(t.tasks), t.tasks["status"].unique().tolist(), t.meta["losses"])
    if len(sys.argv) > 2:
        print(len(t.save(sys.argv[2])))
"""


def test_a_block_in_a_traced_program_is_a_span_and_a_view(tmp_path: Path) -> None:
    """The outer trace has all tasks and the block's span; the block's object has the tasks of the block."""
    script = tmp_path / "script.py"
    script.write_text(NESTED)
    out, view = tmp_path / "mine", tmp_path / "view"
    ended = run(tmp_path / "run", [str(script), str(out), str(view)])
    assert (ended.stdout, ended.stderr) == ("5 ['ok'] {}\n5\n", "")
    assert not out.exists()
    assert len(ended.tasks("abs")) == 15
    spans = ended.trace.spans
    block = spans[(spans["category"] == "user") & (spans["name"] == "mine")]
    assert len(block) == 1
    inside = ended.tasks("abs")["run_start"].between(int(block["start"].iloc[0]), int(block["end"].iloc[0]))
    assert inside.sum() == 5
    assert ended.breaches == []
    assert Ended(view, 0, "", "").breaches == []


def environment_of(folder: Path) -> Path:
    """Make a virtual environment that has tracer as an installed wheel would give it; return its Python."""
    from tests.support.programs import REPOSITORY

    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
    packages = next(folder.glob("lib/python*/site-packages"))
    here = [entry for entry in sys.path if entry.endswith("site-packages")]
    (packages / "a_paths.pth").write_text("\n".join([str(REPOSITORY), *here]) + "\n")
    (packages / "tracer.pth").write_text((REPOSITORY / "tracer/instrument/site/tracer.pth").read_text())
    return folder / "bin" / "python"


def test_a_variable_alone_traces_a_program(tmp_path: Path) -> None:
    """TRACER=DIR: the program has its own PID and streams, what it starts joins, at its end all is there."""
    python = environment_of(tmp_path / "env")
    script = tmp_path / "script.py"
    script.write_text(
        "import os, subprocess, sys\n"
        f"code = subprocess.call([sys.executable, {PROGRAM!r}, 'popen', 'spawn'])\n"
        "print(os.getpid(), 'TRACER' in os.environ, code)\n"
        "sys.exit(5)\n"
    )
    out = tmp_path / "out"
    with place(tmp_path / "run") as here:
        environment = {**here.environment(), "TRACER": str(out)}
        del environment["PYTHONPATH"]
        for folder in (out, tmp_path / "out-2"):
            program = subprocess.Popen(
                [str(python), str(script)], env=environment, cwd=here.folder, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            said, complained = program.communicate(timeout=120)
            assert (program.returncode, complained) == (5, "")
            assert said.endswith(f"{program.pid} False 0\n")
            assert sorted(path.name for path in folder.iterdir()) == [
                *("gantt.pdf", "gantt.png", "gantt.svg", "report.html", "summary.json", "trace"),
            ]
            ended = Ended(folder, 5, "", "")
            assert tasks_of_pools(ended) == [TASKS, TASKS]
            assert ended.trace.meta["losses"] == {}
            assert processes(ended, "main")["pid"].tolist() == [program.pid]
            assert ended.breaches == []
        here.assert_nothing_left()


@pytest.mark.thorough
def test_a_variable_that_cannot_be_followed_is_one_line(tmp_path: Path) -> None:
    """A folder that cannot be made: one line says so, and the program runs untraced."""
    python = environment_of(tmp_path / "env")
    (tmp_path / "file").write_text("")
    with place(tmp_path / "run") as here:
        environment = {**here.environment(), "TRACER": str(tmp_path / "file" / "out")}
        del environment["PYTHONPATH"]
        done = subprocess.run(
            [str(python), "-c", "print(1); raise SystemExit(4)"],
            env=environment, cwd=here.folder, text=True, capture_output=True, timeout=60,
        )  # fmt: skip
        here.assert_nothing_left()
    assert (done.returncode, done.stdout) == (4, "1\n")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("tracer: the program runs untraced: ")


RUN = f"runpy.run_path({PROGRAM!r}, run_name='__main__')"


@pytest.mark.thorough
def test_a_program_that_is_killed_leaves_its_trace_too(tmp_path: Path) -> None:
    """TRACER=DIR and SIGKILL: nobody waits, and the tables come all the same."""
    python = environment_of(tmp_path / "env")
    out = tmp_path / "out"
    code = f"import os, runpy, sys; sys.argv[1:] = ['pool', 'fork']; {RUN}; os.kill(os.getpid(), 9)"
    with place(tmp_path / "run") as here:
        environment = {**here.environment(), "TRACER": str(out)}
        del environment["PYTHONPATH"]
        done = subprocess.run([str(python), "-c", code], env=environment, cwd=here.folder, timeout=60)
        assert done.returncode == -9
        until(lambda: (out / "summary.json").exists() and not (out / "journals").exists(), 120, "the tables")
        here.assert_nothing_left(60)
    assert len(Ended(out, 0, "", "").trace.tasks) == TASKS


def test_a_command_on_path_is_found(tmp_path: Path) -> None:
    """`run NAME`: a script of this Python's on PATH; another Python's, and no Python's, are one line each."""
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, first in (("mine", sys.executable), ("byenv", "/usr/bin/env python"), ("shell", "/bin/sh")):
        (commands / name).write_text(f"#!{first}\nimport sys\nprint('ran', sys.argv[1:])\n")
    (commands / "other").write_text("#!/opt/elsewhere/bin/python3\n")
    for path in commands.iterdir():
        path.chmod(0o755)
    search = os.pathsep.join([str(commands), str(Path(sys.executable).parent), os.environ["PATH"]])
    with place(tmp_path / "run") as here:
        base = [sys.executable, "-m", "tracer", "run", "--quiet"]
        for name in ("mine", "byenv"):
            done = here.call([*base, "--out", str(here.folder / name), name, "x"], PATH=search)
            assert (done.returncode, done.stdout, done.stderr) == (0, "ran ['x']\n", "")
        for name, why in (("shell", "no Python script"), ("other", "another Python, /opt/elsewhere")):
            done = here.call([*base, "--out", str(here.folder / name), name], PATH=search)
            assert (done.returncode, done.stdout) == (2, "")
            assert why in done.stderr
            assert len(done.stderr.splitlines()) == 1
