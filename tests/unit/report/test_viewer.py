"""The report in a real browser, with mouse and keys, on a trace whose answers are worked out by hand.

ms       0    5   10        20 21  25    31          40
W1            ·····task 1···· ·task 3·
W2             ·····task 2·········
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import browser as support
from tests.support.browser import drawn, opened
from tests.support.traces import MS, US, child, hidden_threads, main_process, task, trace
from tests.unit.report.test_page import HOSTILE
from tracer.report import page as page_of
from tracer.tables.tables import Tables

if lacking := support.missing():
    pytest.skip(f"{lacking}: see tests/support/browser.py", allow_module_level=True)

STEP = 100 * US
INNER = {"host": "desk", "process": 1, "pid": 4001, "tid": 4001, "category": "user", "name": "inner"} | {
    "start": 12 * MS,
    "end": 14 * MS,
}
ROWS = """() => [...document.querySelectorAll("#selected tbody tr")]
  .map((row) => [...row.children].map((one) => one.textContent))"""
FACTS = """() => [...document.querySelectorAll("#selected dt")]
  .map((one) => [one.textContent, one.nextSibling.textContent])"""


def known() -> Tables:
    """The trace above."""
    return trace(
        [
            task(1, 1, 10 * MS, 20 * MS, step=STEP, function="load", args_bytes=1500),
            task(2, 2, 11 * MS, 31 * MS, step=STEP, function="compute", label="compute(2)"),
            task(3, 1, 21 * MS, 25 * MS, step=STEP, function="load", status="error", error="ValueError"),
        ],
        [main_process(0, 40 * MS), child(1, 0, 5 * MS, 39 * MS), child(2, MS, 6 * MS, 39 * MS)],
        threads=hidden_threads(0, 39 * MS),
        spans=[INNER],
    )


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Start one browser for all tests."""
    with support.browser() as made:
        yield made


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the report once."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(page_of(known()), encoding="utf-8")
    return path


@pytest.fixture
def page(chromium: Any, written: Path) -> Iterator[Any]:
    """Open the report; nothing may have gone wrong, nor may anything have been fetched."""
    made = opened(chromium, written)
    yield made
    assert made.heard == []
    made.close()


def window(page: Any) -> list[float]:
    """Return the window, in milliseconds since the axis's zero."""
    found: list[float] = page.evaluate(
        """() => {
          const { scale, timeline } = window.tracerReport.model;
          return [scale.start, scale.end].map((time) => ((time - timeline.zero) * timeline.unit_ns) / 1e6);
        }"""
    )
    return found


def place(page: Any, lane: str, ms: float) -> tuple[float, float]:
    """Return where an instant of a lane is on the screen; `ms` counts from the trace's origin."""
    at = page.evaluate(
        """([name, ns]) => {
          const { model } = window.tracerReport, { scale, timeline, rows } = model;
          const lane = timeline.lanes.findIndex((one) => one.name === name), row = rows.of(lane);
          const box = document.getElementById("over").getBoundingClientRect();
          const x = scale.x((ns - timeline.start_ns) / timeline.unit_ns);
          return [box.x + x, box.y + row.y + row.height / 2];
        }""",
        [lane, ms * MS],
    )
    return at[0], at[1]


W1, W2 = "ForkPoolWorker-1", "ForkPoolWorker-2"


def click(page: Any, lane: str, ms: float) -> None:
    """Click on an instant of a lane."""
    page.mouse.click(*place(page, lane, ms))
    drawn(page)


def selected(page: Any) -> str:
    """Return the title of what is selected."""
    return str(page.text_content("#selected :first-child"))


