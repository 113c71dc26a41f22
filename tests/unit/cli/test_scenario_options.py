"""A scenario file becomes options without being run, or one line that says why not."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from tracer.cli import scenarios
from tracer.cli.scenarios import Parameter, find_scenario, list_scenarios, read_scenario
from tracer.errors import ScenarioError, UsageError

SOURCE = '''"""What a pool is.

Look at the overlap.
"""

raise SystemExit("imported")


def main(
    workers: int = 4,
    work_ms: float = 20,
    start_method: Literal["fork", "spawn"] | None = None,
    *,
    label: "str" = "a",
    shared: bool = True,
    chunksize: typing.Optional[int] = -1,
) -> None:
    """Square numbers.

    Args:
        workers: how many processes,
            at 100 % each.
        work_ms (float): computation in each task: not sleep.

        start_method: how processes start

    Returns:
        chunksize: not a help
    """
'''


def scenario_file(folder: Path, source: str) -> Path:
    path = folder / "mine.py"
    path.write_text(source, encoding="utf-8")
    return path


@pytest.fixture
def parser(tmp_path: Path) -> tuple[argparse.ArgumentParser, scenarios.Scenario]:
    scenario = read_scenario(scenario_file(tmp_path, SOURCE))
    made = argparse.ArgumentParser(prog="tracer")
    scenario.add_to(made)
    return made, scenario


def failure(folder: Path, source: str) -> str:
    """The one line that reading `source` fails with."""
    with pytest.raises(ScenarioError) as caught:
        read_scenario(scenario_file(folder, source))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_parameters(tmp_path: Path) -> None:
    """Names, types, choices, defaults and helps are read from the source, which is not run."""
    scenario = read_scenario(scenario_file(tmp_path, SOURCE))
    assert (scenario.name, scenario.title) == ("mine", "What a pool is.")
    assert scenario.doc.endswith("Look at the overlap.")
    assert scenario.parameters == (
        Parameter("workers", int, 4, (), "how many processes, at 100 % each."),
        Parameter("work_ms", float, 20.0, (), "computation in each task: not sleep."),
        Parameter("start_method", str, None, ("fork", "spawn"), "how processes start"),
        Parameter("label", str, "a", (), ""),
        Parameter("shared", bool, True, (), ""),
        Parameter("chunksize", int, -1, (), ""),
    )
    assert type(scenario.parameters[1].default) is float


def test_values(parser: tuple[argparse.ArgumentParser, scenarios.Scenario]) -> None:
    """What is given replaces the default, in the parameter's type; a bool has an option for each value."""
    made, scenario = parser
    given = ["--work-ms", "1.5", "--start-method", "spawn", "--no-shared", "--workers", "2"]
    assert scenario.values(made.parse_args(given)) == {
        "workers": 2,
        "work_ms": 1.5,
        "start_method": "spawn",
        "label": "a",
        "shared": False,
        "chunksize": -1,
    }
    assert scenario.values(made.parse_args([]))["shared"] is True


def test_help_shows_defaults(parser: tuple[argparse.ArgumentParser, scenarios.Scenario]) -> None:
    """Each option's help is the docstring's, with the default, once."""
    text = " ".join(parser[0].format_help().split())
    assert "--workers N how many processes, at 100 % each. (default: 4)" in text
    assert "--start-method {fork,spawn} how processes start (default: none)" in text
    assert text.count("(default: --shared)") == 1
    assert text.count("default:") == 6


