"""`tracer deck`: what it takes and refuses, and what a slide says of a run."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from tests.support.traces import pool_trace
from tracer.cli import deck_slides
from tracer.cli.commands import deck
from tracer.cli.deck_slides import Subject, lesson_of, make_slide, source_of_main, title_lines, when
from tracer.cli.main import main
from tracer.cli.scenarios import find_scenario, list_scenarios, read_scenario
from tracer.tables import store

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of a user's program."""
    folder = tmp_path_factory.mktemp("runs") / "mine"
    store.save(pool_trace(command="run mine.py", argv=["mine.py", "-n", "3"]), folder / "trace")
    return folder


def test_the_introduction_asks_six_questions() -> None:
    """Of bundled scenarios, each with what to look for."""
    lessons = [lesson_of(read_scenario(find_scenario(name))) for name in deck.INTRODUCTION]
    assert [lesson.question for lesson in lessons][:2] == [
        "Why use processes?",
        "Why do threads not make a computation in Python faster?",
    ]
    assert len({lesson.question for lesson in lessons}) == 6
    assert all(lesson.look_for for lesson in lessons)


@pytest.mark.parametrize("path", list_scenarios(), ids=lambda path: path.stem)
def test_every_scenario_can_be_a_slide(path: Path) -> None:
    """It asks one question, and its main is shown without its docstring."""
    lesson = lesson_of(read_scenario(path))
    assert lesson.question.endswith("?")
    assert "What to look for" not in lesson.look_for
    code = source_of_main(path)
    assert code.startswith("def main(")
    assert '"""' not in code


def test_a_scenario_without_a_question_is_shown_under_its_title(tmp_path: Path) -> None:
    """And one without a docstring under its name."""
    (tmp_path / "a.py").write_text('"""Sorts.\n\nSome\nwords.\n"""\ndef main(): ...\n')
    (tmp_path / "b.py").write_text("def main():\n    pass\n")
    found = lesson_of(read_scenario(tmp_path / "a.py"))
    assert (found.question, found.look_for) == ("Sorts.", "Some words.")
    assert lesson_of(read_scenario(tmp_path / "b.py")).question == "b"
    assert source_of_main(tmp_path / "b.py") == "def main():\n    pass"
    (tmp_path / "c.py").write_bytes(b"# coding: latin-1\ndef main():\n    print('\xe4')\n")
    assert source_of_main(tmp_path / "c.py").endswith("print('ä')")


def test_a_run_is_a_slide_with_its_command(run: Path) -> None:
    """The notes say how it was made and how it is drawn again."""
    slide = make_slide(pool_trace(command="run mine.py", argv=["mine.py", "-n", "3"]), Subject(run), "light")
    assert "mine.py" in slide.question
    assert "mine.py" in slide.alt
    (made,) = [note for note in slide.notes if note.heading == "Made by"]
    assert made.text.splitlines() == [
        "python -m tracer run mine.py -n 3",
        f"python -m tracer figure {run}",
    ]


def test_a_run_of_a_bundled_scenario_is_the_scenario_s_slide(run: Path) -> None:
    """A file of the user's that has its name is not."""
    pool4 = make_slide(pool_trace(command="scenario pool4", argv=["pool4"]), Subject(run), "light")
    assert pool4.question == "How do the workers of a pool overlap, and what becomes of the fifth task?"
    assert [note.heading for note in pool4.notes][-1] == "main() of pool4.py"
    other = make_slide(pool_trace(command="scenario pool4", argv=["my/pool4.py"]), Subject(run), "light")
    assert "pool4" in other.question
    assert not [note for note in other.notes if note.heading.startswith("main()")]


def test_the_title_slide_names_each_machine_and_day_once() -> None:
    """And says where the program had fewer cores than there are."""
    meta: dict[str, Any] = pool_trace(cpu_model="AMD EPYC", cpu_count=8, affinity=[0, 1]).meta
    later = meta | {"origin_unix_ns": meta["origin_unix_ns"] + 86_400 * 10**9}
    assert title_lines([meta, meta, later]) == [
        "AMD EPYC, 8 cores (2 allowed)",
        "Python 3.11.7 on Linux 6.1-x86_64",
        "Measured by tracer on 2023-11-14 to 2023-11-15",
    ]
    assert when(meta).isoformat() == "2023-11-14T22:13:20+00:00"


