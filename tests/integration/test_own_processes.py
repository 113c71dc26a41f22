"""Our processes are ours: what the user's folder, environment and settings hold is the program's alone."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.programs import REPOSITORY, fork_at_terminal, place, until

# What Python imports by itself, before any line of ours, from a path that is the user's.
PYTHONS_OWN = {
    *("encodings", "codecs", "site", "sitecustomize", "usercustomize", "importlib", "warnings", "keyword"),
    *("operator", "reprlib", "collections", "types", "functools", "contextlib", "pkgutil", "runpy"),
}
OTHERS = {
    "numpy",
    "pandas",
    "pyarrow",
    "matplotlib",
    "rich",
    "dateutil",
    "PIL",
    "six",
    "packaging",
    "scenarios",
}
COMMANDS = [
    ["run", "--out", "run", "program.py"],
    ["figure", "run", "--draw", "gantt,account,phases"],
    ["diagnose", "run"],
    ["compare", "run", "run"],
    ["whatif", "run", "--start-method", "spawn"],
    ["sweep", "--env", "N", "1,2", "--repeat", "1", "--", "program.py"],
    ["scenario", "--list"],
    ["doctor"],
    ["--help"],
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder full of modules that bear others' names and note who imports them; and a program."""
    folder = tmp_path_factory.mktemp("shadows")
    theirs = {name for name in sys.stdlib_module_names if not name.startswith("__")} - PYTHONS_OWN
    for name in theirs | OTHERS:
        note = f"open({str(folder / 'log')!r}, 'a').write('{name} ' + ' '.join(sys.argv) + chr(10))"
        code = f"import sys\n{note}\nraise ImportError('not the module you want')\n"
        (folder / f"{name}.py").write_text(code)
    (folder / "program.py").write_text("print('hello')\n")
    return folder


