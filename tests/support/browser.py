"""A real browser for reports: Debian's chromium, driven by playwright, with a software renderer.

To have it: `apt-get install chromium`, `pip install -e '.[browser]'`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
)


def missing() -> str:
    """Return what there is not, empty where all is there."""
    for name in ("playwright", "axe_playwright_python"):
        if find_spec(name) is None:
            return f"no {name}"
    return "" if CHROMIUM and os.access(CHROMIUM, os.X_OK) else "no chromium"


@contextmanager
def browser() -> Iterator[Any]:
    """Give a browser without a window; it is gone afterwards."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield made
        finally:
            made.close()


def opened(browser: Any, path: Path, width: int = 1400, height: int = 900, scheme: str = "light") -> Any:
    """Open a report from disk; return its page once it is ready. `page.heard` has errors and requests."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.heard = []
    page.on("pageerror", lambda error: page.heard.append(f"error: {error}"))
    page.on("console", lambda said: said.type == "error" and page.heard.append(f"console: {said.text}"))
    page.on("dialog", lambda dialog: (page.heard.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda one: one.url != path.as_uri() and page.heard.append(f"request: {one.url}"))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
    drawn(page)
    return page


def drawn(page: Any) -> None:
    """Wait until what was asked for is on the screen."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
