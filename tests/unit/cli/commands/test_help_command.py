"""`help`: topics, commands, and names that are neither."""

from __future__ import annotations

import io
import sys

import pytest

from tracer.cli.commands import help
from tracer.cli.main import COMMANDS, main


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command that ends well prints on stdout."""
    assert main(["help", *words]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


def test_alone_it_lists_the_topics_with_a_sentence_each(capsys: pytest.CaptureFixture[str]) -> None:
    """And says how to go on."""
    lines = shown(capsys).splitlines()
    assert [line.split()[0] for line in lines[: lines.index("")]] == help.topics()
    assert {"cost", "predictions", "summary", "tables"} <= set(help.topics())
    assert "python -m tracer help NAME" in lines[-1]


@pytest.mark.parametrize("topic", help.topics())
def test_a_topic_is_plain_markdown_where_nobody_looks(topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    """For a pipe or a file: the file of the package as it is."""
    assert shown(capsys, topic) == help.text(topic)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("topic", help.topics())
def test_a_topic_is_laid_out_on_a_terminal(topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are tables there, no line is longer than the terminal, and none ends in blanks."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys, "stdout", terminal := _Terminal())
    assert main(["help", topic]) == 0
    lines = terminal.getvalue().splitlines()
    assert help.sentence(topic).replace("`", "") in lines
    assert not [line for line in lines if line.startswith(("|", "#", "```"))]
    assert not [line for line in lines if len(line) > 80 or line != line.rstrip()]


@pytest.mark.parametrize("name", [command.NAME for command in COMMANDS])
def test_of_a_command_it_is_what_the_command_says_of_itself(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`help run` is `run --help`."""
    with pytest.raises(SystemExit):
        main([name, "--help"])
    assert capsys.readouterr().out == shown(capsys, name)


def test_topics_and_commands_have_different_names() -> None:
    """A topic would hide the command's help."""
    assert not set(help.topics()) & {command.NAME for command in COMMANDS}


def test_an_unknown_name_is_one_line_with_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage: exit code 2."""
    assert main(["help", "tabels"]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert "'tabels'" in printed.err
    assert all(name in printed.err for name in [*help.topics(), "diagnose"])
