"""The page as a file: by itself, safe to send, the same each time."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from pathlib import Path

import pytest

from tests.support.traces import MS, child, main_process, task, trace
from tests.unit.report.test_timeline import two_workers
from tracer.report import page
from tracer.report.page import MODULES, VIEWER

HOSTILE = "</script><img src=x onerror=alert(1)>{{DATA}}\u2028"


def test_nothing_is_fetched() -> None:
    """No address, no link, no import is left; the policy allows its own script and style alone."""
    text = page(two_workers())
    assert not re.search(r"(?:src|href)=|https?:|\bimport\s*\{|url\(|@import", text)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    allowed = dict(part.split(" ", 1) for part in html.unescape(policy).split("; "))
    assert allowed["default-src"] == "'none'"
    for tag, source in (("style", "style-src"), ('script type="module"', "script-src")):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag.split(' ')[0]}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert allowed[source] == f"'sha256-{digest}'"
    assert set(allowed) == {"default-src", "style-src", "script-src", "base-uri", "form-action"}


def test_names_are_data() -> None:
    """Whatever a function, a process or a command is called: it ends no script, and comes back as it is."""
    hostile = task(1, 1, 10 * MS, 20 * MS, function=HOSTILE, label=HOSTILE)
    of = trace(
        [hostile],
        [main_process(0, 40 * MS), child(1, 0, 5 * MS, 39 * MS, name=HOSTILE)],
        command=HOSTILE,
        headline=HOSTILE,
    )
    text = page(of)
    assert text.count("</script>") == 3
    assert "<img" not in text
    assert text.count("{{") == 0 or "{{DATA}}" in text
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    shown = json.loads(data)
    said = HOSTILE.replace("\u2028", "\\u2028")
    assert shown["title"] == said
    assert shown["timeline"]["tasks"]["function"]["texts"] == [said]
    assert shown["timeline"]["lanes"][-1]["name"] == said
    assert f"<title>{html.escape(said)} · tracer</title>" in text


def test_it_is_the_same_each_time() -> None:
    """Byte by byte."""
    assert page(two_workers()) == page(two_workers())


def test_what_a_report_says() -> None:
    """Findings with advice, tables with their rows, what was lost."""
    text = page(two_workers(losses={"switch events": 1200}))
    (data,) = re.findall(r'id="data">(.*?)</script>', text, re.DOTALL)
    shown = json.loads(data)
    assert shown["lost"] == ["switch events: 1,200"]
    codes = [one["code"] for one in shown["findings"]]
    assert "tasks-failed" in codes
    tables = {one["name"]: one for one in shown["tables"]}
    assert list(tables) == ["account", "phases", "functions", "processes"]
    assert [row[1] for row in tables["functions"]["rows"]] == [3]
    assert len(tables["processes"]["rows"]) == 3
    for table in tables.values():
        assert all(len(row) == len(table["columns"]) for row in table["rows"])


def test_every_module_of_the_viewer_is_in_the_page() -> None:
    """None is forgotten, and each comes after those that it builds on."""
    assert {path.stem for path in VIEWER.glob("*.js")} == set(MODULES)
    for place, name in enumerate(MODULES):
        text = Path(VIEWER / f"{name}.js").read_text(encoding="utf-8")
        for needed in re.findall(r'from "\./(\w+)\.js"', text):
            assert needed in MODULES[:place], f"{name} needs {needed}"
        for line in text.splitlines():
            if line.startswith("export "):
                assert re.match(r"export (?:async )?(?:function|class|const) \w+", line), line


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_short_and_says_what_it_is(name: str) -> None:
    """Its first line is a comment; none is longer than 500 lines."""
    lines = (VIEWER / f"{name}.js").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("// ")
    assert len(lines) <= 500