def command(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m tracer` with tracer on PYTHONPATH, besides what `environment` says."""
    with place(folder) as here:
        plain = here.environment()
        variables = {**plain, **environment}
        variables["PYTHONPATH"] = os.pathsep.join(
            filter(None, [environment.get("PYTHONPATH"), plain["PYTHONPATH"]])
        )
        done = subprocess.run(
            [sys.executable, "-m", "tracer", *words],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            env=variables,
        )
        here.assert_nothing_left()
        return done


@pytest.mark.parametrize("variables", [{}, {"PYTHONPATH": "."}, {"PYTHONSAFEPATH": "1"}], ids=str)
def test_modules_of_the_users_are_not_imported_by_us(folder: Path, variables: dict[str, str]) -> None:
    """Every command works in a folder of modules named as ours are, and none of those is imported."""
    for words in COMMANDS:
        (folder / "log").unlink(missing_ok=True)
        done = command(folder, *words, **variables)
        imported = (folder / "log").read_text() if (folder / "log").exists() else ""
        ours = [line for line in imported.splitlines() if "program.py" not in line.split()[1:2]]
        assert ours == [], words
        if words[0] != "whatif":  # nothing to play again
            assert done.returncode == 0, (words, done.stderr)


SETTINGS = {
    "MPLBACKEND": "nonsense",
    "PYTHONWARNINGS": "error",
    "PYTHONINSPECT": "1",
    "PYTHONOPTIMIZE": "2",
    "PYTHONSTARTUP": "/nowhere/startup.py",
    "PYTHONFAULTHANDLER": "1",
    "MPLCONFIGDIR": "/proc/nowhere",
    "HOME": "/proc/nowhere",
    "MATPLOTLIBRC": "/proc/nowhere",
}


@pytest.mark.parametrize("name", [*SETTINGS, "-bb", "matplotlibrc", "FIFO"])
def test_settings_of_the_users_are_the_programs(tmp_path: Path, name: str) -> None:
    """All commands work, say nothing of it, and draw as ever; the program has its environment."""
    (tmp_path / "program.py").write_text(
        "import os, sys\n"
        f"print(os.environ.get({name!r}), sys.flags.bytes_warning, sys.flags.optimize, sys.warnoptions)\n"
        "from multiprocessing import get_context\n"
        "get_context('fork').Process(target=print).start()\n"
    )
    variables = {name: SETTINGS[name]} if name in SETTINGS else {}
    flags = ["-bb"] if name == "-bb" else []
    if name == "matplotlibrc":
        (tmp_path / name).write_bytes(b"backend: nonsense\nfont.size: x\n: \xff\xfe\n")
    if name == "FIFO":
        os.mkfifo(tmp_path / "matplotlibrc")
    with place(tmp_path) as here:
        environment = here.environment(**variables)

        def python(*words: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, *flags, *words],
                capture_output=True,
                text=True,
                timeout=120,
                cwd=tmp_path,
                stdin=subprocess.DEVNULL,
                env=environment,
            )

        plain = python("program.py")
        done = python("-m", "tracer", "run", "--quiet", "--out", "out", "program.py")
        assert (done.returncode, done.stdout, done.stderr) == (0, plain.stdout, "")
        assert (tmp_path / "out" / "gantt.pdf").exists()
        for words in (["figure", "out", "--format", "pdf"], ["diagnose", "out"], ["doctor"]):
            done = python("-m", "tracer", *words)
            assert done.returncode == 0, done.stderr
            assert "Error" not in done.stderr
            assert "arning" not in done.stderr
        here.assert_nothing_left()


def test_no_prompt_of_ours_at_a_terminal(tmp_path: Path) -> None:
    """PYTHONINSPECT opens a prompt after the program, as untraced, and none after the command."""
    (tmp_path / "program.py").write_text("print('done')\n")
    prompts = []
    for words in (["program.py"], ["-m", "tracer", "run", "--quiet", "program.py"]):
        with place(tmp_path) as here:
            pid, terminal = fork_at_terminal()
            if pid == 0:
                os.chdir(tmp_path)
                variables = here.environment(PYTHONINSPECT="1", TERM="dumb", PYTHON_BASIC_REPL="1")
                os.execve(sys.executable, [sys.executable, *words], variables)
            output = b""
            while b">>> " not in output:
                assert select.select([terminal], [], [], 60)[0], output
                output += os.read(terminal, 65536)
            os.write(terminal, b"raise SystemExit(4)\n")
            ended: list[tuple[int, int]] = []

            def over(pid: int = pid, ended: list[tuple[int, int]] = ended) -> bool:
                ended[:] = [os.waitpid(pid, os.WNOHANG)]
                return ended[0] != (0, 0)

            until(over, 60, "the command's end")
            os.set_blocking(terminal, False)
            try:
                while part := os.read(terminal, 65536):
                    output += part
            except OSError:
                pass
            os.close(terminal)
            prompts.append((output.count(b">>> "), b"SystemExit: 0" in output))
            assert os.waitstatus_to_exitcode(ended[0][1]) == 4
    assert prompts[0] == prompts[1]


def test_an_empty_pythonpath_adds_no_folder(tmp_path: Path) -> None:
    """To Python it is none: the program's `sys.path` is as untraced, and the variable is still there."""
    (tmp_path / "inner").mkdir()
    script = tmp_path / "inner" / "program.py"
    script.write_text("import os, sys\nprint(sys.path, os.environ.get('PYTHONPATH'))\n")
    code = f"import sys; sys.path.append({str(REPOSITORY)!r}); import runpy; "
    code += "sys.argv[1:] = ['run', '--quiet', '--out', 'out', 'inner/program.py']; "
    code += "from tracer.__main__ import main; main()"
    with place(tmp_path) as here:
        found = [
            subprocess.run(
                [sys.executable, *words],
                capture_output=True,
                text=True,
                timeout=60,
                cwd=tmp_path,
                env=here.environment(PYTHONPATH=""),
            )
            for words in (["inner/program.py"], ["-c", code])
        ]
        here.assert_nothing_left()
    assert found[1].stderr == ""
    assert found[0].stdout == found[1].stdout