def test_options_may_stand_anywhere(run: Path, tmp_path: Path, capfd: Captured) -> None:
    """Between the file and the runs, too."""
    file = tmp_path / "talk.pdf"
    assert main(["deck", str(file), "--theme", "dark", "--title", "Mine", str(run)]) == 0
    assert capfd.readouterr().err == f"tracer: {file}\n"
    assert b"/Title (Mine)" in file.read_bytes()
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_that_is_no_run_does_not_lose_the_others(run: Path, tmp_path: Path, capfd: Captured) -> None:
    """It is named; where nothing is left there is no deck."""
    (tmp_path / "empty").mkdir()
    file = tmp_path / "talk.pdf"
    assert main(["deck", str(file), str(tmp_path / "empty"), str(run)]) == 1
    assert "empty is left out: " in capfd.readouterr().err
    assert file.read_bytes().count(b"/Type /Page ") == 2
    assert main(["deck", str(file), "--force", str(tmp_path / "empty")]) == 1
    assert "nothing is left to show" in capfd.readouterr().err
    assert file.read_bytes().count(b"/Type /Page ") == 2


def test_a_run_that_cannot_be_drawn_does_not_lose_the_others(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    """Whatever is wrong with it; `--debug` shows where."""
    file, make, broken = tmp_path / "talk.pdf", deck_slides.make_slide, tmp_path / "broken"
    broken.symlink_to(run)

    def fail(trace: Any, subject: Subject, theme: str) -> Any:
        if subject.folder == broken:
            raise ZeroDivisionError
        return make(trace, subject, theme)

    monkeypatch.setattr(deck_slides, "make_slide", fail)
    assert main(["deck", str(file), str(broken), str(run)]) == 1
    assert "broken is left out: figure: internal error (ZeroDivisionError" in capfd.readouterr().err
    assert file.read_bytes().count(b"/Type /Page ") == 2
    assert main(["deck", str(file), "--force", "--debug", str(broken), str(run)]) == 1
    assert "Traceback" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["pool4"], 2, "pool4: name the deck's file first, it ends in .pptx or .pdf"),
        (["there.pdf"], 1, "there.pdf is there already"),
        (["folder.pdf"], 2, "folder.pdf is a folder"),
        (["a.pdf", "no_such"], 2, "no scenario 'no_such'"),
        (["a.pdf", "one/same.py", "two/same.py"], 2, "would both be recorded into a-runs/same"),
        (["a.pdf", "--theme", "pink"], 2, "--theme: no theme 'pink'"),
        (["a.pdf", "broken.py"], 1, "broken.py:1: not valid Python"),
        (["there.pdf/a.pdf", "run"], 1, "cannot write there.pdf/a.pdf"),
    ],
)
def test_what_cannot_be_made_is_one_line_and_nothing_is_run(
    words: list[str],
    code: int,
    said: str,
    run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: Captured,
) -> None:
    """Before the first scenario."""
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two", "folder.pdf"):
        (tmp_path / name).mkdir()
    (tmp_path / "run").symlink_to(run)
    (tmp_path / "there.pdf").touch()
    for name in ("one/same.py", "two/same.py"):
        (tmp_path / name).write_text("def main(): ...\n")
    (tmp_path / "broken.py").write_text("def\n")
    monkeypatch.setattr(deck, "_record", lambda *_: pytest.fail("something was run"))
    assert main(["deck", *words]) == code
    (line,) = capfd.readouterr().err.splitlines()
    assert said in line


def test_without_python_pptx_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    """Before anything is run."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pptx" else find(name))
    assert main(["deck", str(tmp_path / "a.pptx")]) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert "needs python-pptx: `pip install 'process-timeline-tracer[deck]'`, or name a .pdf" in line


def test_the_words_that_docstrings_begin_with_are_the_scenarios() -> None:
    """What to look for is found in each of them."""
    assert all(deck_slides.LOOK in " ".join(read_scenario(path).doc.split()) for path in list_scenarios())