def test_the_pointer_tells_what_is_under_it(page: Any) -> None:
    """The bar, its length and beginning, its lane, its task; a span lies over its run."""
    page.mouse.move(*place(page, W2, 20))
    assert page.text_content("#tip strong") == "run: 20 ms, from 11 ms"
    assert (
        page.text_content("#tip")
        == "run: 20 ms, from 11 msForkPoolWorker-2, PID 4002task 2: compute(2)core 160 B out, 20 B back"
    )
    x, y = place(page, W1, 13)
    page.mouse.move(x, y - page.evaluate("() => window.tracerReport.model.rows.list[3].height * 0.42"))
    assert str(page.text_content("#tip strong")).startswith("inner: 2 ms")
    page.mouse.move(*place(page, W1, 33))
    assert page.is_hidden("#tip")


def test_a_bar_has_its_colour(page: Any) -> None:
    """On the screen, by the pixel: the run, and what is beside it."""
    colour = """([x, y]) => {
      const canvas = document.getElementById("chart"), box = canvas.getBoundingClientRect();
      const scale = canvas.width / box.width;
      const at = [(x - box.x) * scale, (y - box.y) * scale].map(Math.round);
      return [...canvas.getContext("2d").getImageData(...at, 1, 1).data].slice(0, 3);
    }"""
    x, y = place(page, W2, 25)
    assert page.evaluate(colour, [x, y]) == [0, 0x72, 0xB2]
    x, y = place(page, W2, 33)
    assert page.evaluate(colour, [x, y + 9]) == [0xFA, 0xFB, 0xFC]


def test_a_click_tells_a_task_s_whole_life(page: Any) -> None:
    """Its facts, and its steps on all lanes in time; a click beside all bars selects nothing."""
    click(page, W1, 15)
    assert selected(page) == "task 1: load"
    assert dict(page.evaluate(FACTS)) == {
        "function": "load",
        "status": "ok",
        "pool": "0, Pool",
        "worker": f"{W1} · 4001",
        "core": "0",
        "arguments": "1.5 kB",
        "result": "20 B",
        "submitted": "9.5 ms",
        "delivered": "20.4 ms",
    }
    steps = page.evaluate(ROWS)
    named = [(step, lane) for step, lane, *_ in steps]
    assert named.index(("pickle", "task handler")) < named.index(("unpickle", W1)) < named.index(("run", W1))
    assert named[-1] == ("deliver", "result handler")
    assert ["run", W1, "10 ms", "10 ms"] in steps
    click(page, W1, 33)
    assert selected(page).startswith("Click a bar")


def test_keys_go_from_task_to_task(page: Any) -> None:
    """In the lane, of the function, along the critical path, and back again."""
    click(page, W1, 15)
    for key, title in (
        ("]", "task 3: load"),
        ("]", "task 3: load"),
        ("[", "task 1: load"),
        (".", "task 3: load"),
        (",", "task 1: load"),
        ("Backspace", "task 3: load"),
    ):
        page.keyboard.press(key)
        assert selected(page) == title, key
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    assert selected(page) == "task 2: compute(2)"


def test_zooming_keeps_what_is_under_the_pointer(page: Any) -> None:
    """By the wheel and by keys; the whole run at once, and the selection at once."""
    whole = window(page)
    x, y = place(page, W1, 20)
    page.mouse.move(x, y)
    page.mouse.wheel(0, -240)
    drawn(page)
    near = window(page)
    assert near[1] - near[0] == pytest.approx((whole[1] - whole[0]) / 2.718, rel=0.01)
    assert place(page, W1, 20)[0] == pytest.approx(x, abs=1.5)
    page.keyboard.press("w")
    assert window(page)[1] - window(page)[0] == pytest.approx(0.7 * (near[1] - near[0]), rel=0.01)
    before = window(page)
    page.keyboard.press("d")
    assert window(page)[0] - before[0] == pytest.approx(0.15 * (before[1] - before[0]), rel=0.01)
    page.keyboard.press("0")
    assert window(page) == whole
    click(page, W1, 23)
    page.keyboard.press("f")
    start, end = window(page)
    assert start < 20.5
    assert end > 25.4
    assert end - start < 12


