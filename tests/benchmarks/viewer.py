"""The report in headless Chromium with a software renderer: bytes a task, seconds until it is ready, frames.

    python -m tests.benchmarks.viewer                      100,000 and a million tasks (`synthetic.py`)
    python -m tests.benchmarks.viewer --tasks 20000        to try it out
    python -m tests.benchmarks.viewer --dir outputs/mine   a run of your own

A script zooms in and out and pans for 180 frames; a frame takes as long as from one to the next, which the
screen holds to 60 a second at most; of 20 frames one is as slow as a slow one. Nothing else may run: both
cores are the browser's.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks import synthetic
from tests.benchmarks.report import machine, setting
from tests.support.browser import browser, missing
from tracer import run_folder
from tracer.report import page
from tracer.tables.tables import Tables

TASKS = (100_000, 1_000_000)
ROUNDS, TASK_NS = 3, 20_000
WIDTH, HEIGHT = 1600, 900
FRAMES = """() => new Promise((done) => {
  const { model, view } = window.tracerReport, { scale } = model, took = [];
  let number = 0, before = performance.now();
  const frame = (now) => {
    if (number) took.push(now - before);
    before = now;
    number++;
    if (number <= 60) scale.zoom(0.9, scale.width * 0.4);
    else if (number <= 120) scale.pan(25);
    else if (number <= 180) scale.zoom(1 / 0.9, scale.width * 0.6);
    else return done(took);
    view.moved();
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})"""


def made(tasks: int) -> Tables:
    """Return the trace of a made-up run."""
    with tempfile.TemporaryDirectory(prefix="viewer-") as folder:
        synthetic.build(Path(folder), tasks, TASK_NS)
        return run_folder.read_journals(Path(folder) / "journals")


def measured(chromium: Any, path: Path) -> tuple[float, list[float]]:
    """Open a report; return the seconds until it was ready, and the milliseconds of each frame."""
    context = chromium.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    tab = context.new_page()
    tab.goto(path.as_uri(), wait_until="commit")
    tab.wait_for_selector("html[data-ready]", state="attached", timeout=120_000)
    ready = tab.evaluate("() => window.tracerReport.readyMs") / 1e3
    frames = tab.evaluate(FRAMES)
    context.close()
    return ready, frames


def line(chromium: Any, label: str, trace: Tables, folder: Path) -> str:
    """Return a row of the table: medians of `ROUNDS`."""
    started = time.perf_counter()
    text = page(trace)
    seconds = time.perf_counter() - started
    path = folder / "report.html"
    path.write_text(text, encoding="utf-8")
    rounds = [measured(chromium, path) for _ in range(ROUNDS)]
    ready = statistics.median(seconds for seconds, _ in rounds)
    means = [1000 / statistics.mean(frames) for _, frames in rounds]
    worst = [statistics.quantiles(frames, n=20)[-1] for _, frames in rounds]
    each = path.stat().st_size / max(len(trace.tasks), 1)
    return (
        f"| {label} | {len(trace.tasks):,} | {each:.1f} | {seconds:.1f} | {ready:.2f} "
        f"| {statistics.median(means):.0f} | {statistics.median(worst):.0f} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=int, nargs="+", default=TASKS)
    parser.add_argument("--dir", type=Path, help="a run's folder in place of made-up runs")
    arguments = parser.parse_args()
    if lacking := missing():
        parser.error(f"{lacking}: see tests/support/browser.py")
    print(setting(machine()), "\n")
    print("| run | tasks | bytes a task | s to write | s until ready | frames a second | slow frame, ms |")
    print("|---|---|---|---|---|---|---|")
    with browser() as chromium, tempfile.TemporaryDirectory(prefix="viewer-") as folder:
        if arguments.dir:
            print(line(chromium, str(arguments.dir), run_folder.load(arguments.dir), Path(folder)))
            return
        for tasks in arguments.tasks:
            print(line(chromium, "made up", made(tasks), Path(folder)), flush=True)


if __name__ == "__main__":
    main()
