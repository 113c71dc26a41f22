"""README.md: as long as it may be, and true where it can be tried. So are the help topics' commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.support.markdown import codes, commands, rows, sections
from tests.support.programs import REPOSITORY
from tracer.cli.commands import help
from tracer.cli.main import COMMANDS, main

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
SHOWN = sorted({line for text in (README, *map(help.text, help.topics())) for line in commands(text) if line})
TOOL = re.compile(r"python -m (tests(?:\.\w+)+)")


def test_it_has_at_most_1500_words() -> None:
    """Prose, tables and code together, as `wc -w` counts."""
    assert len(README.split()) <= 1500


@pytest.mark.parametrize("line", SHOWN)
def test_every_command_that_is_shown_parses(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is run but `help`, which must know what it is asked for."""
    (tmp_path / "mine.py").write_text("def main(workers: int = 1) -> None: ...\n")
    monkeypatch.chdir(tmp_path)
    for command in COMMANDS:
        if command is not help:
            monkeypatch.setattr(command, "run", lambda _: 0)
    example = "tables" if line.startswith("help") else "pool4"
    words = [example if word == "NAME" else word for word in shlex.split(line)]
    code: str | int | None
    try:
        code = main(words)
    except SystemExit as ended:  # --help
        code = ended.code
    assert (code, capsys.readouterr().err) == (0, "")


def test_no_two_examples_share_a_folder() -> None:
    """Who follows it line by line is never told that a folder holds another run."""
    blocks = set(re.findall(r'tracer\.trace\("outputs/(\w+)"', README))
    runs = {Path(line.split()[1]).stem for line in commands(README) if line.startswith(("run ", "scenario "))}
    assert blocks
    assert not blocks & runs


def test_every_benchmark_and_tool_that_is_named_is_there() -> None:
    """`python -m tests.benchmarks.cost` and the like, in a clone of the repository."""
    named = {name for text in (README, *map(help.text, help.topics())) for name in TOOL.findall(text)}
    assert named
    for name in named:
        path = REPOSITORY / name.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), name


def test_every_link_and_picture_leads_somewhere() -> None:
    """Within the repository; what is linked elsewhere is not asked for."""
    headings = {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in sections(README)}
    links = re.findall(r"\]\(([^)]+)\)", README) + re.findall(r'src="([^"]+)"', README)
    for link in links:
        if link.startswith("#"):
            assert link[1:] in headings
        elif not link.startswith("https://"):
            assert (REPOSITORY / link).is_file(), link
    assert any(link.endswith(".png") for link in links)


def test_it_names_files_and_lists_that_are_there() -> None:
    """What to write to add something, and the list that it goes into."""
    adding = rows(README, "to add")
    assert adding
    for _, file, place in adding:
        folder = REPOSITORY / codes(file)[0].partition("NAME")[0]
        assert folder.is_dir() or "makes the folder" in file, folder
        if len(names := codes(place)) == 2:
            assert re.search(rf"^{names[0]}\b.* = ", (REPOSITORY / names[1]).read_text(), re.MULTILINE)
    for path in codes(sections(README)["Development"]):
        if path.startswith(("tracer/", "tests/", ".ci/")) and "NAME" not in path:
            assert (REPOSITORY / path).exists(), path


def test_it_holds_one_test_command() -> None:
    """Which .ci/run takes out of it, word for word."""
    found = [line for line in README.splitlines() if re.match(r"python3 -m venv .*pytest", line)]
    assert len(found) == 1