def test_dragging_over_the_axis_zooms_and_the_map_moves(page: Any) -> None:
    """To just what was dragged over."""
    (x0, _), (x1, _) = place(page, W1, 10), place(page, W1, 20)
    y = page.locator("#axis").bounding_box()["y"] + 8
    page.mouse.move(x0, y)
    page.mouse.down()
    page.mouse.move(x1, y, steps=3)
    page.mouse.up()
    drawn(page)
    assert window(page) == pytest.approx([10, 20], abs=0.1)
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)
    start, end = window(page)
    assert end - start == pytest.approx(10, rel=0.01)
    assert (start + end) / 2 == pytest.approx(19.5, abs=0.1)  # the picture is from 0 to 39 ms


def test_dragging_over_the_lanes_measures(page: Any) -> None:
    """The account of the stretch, over the workers on the screen: 12 to 22 ms is 8 + 1 and 10 ms of runs."""
    (x0, y), (x1, _) = place(page, W1, 12), place(page, W1, 22)
    page.mouse.move(x0, y)
    page.mouse.down()
    page.mouse.move(x1, y + 3, steps=3)
    page.mouse.up()
    assert selected(page) == "A stretch"
    rows = {step: took for step, took, _ in page.evaluate(ROWS)}
    assert float(rows["run"].removesuffix(" ms")) == pytest.approx(18, abs=0.2)
    assert float(rows["run, raised"].removesuffix(" ms")) == pytest.approx(1, abs=0.1)
    assert str(page.text_content("#selected p")).endswith("3 runs in it")


@pytest.mark.parametrize(
    ("text", "count", "first"),
    [
        ("load", 2, "task 1: load"),
        ("VALUEerr", 1, "task 3: load"),
        ("compute(2", 1, "task 2: compute(2)"),
        ("4002", 1, "task 2: compute(2)"),
        ("w1", 2, "task 1: load"),
        ("task 3", 1, "task 3: load"),
        ("nothing", 0, "Click a bar"),
    ],
)
def test_finding(page: Any, text: str, count: int, first: str) -> None:
    """By function, error, label, PID, worker and number; Enter selects the first."""
    page.fill("#find", text)
    page.wait_for_selector(f"#found:has-text('{count} of 3 tasks')")
    page.press("#find", "Enter")
    assert selected(page).startswith(first)


def test_colours_by_choice(page: Any) -> None:
    """Each choice has its classes in the key; the phases that are not runs stay."""
    for choice, present in (
        ("worker", ["W1", "W2"]),
        ("function", ["load", "compute"]),
        ("status", ["ok", "error"]),
        ("phase", ["run", "run, raised"]),
    ):
        page.select_option("#colour", choice)
        drawn(page)
        key = page.locator("#key li").all_text_contents()
        assert set(present) <= set(key), choice
        assert "wait" in key


def test_lanes_fold_and_are_hidden(page: Any) -> None:
    """Main's hidden threads fold away; a lane is hidden, and all are shown again."""
    names = page.locator(".label .name")
    assert names.count() == 5
    page.click("[aria-label='threads of MainProcess']")
    assert names.count() == 3
    page.hover(f".label:has-text('{W2}')")
    page.click(f"[aria-label='hide {W2}']")
    assert names.count() == 2
    page.click("text=show 1 hidden")
    assert names.count() == 3


def test_tables_are_sorted_and_select(page: Any) -> None:
    """By a click on a title; a task's number selects it in the chart."""
    page.click("summary:has-text('Tasks (3)')")
    table = page.locator("details:has(summary:has-text('Tasks (3)'))")
    column = table.locator("tbody tr td:first-child")
    assert column.all_text_contents() == ["1", "2", "3"]
    table.locator("th button:has-text('ran')").click()
    assert column.all_text_contents() == ["2", "1", "3"]
    assert table.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
    table.locator("tbody button").first.click()
    assert selected(page) == "task 2: compute(2)"
    assert table.locator("tr[aria-selected]").count() == 1