@pytest.mark.parametrize(
    "given", ["--workers x", "--work-ms ten", "--start-method forkserver", "--no-workers"]
)
def test_wrong_value(
    parser: tuple[argparse.ArgumentParser, scenarios.Scenario], given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A value of the wrong type, or none of the choices, is exit code 2 and names the option."""
    with pytest.raises(SystemExit) as caught:
        parser[0].parse_args(given.split())
    assert caught.value.code == 2
    assert given.split()[0] in capsys.readouterr().err


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1", "mine.py: no function main()"),
        ("async def main() -> None: ...", "no function main()"),
        ("def main(:\n", "mine.py:1: not valid Python"),
        ("x = 1\0", "not valid Python"),
        ("def main(\n  n=1): ...", "mine.py:2: parameter n of main: has no type"),
        ("def main(n: list = []): ...", "parameter n of main: cannot be list"),
        ("def main(n: int | str = 1): ...", "cannot be int | str"),
        ("def main(n: Literal['a', 1] = 1): ...", "cannot be Literal['a', 1]"),
        ("def main(n: '1 +' = 1): ...", "cannot be '1 +'"),
        ("def main(n: int): ...", "parameter n of main: has no default"),
        ("def main(*, n: int): ...", "has no default"),
        ("def main(n: int = os.cpu_count()): ...", "its default os.cpu_count() is not a literal"),
        ("def main(n: int = 'a'): ...", "its default 'a' is not of its type int"),
        ("def main(n: int = True): ...", "is not of its type int"),
        ("def main(n: int = None): ...", "is not of its type int"),
        ("def main(n: Literal['a'] = 'b'): ...", "is not of its type Literal['a']"),
        ("def main(*n: int): ...", "parameter n of main: cannot be an option"),
        ("def main(n: int = 1, /): ...", "parameter n of main: cannot be an option"),
    ],
)
def test_bad_scenario(tmp_path: Path, source: str, message: str) -> None:
    """A file that cannot become options says in one line which file, line and parameter, and why."""
    assert message in failure(tmp_path, source)


def test_unreadable_scenario(tmp_path: Path) -> None:
    """A folder in place of a file is an error of the same kind."""
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_scenario(tmp_path)


def test_option_that_exists(tmp_path: Path) -> None:
    """A parameter whose option tracer has itself is named, and the file with it."""
    made = argparse.ArgumentParser()
    made.add_argument("--out")
    scenario = read_scenario(scenario_file(tmp_path, "def main(out: str = 'x'): ..."))
    with pytest.raises(ScenarioError, match=r"mine\.py: parameter out: .* rename"):
        scenario.add_to(made)


def test_find_by_name() -> None:
    """A bundled scenario is found by its name, and is on the list."""
    assert find_scenario("pool4") in list_scenarios()


def test_unknown_name() -> None:
    """An unknown name offers the nearest ones and the way to all of them; wrong usage is exit code 2."""
    with pytest.raises(UsageError, match=r"'pol4'; did you mean pool4.*--list") as caught:
        find_scenario("pol4")
    assert caught.value.exit_code == 2
    with pytest.raises(UsageError, match=r"'zzzzzz'; `python -m tracer scenario --list`"):
        find_scenario("zzzzzz")


def test_find_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends in .py or has a separator is a path of the user's, also where a scenario has that name."""
    path = scenario_file(tmp_path, SOURCE)
    monkeypatch.chdir(tmp_path)
    assert find_scenario("mine.py") == Path("mine.py")
    assert find_scenario(str(path)) == path
    for missing in ("pool4.py", "./pool4"):
        with pytest.raises(UsageError, match="no such scenario file"):
            find_scenario(missing)
    with pytest.raises(UsageError, match="a folder"):
        find_scenario(str(tmp_path))


def test_wheel_has_them_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scenarios inside the package (a wheel) come before a folder beside it; _private files are none."""
    inside, beside = tmp_path / "tracer" / "scenarios", tmp_path / "scenarios"
    for folder in (inside, beside):
        folder.mkdir(parents=True)
        (folder / "a.py").touch()
        (folder / "_b.py").touch()
    monkeypatch.setattr(scenarios, "PACKAGE", str(tmp_path / "tracer"))
    assert list_scenarios() == [inside / "a.py"]


@pytest.mark.parametrize("path", list_scenarios(), ids=lambda path: path.stem)
def test_bundled_scenarios(path: Path) -> None:
    """Every bundled scenario has a title, and a help for each of its parameters."""
    scenario = read_scenario(path)
    assert scenario.title
    assert [each.name for each in scenario.parameters if not each.help] == []


def test_light() -> None:
    """Reading options loads neither numpy nor anything of the reading side."""
    code = "import sys, tracer.cli.scenarios; print(sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert not {"numpy", "pandas", "pyarrow", "rich", "multiprocessing"} & set(eval(loaded.stdout))
