"""Every way in which Python runs a program: `-c`, standard input, modules, scripts, and what is not there."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import METHODS
from tests.support.programs import place
from tracer import run_folder

SIGHTS = """
import json, sys, __main__
main = __main__.__dict__
spec = main["__spec__"] and main["__spec__"].name
print(json.dumps([sys.argv, sys.path, sorted(main), main.get("__file__"), spec, sys.orig_argv[0]]))
from multiprocessing import get_context
with get_context("fork").Pool(2) as pool:
    print(sum(pool.map(abs, range(10))))
sys.exit(6)
"""


def python(
    folder: Path, *words: str, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `python WORDS` in a folder."""
    with place(folder) as here:
        return here.call([sys.executable, *words], stdin=stdin, **environment)


def outcome(done: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    """Return what a user sees."""
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("program", "stdin", "name"),
    [
        (["-c", SIGHTS, "--out", "x y", "-m"], "", "command"),
        (["-", "one", "-c"], SIGHTS, "stdin"),
        (["-m", "module", "--quiet"], "", "module"),
        (["module.py"], "", "module"),
        (["folder", "1"], "", "folder"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_program_sees_what_it_sees_untraced(
    tmp_path: Path, program: list[str], stdin: str, name: str
) -> None:
    """argv, path, `__main__` and exit code are as before, and its tasks are in the trace."""
    (tmp_path / "module.py").write_text(SIGHTS)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "__main__.py").write_text(SIGHTS)
    plain = python(tmp_path, *program, stdin=stdin)
    traced = python(tmp_path, "-m", "tracer", "run", "--quiet", *program, stdin=stdin)
    assert plain.returncode == 6
    assert outcome(traced) == outcome(plain)
    trace = run_folder.load(tmp_path / "outputs" / name)
    assert len(trace.tasks) > 0
    assert (tmp_path / "outputs" / name / "gantt.pdf").exists()


@pytest.mark.parametrize(
    "program",
    [
        ["missing.py"],
        ["missing.py", "--out", "x"],
        ["no/such/folder"],
        ["-m", "missing_module"],
        ["-m", "missing.module", "x"],
        ["-m", "."],
        ["-m", "json.nothing"],
        ["-m", "package"],
        ["-c", "def"],
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_python_s_to_say(tmp_path: Path, program: list[str]) -> None:
    """The same message, word for word, and the same exit code, 2 for a script and 1 for a module."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    plain = python(tmp_path, *program)
    traced = python(tmp_path, "-m", "tracer", "run", "--quiet", *program)
    assert plain.returncode != 0
    assert outcome(traced) == outcome(plain)
    if "missing" in program[-1]:
        assert not (tmp_path / "outputs").exists()


def test_nothing_is_a_word_too_few(tmp_path: Path) -> None:
    """`-c` and `-m` alone are wrong usage of ours."""
    for words in (["-c"], ["-m"], []):
        done = python(tmp_path, "-m", "tracer", "run", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("tracer: ")
        assert done.stderr.count("\n") == 1


def test_code_and_secrets_are_not_kept(tmp_path: Path) -> None:
    """Of -c no code stands in any file of the run, nor do secrets of its arguments; other code may follow."""
    words = ["-m", "tracer", "run", "--quiet"]
    for secret in ("hunter2", "hunter3"):
        code = f"password = {secret!r}; import sys; print(len(sys.argv))"
        done = python(
            tmp_path, *words, "-c", code, "--api-key", f"key-{secret}", f"X_TOKEN=tok-{secret}", "x"
        )
        assert outcome(done) == (0, "5\n", "")
    meta = json.loads((tmp_path / "outputs" / "command" / "trace" / "meta.json").read_text())
    assert meta["argv"] == ["-c", "***", "--api-key", "***", "X_TOKEN=***", "x"]
    assert meta["command"] == "run -c"
    for path in (tmp_path / "outputs").rglob("*"):
        assert path.is_dir() or b"hunter" not in path.read_bytes()


def test_secrets_are_not_there_while_it_runs(tmp_path: Path) -> None:
    """The session beside the journals has none either."""
    script = tmp_path / "looks.py"
    script.write_text(
        "import pathlib\n"
        "text = ''.join(path.read_text() for path in pathlib.Path('out').rglob('session.json'))\n"
        "print('***' in text, 'hunter2' in text)\n"
    )
    done = python(
        tmp_path, "-m", "tracer", "run", "--quiet", "--out", "out", "looks.py", "--password=hunter2"
    )
    assert outcome(done) == (0, "True False\n", "")


def test_the_command_line_can_be_left_out(tmp_path: Path) -> None:
    """`--no-argv`: the key stays, its words do not."""
    (tmp_path / "script.py").write_text("pass\n")
    done = python(tmp_path, "-m", "tracer", "run", "--quiet", "--no-argv", "script.py", "private")
    assert outcome(done) == (0, "", "")
    text = (tmp_path / "outputs" / "script" / "trace" / "meta.json").read_text()
    assert json.loads(text)["argv"] == []
    assert "private" not in text


def test_a_block_keeps_no_secret(tmp_path: Path) -> None:
    """`tracer.trace()` masks the program's command line as `run` does."""
    (tmp_path / "block.py").write_text("import tracer\nwith tracer.trace('out'):\n    pass\n")
    assert outcome(python(tmp_path, "block.py", "--token", "hunter2", "y")) == (0, "", "")
    meta = json.loads((tmp_path / "out" / "trace" / "meta.json").read_text())
    assert meta["argv"] == ["block.py", "--token", "***", "y"]


def test_a_command_of_this_python_is_found(tmp_path: Path) -> None:
    """`run pytest` runs the script of that name that is installed beside this Python; others are refused."""
    beside = Path(sys.executable).parent
    name = f"tracer-test-{os.getpid()}"
    try:
        (beside / name).write_text(f"#!{sys.executable}\nimport sys\nprint(sys.argv[1:])\n")
        (beside / name).chmod(0o755)
    except OSError:
        pytest.skip("the folder of this Python cannot be written")
    try:
        path = f"{beside}{os.pathsep}{os.environ['PATH']}"
        done = python(tmp_path, "-m", "tracer", "run", "--quiet", name, "-x", PATH=path)
        other = python(tmp_path, "-m", "tracer", "run", "--quiet", "ls", PATH=path)
    finally:
        (beside / name).unlink()
    assert outcome(done) == (0, "['-x']\n", "")
    assert (tmp_path / "outputs" / name / "trace").is_dir()
    refused = f"tracer: {shutil.which('ls')} is no Python script: only Python programs can be traced\n"
    assert outcome(other) == (2, "", refused)


@pytest.mark.parametrize("method", METHODS)
def test_code_of_a_command_line_fails_in_children_as_untraced(tmp_path: Path, method: str) -> None:
    """Functions of `-c` are not found by spawned children, as untraced, and are by forked ones."""
    code = (
        "import multiprocessing, sys\n"
        "def f(): sys.exit(3)\n"
        f"p = multiprocessing.get_context({method!r}).Process(target=f)\n"
        "p.start(); p.join(); print(p.exitcode)\n"
    )
    plain = python(tmp_path, "-c", code)
    traced = python(tmp_path, "-m", "tracer", "run", "--quiet", "-c", code)
    assert (traced.returncode, traced.stdout) == (plain.returncode, plain.stdout)
    assert traced.stderr.splitlines()[-1:] == plain.stderr.splitlines()[-1:]


def test_the_help_names_what_there_is(tmp_path: Path) -> None:
    """The new ways and options are in `--help`."""
    for command in ("run", "scenario", "sweep"):
        said = python(tmp_path, "-m", "tracer", command, "--help").stdout
        assert "--no-argv" in said
        assert "--debug" in said
    assert "-c CODE" in python(tmp_path, "-m", "tracer", "run", "--help").stdout
    for command in ("figure", "diagnose", "compare", "whatif", "doctor"):
        assert "--debug" in python(tmp_path, "-m", "tracer", command, "--help").stdout


def test_options_of_python_are_handed_on_to_code(tmp_path: Path) -> None:
    """`python -X dev -W ignore -O -m tracer run -c …` is `python -X dev -W ignore -O -c …`."""
    flags = ["-X", "dev", "-W", "ignore", "-O"]
    code = "import sys; print(sys.flags, sys.warnoptions, __debug__)"
    plain = python(tmp_path, *flags, "-c", code)
    traced = python(tmp_path, *flags, "-m", "tracer", "run", "--quiet", "-c", code)
    assert outcome(traced) == outcome(plain)


def test_the_program_has_the_name_that_python_was_called_by(tmp_path: Path) -> None:
    """`python missing.py` says "python: can't open file", whatever the path of that python is."""
    found = []
    for words in (["missing.py"], ["-m", "tracer", "run", "missing.py"]):
        with place(tmp_path) as here:
            path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
            line = shlex.join([Path(sys.executable).name, *words])
            done = subprocess.run(
                ["bash", "-c", line],
                capture_output=True,
                text=True,
                timeout=60,
                cwd=tmp_path,
                env=here.environment(PATH=path),
            )
            found.append(outcome(done))
    assert found[0] == found[1]
    assert found[0][0] == 2