def test_csv_is_for_spreadsheets(page: Any) -> None:
    """Commas and quotes are quoted, and nothing is taken for a formula."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("details:has-text('Account') >> text=Copy as CSV")
    page.wait_for_selector("text=Copied")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    head, *rows = copied.replace("\r\n", "\n").strip().split("\n")
    assert head.startswith("lane,PID,life (ns),")
    assert len(rows) == 5


def test_a_finding_leads_to_the_chart(page: Any) -> None:
    """Its button shows the part of the run that it is about."""
    page.mouse.move(*place(page, W1, 20))
    page.mouse.wheel(0, -400)
    page.click("#findings button >> nth=0")
    drawn(page)
    assert page.evaluate("() => document.getElementById('timeline').getBoundingClientRect().top") < 400
    assert window(page)[1] > 30


def test_the_lanes_for_who_does_not_see_them(page: Any) -> None:
    """Arrow keys walk along a lane and to another; each cell is said; Enter selects."""
    cells = page.locator("[role=gridcell]")
    assert cells.count() == 5
    lane = [page.locator("[role=rowheader]").nth(i).text_content() for i in range(5)].index(f"{W1}, PID 4001")
    cells.nth(lane).focus()
    page.keyboard.press("Home")
    said = []
    for _ in range(12):
        said.append(page.evaluate("() => document.activeElement.textContent"))
        page.keyboard.press("ArrowRight")
    run = next(text for text in said if ", run, " in text)
    assert run.startswith("task 1: load, run, 10 ms, from 10 ms, ")
    cells.nth(lane).focus()
    while "task 1: load, run, " not in page.evaluate("() => document.activeElement.textContent"):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert selected(page) == "task 1: load"
    page.keyboard.press("ArrowDown")
    there = page.evaluate("() => document.activeElement.textContent")
    assert (
        page.evaluate("() => document.activeElement.parentNode.firstChild.textContent") == f"{W2}, PID 4002"
    )
    assert there


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(chromium: Any, written: Path, scheme: str) -> None:
    """In both themes, with a task selected, help and tables open."""
    from axe_playwright_python.sync_playwright import Axe

    page = opened(chromium, written, scheme=scheme)
    click(page, W1, 15)
    page.click("#show-help")
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    # The page's own policy forbids scripts from elsewhere: the browser's own door is not bound by it.
    found = Axe().run(page)
    assert len(found.response["passes"]) > 15
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found.response["violations"]] == []
    page.close()


def test_hostile_names_are_text(chromium: Any, tmp_path: Path) -> None:
    """They stand on the page as they are, and do nothing."""
    hostile = task(1, 1, 10 * MS, 20 * MS, function=HOSTILE, label=HOSTILE)
    of = trace(
        [hostile], [main_process(0, 40 * MS), child(1, 0, 5 * MS, 39 * MS, name=HOSTILE)], headline=HOSTILE
    )
    path = tmp_path / "report.html"
    path.write_text(page_of(of), encoding="utf-8")
    page = opened(chromium, path)
    assert HOSTILE[:40] in str(page.text_content("h1"))
    page.keyboard.press("l")
    assert HOSTILE[:40] in selected(page)
    assert page.locator("img").count() == 0
    assert page.heard == []
    page.close()


@pytest.mark.parametrize("of", [trace(), trace([], [main_process(0, MS)])], ids=["empty", "main"])
def test_a_run_of_nothing_opens(chromium: Any, tmp_path: Path, of: Tables) -> None:
    """Without a task to select, keys and clicks do nothing."""
    path = tmp_path / "report.html"
    path.write_text(page_of(of), encoding="utf-8")
    page = opened(chromium, path)
    for key in ("w", "d", "]", ".", "l", "u", "f", "0", "Backspace"):
        page.keyboard.press(key)
    drawn(page)
    assert page.heard == []
    page.close()
