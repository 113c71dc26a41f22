"""What every command has: one parser, one form of error, `--help`, `--debug`, and help for a wrong word."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from tracer import requirements
from tracer.cli.command import Command
from tracer.cli.commands import doctor
from tracer.cli.main import COMMANDS, main

every_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.NAME)


@every_command
def test_an_unknown_argument_is_one_line(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    """It names the argument, or what is missing before it matters, and where to read more."""
    for words in (["--no-such"], ["--json=3", "--no-such"], ["x", "--no-such"]):
        if words[0] == "x" and command.NAME in ("run", "scenario", "sweep"):
            continue  # x is the program, or a scenario that is not there
        assert main([command.NAME, *words]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert re.fullmatch(
            rf"tracer: .*; `python -m tracer {command.NAME} --help` tells more\n", said.err
        ), said.err


@every_command
def test_help_is_there(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    """It says what the command does, and that it has `--debug`."""
    with pytest.raises(SystemExit) as ended:
        main([command.NAME, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert command.DESCRIPTION.splitlines()[0] in said
    assert "--debug" in said


@every_command
def test_every_option_is_explained(command: Command) -> None:
    """In its help, what it is for."""
    parser = argparse.ArgumentParser()
    command.add_options(parser, [])
    assert [action.dest for action in parser._actions if not action.help] == []


@every_command
@pytest.mark.parametrize("words", [[], ["--debug"]])
def test_debug_shows_where_a_bug_is(
    command: Command, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever command has it, and without the option it is one line."""

    def fail(_: object) -> int:
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr(command, "run", fail)
    given = {name: ["x"] for name in ("figure", "report", "diagnose", "status", "live", "whatif")}
    given |= {"compare": ["x", "y"], "deck": ["x.pdf"], "export": ["x", "--format", "csv"]}
    assert main([command.NAME, *words, *given.get(command.NAME, [])]) == 1
    said = capsys.readouterr().err
    last = said.splitlines()[-1]
    assert last.startswith(f"tracer: {command.NAME}: internal error (ZeroDivisionError: of ours); --debug")
    assert ("Traceback" in said) == bool(words)


def test_without_a_command_there_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr and with the exit code of wrong usage, as where argparse misses a command."""
    assert main([]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert all(f"\n    {command.NAME}" in said.err for command in COMMANDS)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("script.py a", "did you mean: python -m tracer run script.py a"),
        ("run.py", "did you mean: python -m tracer run run.py"),
        ("-m module", "did you mean: python -m tracer run -m module"),
        ("program", "did you mean: python -m tracer run program"),
        ("pool4 --quiet", "did you mean: python -m tracer scenario pool4 --quiet"),
        ("diagnos out", "did you mean: python -m tracer diagnose"),
        ("nonsense", "choose from scenario, run, "),
    ],
)
def test_a_word_that_is_no_command(
    words: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was probably meant is said as it is to be typed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "program").touch()
    assert main(words.split()) == 2
    line = capsys.readouterr().err
    assert line.startswith(f"tracer: no command {words.split()[0]!r}; {said}")
    assert line.count("\n") == 1


@pytest.mark.parametrize("command", ["scenario", "sweep"])
def test_an_option_that_a_scenario_lacks(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The help that tells which it has is that scenario's."""
    assert main([command, "pool4", "--workers", "3"]) == 2
    line = "unrecognized arguments: --workers 3; `python -m tracer COMMAND pool4 --help` tells more"
    assert capsys.readouterr().err == f"tracer: {line.replace('COMMAND', command)}\n"


def test_a_path_is_quoted_in_a_command_to_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is in it."""
    path = tmp_path / "my 100%.py"
    path.write_text("def main(n: int = 1): pass\n")
    assert main(["scenario", str(path), "--x"]) == 2
    assert f"tracer scenario '{path}' --help` tells more" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["scenario", str(path), "--help"])
    assert f"usage: python -m tracer scenario '{path}' [--out DIR]" in capsys.readouterr().out


def test_no_library_is_a_line_that_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a command that reads a trace, too."""

    def fail(_: object) -> int:
        raise ModuleNotFoundError("No module named 'pandas'", name="pandas")

    monkeypatch.setattr(requirements, "NEEDED", ("numpy", "no_such_package"))
    monkeypatch.setattr(doctor, "run", fail)
    assert main(["doctor"]) == 1
    assert re.fullmatch(r"tracer: this Python \(.*\) lacks no_such_package: .*\n", capsys.readouterr().err)
