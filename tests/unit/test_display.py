"""How a run shows itself at a prompt and in a notebook."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html.parser import HTMLParser

import pytest

from tests.support.traces import MS, child, main_process, task, trace
from tracer import display
from tracer.block import trace as block
from tracer.traces import Trace

NASTY = "<script>alert('&\"')</script>\n\033[31m"


def a_run(command: str = f"run {NASTY}", losses: Mapping[str, int] = {NASTY: 3}) -> Trace:
    """One task of one worker, in a trace whose names are hostile."""
    processes = [main_process(0, 5 * MS), child(1, 0, MS, 5 * MS, name=NASTY, exitcode=1)]
    return Trace.of(trace([task(1, 1, 2 * MS, 4 * MS)], processes, command=command, losses=losses))


class Elements(HTMLParser):
    """Names of the elements of a text, and the text in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.names.append(tag)

    def handle_data(self, data: str) -> None:
        self.said += data


def test_a_trace_is_a_few_lines_at_a_prompt() -> None:
    """What ran, how long it took and which tables there are, in place of six frames."""
    lines = repr(a_run(command="run mine.py", losses={})).splitlines()
    assert lines[0] == "<Trace of run mine.py>"
    assert lines[1].split(maxsplit=1)[1].startswith("1 worker ran 1 task; it ran for 2 ms")
    assert lines[2].split() == ["took", "5", "ms"]
    assert lines[-1].split(maxsplit=1)[1] == ".tasks 1 row, .processes 2 rows"
    assert len(lines) < 8


def test_a_notebook_is_given_a_picture_with_the_numbers_below() -> None:
    """PNG, HTML and text; the HTML holds the picture too, because a notebook shows one of them."""
    forms = a_run()._repr_mimebundle_()
    assert set(forms) == {"text/plain", "text/html", "image/png"}
    assert base64.b64decode(forms["image/png"]).startswith(b"\x89PNG")
    assert forms["image/png"] in forms["text/html"]


def test_no_name_of_the_program_is_markup() -> None:
    """Neither a command, nor a process, nor a loss begins an element; all are to be read as they are."""
    found = Elements(a_run()._repr_mimebundle_()["text/html"])
    assert set(found.names) == {"div", "img", "table", "tr", "th", "td"}
    assert found.said.count("<script>alert('&\"')</script>") == 3


def test_no_name_of_the_program_steers_a_terminal() -> None:
    """Control characters are written out, wherever a name stands: the command, a process, a loss."""
    said, forms = repr(a_run()), a_run()._repr_mimebundle_()
    assert said.count("\\x1b[31m") == 3
    for text in (said, forms["text/plain"], forms["text/html"]):
        assert "\033" not in text


def test_what_cannot_be_drawn_has_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that fails is a row of the table, and no exception in the notebook."""

    def fail(_: object) -> bytes:
        raise RuntimeError("no <font>\033[31m")

    monkeypatch.setattr(display, "_picture", fail)
    forms = a_run()._repr_mimebundle_()
    assert set(forms) == {"text/plain", "text/html"}
    assert "no &lt;font&gt;\\x1b[31m" in forms["text/html"]
    assert "1 worker ran 1 task" in forms["text/html"]


def test_an_empty_trace_shows_itself() -> None:
    """Also where nothing at all was recorded."""
    assert "No task and no child process was recorded" in repr(Trace())
    assert "image/png" in Trace()._repr_mimebundle_()


def test_a_figure_is_a_picture_without_pyplot() -> None:
    """`t.gantt()` at the end of a cell: IPython knows figures only once pyplot was imported."""
    assert a_run().gantt()._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]


def test_a_block_says_how_far_it_is() -> None:
    """Before it has ended there is no trace to show, and no error either."""
    assert repr(block("outputs/x")) == "<tracer.trace('outputs/x'): has not ended>"
    assert block("outputs/x")._repr_mimebundle_() == {"text/plain": repr(block("outputs/x"))}
